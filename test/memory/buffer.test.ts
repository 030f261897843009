import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UseAfterReleaseError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { Buffer } from "../../src/memory/buffer.ts";
import { MemoryHandle } from "../../src/memory/handle.ts";
import { HeapSegment } from "../../src/memory/heap-segment.ts";
import { MemoryPool } from "../../src/memory/pool.ts";
import { roomyBudget } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

describe("Buffer", () => {
  test("over a handle shares its bytes and metadata with a clone", () => {
    using segment = new HeapSegment(budget, "test.heap", 1024);
    using buffer = new Buffer(MemoryHandle.fromSegment(segment), { sequence: 7 });
    using clone = buffer.clone();
    buffer.bytes()[0] = 5;
    expect(clone.bytes()[0]).toBe(5);
    expect(clone.bytes().buffer).toBe(buffer.bytes().buffer);
    expect(clone.metadata).toBe(buffer.metadata);
  });

  test("over a slot keeps the slot out until the last clone is gone", () => {
    using pool = new MemoryPool(new HeapSegment(budget, "test.pool", 4096), 1024);
    const slot = pool.loan();
    if (slot === undefined) throw new Error("a fresh pool has slots");
    const buffer = new Buffer(slot, undefined);
    const clone = buffer.clone();
    buffer.bytes()[3] = 8;
    buffer[Symbol.dispose]();
    expect(pool.available).toBe(3);
    expect(clone.bytes()[3]).toBe(8);
    expect(() => buffer.bytes()).toThrow(UseAfterReleaseError);
    clone[Symbol.dispose]();
    expect(pool.available).toBe(4);
  });
});
