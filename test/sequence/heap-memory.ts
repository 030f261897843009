import { type Budget, HeapSegment } from "../../src/memory/index.ts";
import type { StageMemory } from "../../src/sequence/index.ts";

/** Memory for stages that run in the test's own process, where no limit is to be named. */
export function heapMemory(budget: Budget): StageMemory {
  return {
    open: (byteLength) => new HeapSegment(budget, "sequence.grant", byteLength),
    limitFor: (byteLength) => ({ hint: `a budget with ${byteLength} more`, smallestLimitBytes: byteLength }),
  };
}
