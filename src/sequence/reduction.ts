/** A database of sequences to representatives and deltas: native stages over one grant of memory and five temporary files. */
import type { ClusterCounts, IngestCounts, NativeReduction, ReducedOutputCounts } from "../binding/index.ts";
import type { Found, ReductionCheckpoint } from "./checkpoint.ts";
import type { SpooledInput } from "./checkpoint-record.ts";
import type { ReductionGrant } from "./grant.ts";
import { OpenFiles } from "./open-files.ts";
import { openReduction } from "./open-reduction.ts";
import type { StageMemory } from "./stage-memory.ts";
import { Stages } from "./stages.ts";
import { type Comparer, type Comparison, type ComparisonStep, compareToFit, type ReductionTarget, targetBytes } from "./target.ts";

export type ReductionSettings = {
  readonly alphabet: "nucleotide" | "protein" | undefined;
  /** x 10^4. */
  readonly identity: number;
  readonly coverage: number;
  readonly coverageMode: "member" | "both";
  /** How large representatives may be; undefined: as large as they are at this identity. */
  readonly target: ReductionTarget | undefined;
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
  /** Columns of tables begin at multiples of so many bytes, a power of two. */
  readonly columnAlignmentBytes: number;
};

export type ReductionOutputs = {
  readonly representatives: string;
  readonly deltas: string;
  readonly clusters: string;
  readonly clusterFormat: "tsv" | "clstr" | "uc";
  /** .fai of the representatives; undefined = none. */
  readonly index: string | undefined;
};

/** A regular file of plain text, and what to call it. */
export type ReductionInput = {
  readonly path: string;
  readonly name: string;
  readonly byteLength: number;
  /** How it was packed; null for plain bytes. */
  readonly packing: SpooledInput["packing"];
  /** What is read is a copy that goes away with the job. */
  readonly isSpooled: boolean;
};

export type ReductionJob = {
  /** Read as if they were one behind the other. */
  readonly inputs: readonly ReductionInput[];
  readonly settings: ReductionSettings;
  readonly memory: StageMemory;
  readonly grant: ReductionGrant;
  /** Folder for temporary files, which is there. */
  readonly directory: string;
  /** For temporary files; 0: there are to be none (`swap_to_disk = false`). */
  readonly maxDiskBytes: number;
  /** Of this job, with what an earlier run found out. */
  readonly checkpoint: ReductionCheckpoint;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: ReductionPhase, done: number, total: number) => void;
  readonly onWarning: (message: string) => void;
};

export type ReductionPhase = "read" | "cluster" | "measure" | "write";

export type ReductionCounts = {
  readonly ingest: IngestCounts;
  readonly cluster: ClusterCounts;
  /** Of members and their representatives, x 10^4. */
  readonly identity: number;
  /** Comparisons, where there was a target. */
  readonly steps: readonly ComparisonStep[];
  /** Stages that an earlier run had finished. */
  readonly resumedStages: readonly ResumableStage[];
  readonly output: ReducedOutputCounts;
  readonly diskPeakBytes: number;
};

export type ResumableStage = "read" | "cluster";

/** @throws MalformedInputError, BudgetExceededError, DiskLimitError, IoError; files it leaves behind are the caller's to remove */
export async function runReduction(job: ReductionJob, outputs: ReductionOutputs): Promise<ReductionCounts> {
  const { rankBytes, assignmentBytes, stageBytes } = job.grant;
  using segment = job.memory.open(rankBytes + assignmentBytes + stageBytes);
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
  const stages = new Stages(reduction, job, files);
  const ingest = found?.ingest ?? (await stages.read());
  if (found === undefined) await stages.record({ ingest, cluster: null, steps: [] });
  const { cluster, steps } = found?.cluster
    ? { cluster: found.cluster, steps: found.steps }
    : await compare(stages, job, ingest, found?.steps);
  if (!found?.cluster) await stages.record({ ingest, cluster, steps });
  if (job.checkpoint.found === undefined) reduction.forgetRanks();
  const identity = steps.at(-1)?.identity ?? job.settings.identity;
  const output = await stages.write(outputs, identity, ingest.alphabet);
  const resumedStages = [...(found ? ["read" as const] : []), ...(found?.cluster ? ["cluster" as const] : [])];
  return { ingest, cluster, identity, steps, resumedStages, output, diskPeakBytes: reduction.progress().diskPeakBytes };
}

/** Once, or as often as the target takes. */
async function compare(
  stages: Stages,
  { settings: { target, identity } }: ReductionJob,
  ingest: IngestCounts,
  earlier: readonly ComparisonStep[] = [],
): Promise<Comparison> {
  const { alphabet, inputBytes } = ingest;
  if (target === undefined) return { cluster: await stages.compare(identity, alphabet), steps: [] };
  const comparer: Comparer = {
    compare: (lower) => stages.compare(lower, alphabet),
    measure: () => stages.measure(),
    onStep: (steps) => stages.record({ ingest, cluster: null, steps }),
  };
  return await compareToFit(comparer, { identity, alphabet, limitBytes: targetBytes(target, inputBytes) }, earlier);
}
