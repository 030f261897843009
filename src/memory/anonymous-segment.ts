import { MIB } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import { HeapSegment } from "./heap-segment.ts";
import { HugePageSegment } from "./huge-page-segment.ts";
import type { NodePlacement } from "./numa.ts";
import type { MemorySegment } from "./segment.ts";
import type { MemoryTag } from "./tags.ts";

/** A smaller segment would not fill one 2 MiB page. */
const HUGE_PAGE_BYTES = 2 * MIB;

export type AnonymousPages = {
  /** Ask for 2 MiB pages when the segment is at least that big; `pages` of it tells what was granted. */
  readonly hugePages: boolean;
  /** From which memory nodes its pages come; undefined = what the process was started with. */
  readonly numa: NodePlacement | undefined;
};

/** Memory of this process with the pages that were wished for, as far as the kernel has them. */
export function anonymousSegment(budget: Budget, tag: MemoryTag, byteLength: number, { hugePages, numa }: AnonymousPages): MemorySegment {
  const segment =
    hugePages && byteLength >= HUGE_PAGE_BYTES
      ? HugePageSegment.newOrFallback(budget, tag, "MB2", byteLength)
      : new HeapSegment(budget, tag, byteLength);
  if (numa !== undefined) segment.placeOnNodes(numa);
  return segment;
}
