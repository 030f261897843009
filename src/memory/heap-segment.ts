import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import type { MemoryType } from "./memory-type.ts";
import { MemorySegment } from "./segment.ts";
import type { MemoryTag } from "./tags.ts";

/** Anonymous memory of this process: zeroed, page aligned, outside the V8 heap. */
export class HeapSegment extends MemorySegment {
  constructor(budget: Budget, tag: MemoryTag, byteLength: number) {
    super(budget, tag, {
      byteLength,
      reservedBytes: byteLength,
      requested: "base",
      open: () => binding.segmentAnonymous(byteLength, "base"),
    });
  }

  override get memoryType(): MemoryType {
    return "Heap";
  }
}
