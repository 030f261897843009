import { errnoOf, formatBytes, GIB, MIB, UnsupportedError } from "../base/index.ts";
import type { NativeSegment, PagePolicy } from "../binding/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import type { MemoryType } from "./memory-type.ts";
import { MemorySegment, type SegmentSource } from "./segment.ts";
import type { MemoryTag } from "./tags.ts";

export type HugePageSize = "MB2" | "GB1";

const PAGES: Readonly<Record<HugePageSize, { policy: PagePolicy; pageBytes: number; pool: string }>> = {
  MB2: { policy: "hugetlb-2m", pageBytes: 2 * MIB, pool: "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages" },
  GB1: { policy: "hugetlb-1g", pageBytes: GIB, pool: "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages" },
};

/** Anonymous memory on large pages: fewer TLB misses over big working sets. `pages` tells what was asked and what was granted. */
export class HugePageSegment extends MemorySegment {
  private constructor(budget: Budget, tag: MemoryTag, source: SegmentSource) {
    super(budget, tag, source);
  }

  /** Pages of exactly this size from the kernel's reserved pool. @throws UnsupportedError when the pool has too few */
  static create(budget: Budget, tag: MemoryTag, size: HugePageSize, byteLength: number): HugePageSegment {
    return new HugePageSegment(
      budget,
      tag,
      hugeSource(size, byteLength, (refusal) => refused(refusal, size, byteLength)),
    );
  }

  /** Reserved huge pages if there are any, else transparent huge pages (madvise(2) MADV_HUGEPAGE), else base pages. */
  static newOrFallback(budget: Budget, tag: MemoryTag, size: HugePageSize, byteLength: number): HugePageSegment {
    return new HugePageSegment(
      budget,
      tag,
      hugeSource(size, byteLength, () => binding.segmentAnonymous(byteLength, "transparent-huge")),
    );
  }

  override get memoryType(): MemoryType {
    return this.pages.granted === "base" ? "Heap" : "HugePages";
  }
}

function hugeSource(size: HugePageSize, byteLength: number, otherwise: (refusal: unknown) => NativeSegment): SegmentSource {
  const { policy, pageBytes } = PAGES[size];
  return {
    byteLength,
    reservedBytes: Math.ceil(byteLength / pageBytes) * pageBytes,
    requested: policy,
    open: () => {
      try {
        return binding.segmentAnonymous(byteLength, policy);
      } catch (refusal) {
        return otherwise(refusal);
      }
    },
  };
}

function refused(cause: unknown, size: HugePageSize, byteLength: number): never {
  const { pageBytes, pool } = PAGES[size];
  const wantedPages = Math.ceil(byteLength / pageBytes);
  throw new UnsupportedError(`${formatBytes(byteLength)} of ${formatBytes(pageBytes)} pages are not available`, {
    cause,
    details: { wantedPages, errno: errnoOf(cause) ?? "unknown" },
    hint: `echo ${wantedPages} | sudo tee ${pool}`,
  });
}
