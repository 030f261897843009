import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InternalError, UseAfterReleaseError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { MemoryHandle } from "../../src/memory/handle.ts";
import { HeapSegment } from "../../src/memory/heap-segment.ts";
import { roomyBudget } from "./roomy-budget.ts";

let budget: Budget;
let segment: HeapSegment;
beforeEach(() => {
  budget = roomyBudget();
  segment = new HeapSegment(budget, "test.heap", 1024);
});
afterEach(() => {
  segment.close();
  budget[Symbol.dispose]();
});

describe("MemoryHandle", () => {
  test("is all of a segment, its beginning, or a window in it", () => {
    segment.bytes()[256] = 9;
    expect(MemoryHandle.fromSegment(segment).bytes().length).toBe(1024);
    expect(MemoryHandle.fromSegmentWithLength(segment, 512).bytes().length).toBe(512);
    const window = new MemoryHandle(segment, 256, 256);
    expect([window.bytes().length, window.bytes()[0]]).toEqual([256, 9]);
  });

  test("takes the empty range at the end", () => {
    expect(new MemoryHandle(segment, 1024, 0).bytes().length).toBe(0);
  });

  test.each([
    [0, 1025],
    [1024, 1],
    [-1, 1],
    [0, -1],
    [0.5, 1],
  ])("refuses offset %d length %d", (offset, length) => {
    expect(() => new MemoryHandle(segment, offset, length)).toThrow(InternalError);
  });

  test("dies with its segment", () => {
    const handle = MemoryHandle.fromSegment(segment);
    segment.close();
    expect(() => handle.bytes()).toThrow(UseAfterReleaseError);
  });
});
