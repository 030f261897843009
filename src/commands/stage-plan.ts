/** Memory of jobs whose stages are native and share one grant: the plan that is printed, and where the stages take it from. */
import type { MemoryCore, MemoryLimit } from "../memory/index.ts";
import type { StageMemory } from "../sequence/index.ts";
import type { MemoryPlan, MemoryPlanLine } from "./command.ts";
import { type Held, limitHint, overLimit, smallestLimit, sumOf } from "./over-limit.ts";

/** @throws BudgetExceededError naming the smallest limit, when what is left is less than the fewest bytes with which the job ends */
export function refuseBelow(fewest: MemoryPlanLine, freeBytes: number, held: Held): void {
  if (freeBytes < fewest.bytes) throw overLimit(held, [fewest], "at least", "");
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
