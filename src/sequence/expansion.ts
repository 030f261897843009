/** Hits on representatives, lifted to their members. */
import { randomUUID } from "node:crypto";
import { fstatSync, readSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, MalformedInputError } from "../base/index.ts";
import { binding, type ExpandCounts, type LiftIndexCounts, type NativeExpansion } from "../binding/index.ts";
import { DELTA_INDEX_BYTES } from "./delta-index.ts";
import { OpenFiles } from "./open-files.ts";
import { pagesAbove, pagesBelow } from "./pages.ts";
import { type StageSubject, stageError } from "./stage-error.ts";
import type { StageMemory } from "./stage-memory.ts";
import { watchStage } from "./stage-watch.ts";

export type ExpansionJob = {
  /** A regular file of plain bytes. */
  readonly hitsPath: string;
  /** As the user knows it. */
  readonly hitsName: string;
  readonly representativesPath: string;
  readonly deltasPath: string;
  /** Descriptor that takes the lines; the caller's. */
  readonly output: number;
  /** Of temporary files, which have no name there. */
  readonly directory: string;
  readonly maxDiskBytes: number;
  readonly memory: StageMemory;
  readonly grantBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: "lift" | "expand", done: number, total: number) => void;
  /** Called when it is known what the delta file holds. */
  readonly onIndex: (counts: LiftIndexCounts) => void;
};

export type ExpansionCounts = {
  readonly index: LiftIndexCounts;
  readonly hits: Omit<ExpandCounts, "position">;
  readonly diskPeakBytes: number;
};

/** In the order of ExpansionOptions.files. */
const TEMPORARY_FILES = ["records", "entries", "lifts", "names"];

/** @throws MalformedInputError with the line of the hits, or where deltas and representatives are damaged or do not belong together */
export async function runExpansion(job: ExpansionJob): Promise<ExpansionCounts> {
  using segment = job.memory.open(job.grantBytes);
  using files = new OpenFiles();
  let expansion: NativeExpansion | undefined;
  try {
    const spill = TEMPORARY_FILES.map((name) => files.nameless(join(job.directory, `${name}-${randomUUID()}`)));
    expansion = binding.expansion(segment.native, { diskLimitBytes: job.maxDiskBytes, files: spill });
    const index = await indexLifts(expansion, job, files);
    job.onIndex(index);
    await expandHits(expansion, job, files);
    return { index, hits: expansion.counts(), diskPeakBytes: expansion.progress().diskPeakBytes };
  } finally {
    expansion?.close();
  }
}

function subjectOf(job: ExpansionJob): Omit<StageSubject, "doing" | "files"> {
  const { maxDiskBytes, signal } = job;
  return { maxDiskBytes, signal, limitFor: (lackingBytes) => job.memory.limitFor(job.grantBytes + lackingBytes) };
}

async function indexLifts(expansion: NativeExpansion, job: ExpansionJob, files: OpenFiles): Promise<LiftIndexCounts> {
  const [representatives, deltas] = [files.reading(job.representativesPath), files.reading(job.deltasPath)];
  const request = {
    representatives,
    representativesBytes: fstatSync(representatives).size,
    deltas,
    deltasBytes: fstatSync(deltas).size,
  };
  try {
    return await watchStage(
      expansion,
      job.signal,
      ({ done, total }) => job.onProgress("lift", done, total),
      () => expansion.index(request),
    );
  } catch (error) {
    const read = [{ name: job.deltasPath, byteLength: request.deltasBytes }];
    throw stageError(error, { ...subjectOf(job), doing: `reading ${job.deltasPath}`, files: read });
  }
}

async function expandHits(expansion: NativeExpansion, job: ExpansionJob, files: OpenFiles): Promise<void> {
  const hits = files.reading(job.hitsPath);
  const hitsBytes = fstatSync(hits).size;
  try {
    await watchStage(
      expansion,
      job.signal,
      ({ done, total }) => job.onProgress("expand", done, total),
      () => expansion.expand({ hits, hitsBytes, output: job.output }),
    );
  } catch (error) {
    if (errnoOf(error) === "EBADMSG") throw malformedLine(error, job, expansion.counts(), hits);
    throw stageError(error, {
      ...subjectOf(job),
      doing: `expanding ${job.hitsName}`,
      files: [{ name: job.hitsName, byteLength: hitsBytes }],
    });
  }
}

const MOST_SHOWN_BYTES = 160;

function malformedLine(cause: unknown, job: ExpansionJob, { lines, position }: ExpandCounts, hits: number): MalformedInputError {
  const start = Buffer.alloc(MOST_SHOWN_BYTES);
  const [line = ""] = start.toString("latin1", 0, readSync(hits, start, 0, start.length, position)).split(/\r?\n/, 1);
  const { operation = "malformed" } = cause as { operation?: string };
  return new MalformedInputError(`${job.hitsName}:${lines}: ${operation}`, {
    details: { line },
    hint: `hits of a search against ${job.representativesPath}, as BLAST tabular (-outfmt 6) or PAF`,
  });
}

/** Of the memory, the part that a line of the hits may take. */
const LINE_SHARE = 4;

/** With which an expansion ends, where no line of the hits is longer than 1 MiB. */
export function fewestExpansionBytes(): number {
  return pagesAbove(binding.fewestExpansionBytes() + DELTA_INDEX_BYTES);
}

/**
 * Memory for an expansion: with more of it less is sorted on disk, and more members are kept for the next hit. What is not needed is never
 * touched.
 *
 * @param freeBytes - what the ledger has left: at least the fewest
 * @param cacheBytes - the most that is sorted and kept
 * @param hitsBytes - length of the hits, which may be one line
 */
export function expansionBytes(freeBytes: number, cacheBytes: number, hitsBytes: number): number {
  const wantedBytes = pagesAbove(fewestExpansionBytes() + cacheBytes + LINE_SHARE * hitsBytes);
  return Math.max(fewestExpansionBytes(), pagesBelow(Math.min(freeBytes, wantedBytes)));
}
