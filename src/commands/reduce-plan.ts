/** The memory of `mm reduce`: what each stage may hold, as a plan that can be printed, or the refusal that names the smallest limit. */
import { formatBytes, MIB } from "../base/index.ts";
import { cpuQuota, type MemoryCore, type MemoryLimit } from "../memory/index.ts";
import {
  fewestReductionBytes,
  fewestRestorationBytes,
  planReduction,
  type ReductionGrant,
  type ReductionSettings,
  restorationBytes,
  type StageMemory,
  targetBytes,
} from "../sequence/index.ts";
import type { MemoryPlan, MemoryPlanLine } from "./command.ts";
import { heldLines, overLimit, sumOf } from "./over-limit.ts";
import type { ReduceInputs } from "./reduce-inputs.ts";
import type { ReduceSettings } from "./reduce-settings.ts";
import { stageMemory, stagePlan } from "./stage-plan.ts";

export type ReducePlan = {
  readonly memory: MemoryPlan;
  readonly grant: ReductionGrant;
  /** For the restore that compares, once the stages have given theirs back; 0: it was not asked for. */
  readonly verifyBytes: number;
  readonly stageMemory: StageMemory;
};

/** With `streaming_only` what is read once more is not kept: the sorters overflow to disk early. */
const STREAMING_BYTES = 64 * MIB;

const OWN_REASONS: Readonly<Record<string, string>> = {
  "runtime.baseline": "Node and mm before any work, measured",
  "runtime.heap": "growth of the JavaScript heap",
  "spill.tmpfs": "input unpacked to a disk that is memory",
};

/** @throws BudgetExceededError naming the smallest limit that works */
export function planReduce(
  settings: ReduceSettings,
  reduction: ReductionSettings,
  core: MemoryCore,
  limit: MemoryLimit,
  inputs: ReduceInputs,
): ReducePlan {
  const { budget } = core;
  const held = { limit, ownLines: heldLines(budget, OWN_REASONS) };
  const freeBytes = limit.budgetBytes - budget.reservedBytes;
  const stagesBytes = settings.memory.streaming.only ? Math.min(freeBytes, STREAMING_BYTES) : freeBytes;
  const fewestBytes = fewestReductionBytes(reduction);
  const fewestVerifyBytes = settings.verify ? fewestRestorationBytes() : 0;
  const fewest = fewestVerifyBytes > fewestBytes ? verifyLine(fewestVerifyBytes) : stageLine(fewestBytes);
  if (stagesBytes < fewestBytes || freeBytes < fewestVerifyBytes) throw overLimit(held, [fewest], "at least", "");
  const grant = planReduction(stagesBytes, inputs.byteLength, reduction);
  const cacheBytes = Math.min(settings.memory.cacheBytes, 2 * inputs.byteLength);
  const verifyBytes = settings.verify ? restorationBytes(freeBytes, reduction.threads, cacheBytes) : 0;
  const stages = [
    { tag: "sequence.rank", bytes: grant.rankBytes, because: "records in the order of their length, then lines of the cluster table" },
    { tag: "sequence.assignment", bytes: grant.assignmentBytes, because: "what members are made of" },
    stageLine(grant.stageBytes),
  ];
  const phase = verifyBytes > sumOf(stages) ? [verifyLine(verifyBytes)] : stages;
  const memory = stagePlan(held, phase, fewest, factsOf(settings, inputs));
  return { memory, grant, verifyBytes, stageMemory: stageMemory(core, limit, held.ownLines) };
}

function stageLine(bytes: number): MemoryPlanLine {
  return { tag: "sequence.stage", bytes, because: "windows of the reader; then sequences, table and matrices of the comparison" };
}

function verifyLine(bytes: number): MemoryPlanLine {
  return { tag: "sequence.verify", bytes, because: "blocks of deltas being restored for --verify, and representatives" };
}

function factsOf(settings: ReduceSettings, inputs: ReduceInputs): MemoryPlan["facts"] {
  const { identity, coverage, coverageMode, target, output, deltas, clusters } = settings;
  const limit = target === undefined ? "" : ` or less, until representatives fit ${formatBytes(targetBytes(target, inputs.byteLength))}`;
  const covered = `coverage ${coverage} of the ${coverageMode === "both" ? "longer, too" : "member"}`;
  return [
    { name: "input", text: inputs.describe() },
    { name: "join", text: `identity ${identity}${limit}, ${covered}` },
    { name: "output", text: `${output}, ${deltas}, ${clusters}` },
  ];
}

export function reductionSettings(settings: ReduceSettings): ReductionSettings {
  const { core, streaming, kernels } = settings.memory;
  return {
    alphabet: settings.alphabet,
    identity: Math.round(settings.identity * 10_000),
    coverage: Math.round(settings.coverage * 10_000),
    coverageMode: settings.coverageMode,
    target: settings.target,
    threads: settings.threads ?? cpuQuota().count,
    takesAnything: settings.force,
    batchRecords: streaming.batchSequences,
    // One that is read and one that is worked on.
    windowCount: Math.max(2, streaming.windowCount),
    readsAhead: streaming.readsAhead,
    prefetchDistance: kernels.prefetchDistance,
    packs: kernels.packsResidues,
    columnAlignmentBytes: core.slotAlignmentBytes,
  };
}
