/** A native reduction at its beginning, or where an earlier one stopped; and what it leaves for a later one. */
import { join } from "node:path";
import { DiskLimitError, errnoOf } from "../base/index.ts";
import { binding, type NativeReduction, type SorterDescription, type SorterName } from "../binding/index.ts";
import type { MemorySegment } from "../memory/index.ts";
import { ASSIGNMENT_FILE, type Found, RANK_FILE, type ReductionCheckpoint } from "./checkpoint.ts";
import { freeBytesForSorter } from "./grant.ts";
import type { OpenFiles } from "./open-files.ts";
import type { ReductionJob } from "./reduction.ts";
import { stageError } from "./stage-error.ts";
import { watchStage } from "./stage-watch.ts";

/** In the order of ReductionOptions.files. */
const FILES = [RANK_FILE, ASSIGNMENT_FILE, "rows", "round-1", "round-2"];
/** What opening and reading a file that is not the one on record ends in. */
const NOT_AS_LEFT = ["EIO", "ENOENT", "ELOOP", "EISDIR", "ENXIO"];
const FULL_DISK = ["ENOSPC", "EDQUOT"];

/** @returns `found`: what the reduction goes on from; undefined: it is at its beginning */
export async function openReduction(
  job: ReductionJob,
  segment: MemorySegment,
  files: OpenFiles,
): Promise<{ readonly reduction: NativeReduction; readonly found: Found | undefined }> {
  const { found } = job.checkpoint;
  if (found !== undefined) {
    const reduction = await adopt(found, job, segment, files);
    if (reduction !== undefined) return { reduction, found };
    job.checkpoint.forget();
    job.onWarning("the files of the checkpoint are not what they were, so this starts from the beginning");
  }
  return { reduction: nativeReduction(job, segment, (path) => files.temporary(path)), found: undefined };
}

async function adopt(found: Found, job: ReductionJob, segment: MemorySegment, files: OpenFiles): Promise<NativeReduction | undefined> {
  const sorter: SorterName = found.cluster === null ? "ranks" : "assignments";
  const kept = join(job.directory, sorter === "ranks" ? RANK_FILE : ASSIGNMENT_FILE);
  let reduction: NativeReduction | undefined;
  try {
    const opened = nativeReduction(job, segment, (path) => (path === kept ? files.adopting(path) : files.temporary(path)));
    reduction = opened;
    await watchStage(
      opened,
      job.signal,
      () => undefined,
      () => opened.adopt(sorter, found.sorter, found.ingest),
    );
    return opened;
  } catch (error) {
    reduction?.close();
    if (NOT_AS_LEFT.includes(errnoOf(error) ?? "")) return undefined;
    const limitFor = (sorterBytes: number) => job.memory.limitFor(freeBytesForSorter(sorter, sorterBytes, job.grant.stageBytes));
    throw stageError(error, { doing: "reading the checkpoint", files: [{ name: kept, byteLength: 0 }], limitFor, signal: job.signal });
  }
}

function nativeReduction(job: ReductionJob, segment: MemorySegment, open: (path: string) => number): NativeReduction {
  const { rankBytes, assignmentBytes } = job.grant;
  const keepsRanks = job.settings.target !== undefined;
  const files = FILES.map((name) => open(join(job.directory, name)));
  return binding.reduction(segment.native, { rankBytes, assignmentBytes, diskLimitBytes: job.maxDiskBytes, keepsRanks, files });
}

/**
 * Puts what is found out on record: where the sorter's records are on disk anyway, or finding them out again would be dear. A disk too full
 * for it is no reason to stop.
 *
 * @returns whether it is on record
 */
export async function putOnRecord(
  reduction: NativeReduction,
  job: ReductionJob,
  isDear: boolean,
  counts: Omit<Found, "sorter">,
): Promise<boolean> {
  try {
    const sorter = await sorterFor(reduction, job, isDear, counts);
    if (sorter === undefined) return false;
    await job.checkpoint.save({ ...counts, sorter }, job.inputs);
  } catch (error) {
    if (!(error instanceof DiskLimitError) && !FULL_DISK.includes(errnoOf(error) ?? "")) throw error;
    job.onWarning(`no space for a checkpoint: --resume would ${restart(job.checkpoint)}`);
    return false;
  }
  if (counts.cluster !== null) reduction.forgetRanks();
  return true;
}

/** The sorter's file as the next stage needs it; undefined where it is not worth the disk. */
async function sorterFor(
  reduction: NativeReduction,
  job: ReductionJob,
  isDear: boolean,
  { cluster }: Omit<Found, "sorter">,
): Promise<SorterDescription | undefined> {
  if (cluster !== null) return await reduction.persist("assignments", !isDear);
  // On record since before the first of several comparisons.
  if (job.checkpoint.found !== undefined) return job.checkpoint.found.sorter;
  const keepsRanks = job.settings.target !== undefined;
  return keepsRanks || hasRoomForBoth(reduction, job) ? await reduction.persist("ranks", !isDear) : undefined;
}

/**
 * Ranks that are not kept are given back to the disk while they are compared, about as fast as what comes of them grows (measured: 0.8 of
 * their bytes): a job that fits so must not fail for its checkpoint.
 */
function hasRoomForBoth(
  reduction: NativeReduction,
  { directory, maxDiskBytes }: Pick<ReductionJob, "directory" | "maxDiskBytes">,
): boolean {
  const { diskBytes } = reduction.progress();
  return Math.min(maxDiskBytes - diskBytes, binding.fileSystem(directory).availableBytes) >= diskBytes;
}

function restart({ found }: ReductionCheckpoint): string {
  return found === undefined ? "start from the beginning" : "compare sequences again";
}
