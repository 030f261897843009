/** Memory of jobs whose stages are native and share one grant: the plan that is printed, and where the stages take it from. */
import type { MemoryCore, MemoryLimit } from "../memory/index.ts";
import type { StageMemory } from "../sequence/index.ts";
import type { CommandContext, MemoryPlan, MemoryPlanLine } from "./command.ts";
import type { JobCore } from "./job-core.ts";
import { claimForSpeed } from "./job-turn.ts";
import { type Held, heldLines, limitHint, overLimit, smallestLimit, sumOf } from "./over-limit.ts";

export type StageNeeds = {
  /** By tag, why mm itself holds what it holds. */
  readonly ownReasons: Readonly<Record<string, string>>;
  /** Why the stage holds its grant. */
  readonly because: string;
  readonly fewestBytes: number;
  /** Of so many that are free. */
  readonly grantBytes: (freeBytes: number) => number;
  readonly facts: MemoryPlan["facts"];
};

export type PlannedStage = { readonly grantBytes: number; readonly memory: StageMemory };

/** Plans and claims the memory of a job that is one native stage. @throws BudgetExceededError naming the smallest limit that works */
export async function planStage(job: JobCore, context: CommandContext, needs: StageNeeds): Promise<PlannedStage> {
  const { core, share } = job;
  const lineOf = (bytes: number): MemoryPlanLine => ({ tag: "sequence.grant", bytes, because: needs.because });
  const { memory, grantBytes, ownLines } = await claimForSpeed({ ...job, context }, (within) => {
    const held = { limit: within, ownLines: heldLines(core.budget, needs.ownReasons) };
    const freeBytes = within.budgetBytes - core.budget.reservedBytes;
    const fewest = lineOf(needs.fewestBytes);
    if (freeBytes < fewest.bytes) throw overLimit(held, [fewest], "at least", "");
    const grantBytes = needs.grantBytes(freeBytes);
    return { ...held, memory: stagePlan(held, [lineOf(grantBytes)], fewest, needs.facts), grantBytes };
  });
  context.emit({ type: "plan", plan: memory });
  core.settle({ limit: share.limit, plannedPeakBytes: memory.plannedPeakBytes });
  return { grantBytes, memory: stageMemory(core, share.limit, ownLines) };
}

/** @param fewest - what the largest phase holds at least */
export function stagePlan(held: Held, phase: readonly MemoryPlanLine[], fewest: MemoryPlanLine, facts: MemoryPlan["facts"]): MemoryPlan {
  const lines = [...held.ownLines, ...phase];
  return {
    limit: held.limit,
    lines,
    plannedPeakBytes: sumOf(lines),
    minimumLimitBytes: smallestLimit([fewest], held),
    lowered: [],
    memoryEstimated: false,
    savedBytes: 0,
    facts,
  };
}

/** Memory of native stages, from what is left of the limit. */
export function stageMemory(core: MemoryCore, limit: MemoryLimit, ownLines: readonly MemoryPlanLine[]): StageMemory {
  return {
    open: (byteLength) => core.segment(core.budget, "sequence.grant", byteLength),
    limitFor: (bytes) => limitHint([{ bytes }], { limit, ownLines }),
  };
}
