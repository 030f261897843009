/** A database of sequences to representatives and deltas: three native stages over one grant of memory and five temporary files. */
import { errnoOf, systemClock } from "../base/index.ts";
import { binding, type ClusterCounts, type IngestCounts, type NativeReduction, type ReducedOutputCounts } from "../binding/index.ts";
import type { MemorySegment } from "../memory/index.ts";
import type { Found, ReductionCheckpoint } from "./checkpoint.ts";
import type { SpooledInput } from "./checkpoint-record.ts";
import { divideMemory, fewestGrantBytes, type ReductionGrant } from "./grant.ts";
import { OpenFiles } from "./open-files.ts";
import { openReduction, putOnRecord } from "./open-reduction.ts";
import { stageError } from "./stage-error.ts";
import { watchStage } from "./stage-watch.ts";

export type ReductionSettings = {
  readonly alphabet: "nucleotide" | "protein" | undefined;
  /** x 10^4. */
  readonly identity: number;
  readonly coverage: number;
  readonly coverageMode: "member" | "both";
  readonly threads: number;
  /** Text that is no FASTA is taken, too. */
  readonly takesAnything: boolean;
  /** Sequences worked on at once. */
  readonly batchRecords: number;
  /** Windows in flight. */
  readonly windowCount: number;
  readonly readsAhead: boolean;
  readonly prefetchDistance: number;
  readonly packs: boolean;
};

export type ReductionOutputs = {
  readonly representatives: string;
  readonly deltas: string;
  readonly clusters: string;
  readonly clusterFormat: "tsv" | "clstr" | "uc";
  /** .fai of the representatives; undefined = none. */
  readonly index: string | undefined;
};

export type ReductionJob = {
  /** A regular file of plain text, and what to call it. */
  readonly inputPath: string;
  readonly inputName: string;
  readonly inputBytes: number;
  readonly settings: ReductionSettings;
  /** Memory of so many bytes, which the ledger has. */
  readonly openSegment: (byteLength: number) => MemorySegment;
  readonly grant: ReductionGrant;
  /** Folder for temporary files, which is there. */
  readonly directory: string;
  /** For temporary files; 0: there are to be none (`swap_to_disk = false`). */
  readonly maxDiskBytes: number;
  /** Of this job, with what an earlier run found out. */
  readonly checkpoint: ReductionCheckpoint;
  /** What is read is a copy that goes away with the job; undefined: it is the input itself. */
  readonly spooled: (SpooledInput & { readonly path: string }) | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: ReductionPhase, done: number, total: number) => void;
  readonly onWarning: (message: string) => void;
};

type ReductionPhase = "read" | "cluster" | "write";

export type ReductionCounts = {
  readonly ingest: IngestCounts;
  readonly cluster: ClusterCounts;
  readonly output: ReducedOutputCounts;
  readonly diskPeakBytes: number;
};

const WINDOW_BYTES = 1 << 20;
/** What took longer is put on record even where that costs a file. */
const DEAR_MS = 10_000;
/** Sequences up to this length are compared whole, and the plan sets room aside for them before the input is known. */
const USUAL_LENGTH = 64 * 1024;

/** The least memory with which every stage ends, unless a sequence is longer than usual. */
export function fewestReductionBytes(settings: ReductionSettings): number {
  return fewestGrantBytes(fewestStageBytes(settings, USUAL_LENGTH));
}

/** @param freeBytes - at least the fewest */
export function planReduction(freeBytes: number, inputBytes: number, settings: ReductionSettings): ReductionGrant {
  return divideMemory(freeBytes, inputBytes, fewestStageBytes(settings, USUAL_LENGTH));
}

function fewestStageBytes(settings: ReductionSettings, longestLength: number): number {
  const alphabet = settings.alphabet ?? "protein";
  return Math.max(
    binding.ingestBytes(ingestRequest(settings, 0)),
    binding.fewestClusterBytes(clusterRequest(settings, alphabet), longestLength),
    binding.fewestOutputBytes(outputRequest(settings, alphabet, 0, NO_FILES)) + INDEX_BYTES,
  );
}

