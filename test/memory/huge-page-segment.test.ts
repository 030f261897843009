import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MIB, UnsupportedError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { HugePageSegment } from "../../src/memory/huge-page-segment.ts";
import { roomyBudget } from "./roomy-budget.ts";

const freePages = Number(/HugePages_Free:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))?.[1] ?? 0);
if (freePages === 0) console.log("skipped: granted hugetlb pages, because none are reserved (/proc/sys/vm/nr_hugepages)");
else console.log("skipped: refused hugetlb pages, because some are reserved");

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

describe.skipIf(freePages > 0)("HugePageSegment where no huge pages are reserved", () => {
  test.each(["MB2", "GB1"] as const)("refuses %s pages with the command that reserves them", (size) => {
    const make = () => HugePageSegment.create(budget, "test.huge", size, 3 * MIB);
    expect(make).toThrow(UnsupportedError);
    expect(make).toThrow(expect.objectContaining({ hint: expect.stringContaining("nr_hugepages") }));
    expect(budget.reservedBytes).toBe(0);
  });

  test("falls back, and tells what was granted instead of what was asked", () => {
    using segment = HugePageSegment.newOrFallback(budget, "test.huge", "MB2", 3 * MIB);
    expect(segment.pages.requested).toBe("hugetlb-2m");
    expect(["transparent-huge", "base"]).toContain(segment.pages.granted);
    expect(segment.memoryType).toBe(segment.pages.granted === "base" ? "Heap" : "HugePages");
    segment.bytes().fill(1);
    expect(segment.bytes().length).toBe(3 * MIB);
  });

  test("that fell back claims no more than it mapped", () => {
    using _segment = HugePageSegment.newOrFallback(budget, "test.huge", "MB2", 3 * MIB);
    expect(budget.reservedBytes).toBe(3 * MIB);
  });

  test("smaller than a huge page falls back to base pages and is heap memory", () => {
    using segment = HugePageSegment.newOrFallback(budget, "test.huge", "MB2", 4096);
    expect(segment.pages).toEqual({ requested: "hugetlb-2m", granted: "base", pageBytes: 4096 });
    expect(segment.memoryType).toBe("Heap");
  });
});

describe.skipIf(freePages === 0)("HugePageSegment where huge pages are reserved", () => {
  test("gets them and pays for whole pages", () => {
    using segment = HugePageSegment.create(budget, "test.huge", "MB2", MIB);
    expect(segment.pages).toEqual({ requested: "hugetlb-2m", granted: "hugetlb-2m", pageBytes: 2 * MIB });
    expect(budget.reservedBytes).toBe(2 * MIB);
    segment.bytes().fill(1);
  });
});