/** @throws MalformedInputError, BudgetExceededError, DiskLimitError, IoError; files it leaves behind are the caller's to remove */
export async function runReduction(job: ReductionJob, outputs: ReductionOutputs): Promise<ReductionCounts> {
  const { rankBytes, assignmentBytes, stageBytes } = job.grant;
  using segment = job.openSegment(rankBytes + assignmentBytes + stageBytes);
  const files = new OpenFiles();
  try {
    const { reduction, found } = await openReduction(job, segment, files);
    try {
      return await runStages(reduction, found, job, outputs, files);
    } finally {
      reduction.close();
    }
  } finally {
    files.close();
  }
}

async function runStages(
  reduction: NativeReduction,
  found: Found | undefined,
  job: ReductionJob,
  outputs: ReductionOutputs,
  files: OpenFiles,
): Promise<ReductionCounts> {
  const { settings } = job;
  const input = files.reading(job.inputPath);
  const stage = async <T>(phase: ReductionPhase, doing: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await watchStage(reduction, job.signal, ({ done, total }) => job.onProgress(phase, done, total), run);
    } catch (error) {
      // Files that contradict each other are no help to a later run.
      if (["ESTALE", "EBADMSG"].includes(errnoOf(error) ?? "")) job.checkpoint.forget();
      const { maxDiskBytes, signal } = job;
      throw stageError(error, { doing, path: job.inputName, grantBytes: job.grant.stageBytes, maxDiskBytes, signal });
    }
  };
  let recordedMs = systemClock.nowMs();
  const record = async (counts: { ingest: IngestCounts; cluster: ClusterCounts | null }): Promise<void> => {
    const isDear = job.maxDiskBytes > 0 && systemClock.nowMs() - recordedMs > DEAR_MS;
    if (await putOnRecord(reduction, job, isDear, counts)) recordedMs = systemClock.nowMs();
  };
  const ingest = found?.ingest ?? (await stage("read", `reading ${job.inputName}`, () => reduction.ingest(ingestRequest(settings, input))));
  if (found === undefined) await record({ ingest, cluster: null });
  const { alphabet } = ingest;
  const cluster =
    found?.cluster ?? (await stage("cluster", "comparing sequences", () => reduction.cluster(clusterRequest(settings, alphabet))));
  if (!found?.cluster) await record({ ingest, cluster });
  const output = await stage("write", "writing representatives and deltas", () =>
    reduction.write(
      outputRequest(settings, alphabet, input, {
        representatives: files.writing(outputs.representatives),
        deltas: files.writing(outputs.deltas),
        clusters: files.writing(outputs.clusters),
        index: outputs.index === undefined ? -1 : files.writing(outputs.index),
        clusterFormat: outputs.clusterFormat,
      }),
    ),
  );
  return { ingest, cluster, output, diskPeakBytes: reduction.progress().diskPeakBytes };
}

function ingestRequest(settings: ReductionSettings, input: number): Parameters<NativeReduction["ingest"]>[0] {
  const { alphabet, packs, takesAnything } = settings;
  return { ...windows(settings, input), alphabet, packs, takesAnything };
}

function windows({ windowCount, readsAhead }: ReductionSettings, input: number) {
  return { input, windowCount, windowBytes: WINDOW_BYTES, readsAhead };
}

type OutputFiles = Pick<OutputRequest, "representatives" | "deltas" | "clusters" | "index" | "clusterFormat">;
type OutputRequest = Parameters<NativeReduction["write"]>[0];

const NO_FILES: OutputFiles = { representatives: 0, deltas: 0, clusters: -1, index: -1, clusterFormat: "tsv" };
/** For the index of a delta file: 80 bytes for each 4096 records. */
const INDEX_BYTES = 1 << 20;

function outputRequest(settings: ReductionSettings, alphabet: "nucleotide" | "protein", input: number, files: OutputFiles): OutputRequest {
  const { identity, coverage, coverageMode } = settings;
  return { ...windows(settings, input), alphabet, identity, coverage, coverageMode, ...files };
}

function clusterRequest(settings: ReductionSettings, alphabet: "nucleotide" | "protein"): Parameters<NativeReduction["cluster"]>[0] {
  const { packs, identity, coverage, coverageMode, threads, batchRecords, prefetchDistance } = settings;
  return {
    alphabet,
    packs,
    identity,
    coverage,
    coverageMode,
    bothStrands: alphabet === "nucleotide",
    threads,
    batchRecords,
    prefetchDistance,
  };
}
