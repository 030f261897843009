import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UseAfterReleaseError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { HeapSegment } from "../../src/memory/heap-segment.ts";
import { MemoryPool } from "../../src/memory/pool.ts";
import type { Slot } from "../../src/memory/slot.ts";
import { roomyBudget } from "./roomy-budget.ts";

let budget: Budget;
let pool: MemoryPool;
beforeEach(() => {
  budget = roomyBudget();
  pool = new MemoryPool(new HeapSegment(budget, "test.pool", 4096), 1024);
});
afterEach(() => {
  pool.close();
  budget[Symbol.dispose]();
});

function loan(): Slot {
  const slot = pool.loan();
  if (slot === undefined) throw new Error("the pool is empty");
  return slot;
}

describe("a slot", () => {
  test("goes back when its last lease is disposed", () => {
    const slot = loan();
    const second = slot.retain();
    slot[Symbol.dispose]();
    expect(pool.available).toBe(3);
    second[Symbol.dispose]();
    expect(pool.available).toBe(4);
  });

  test("shows the same bytes through every lease, and knows when it has one owner", () => {
    using slot = loan();
    expect(slot.isUnique).toBe(true);
    {
      using second = slot.retain();
      expect([slot.isUnique, second.isUnique]).toEqual([false, false]);
      slot.bytes()[10] = 3;
      expect(second.bytes()[10]).toBe(3);
    }
    expect(slot.isUnique).toBe(true);
  });

  test("disposed twice by one owner does not take the lease of another", () => {
    const slot = loan();
    using second = slot.retain();
    slot[Symbol.dispose]();
    slot[Symbol.dispose]();
    expect(pool.available).toBe(3);
    expect(second.bytes().length).toBe(1024);
  });

  test("throws on every use after its release, though the slot is out again", () => {
    const slot = loan();
    slot[Symbol.dispose]();
    const tenants = [loan(), loan(), loan(), loan()];
    expect(() => slot.bytes()).toThrow(UseAfterReleaseError);
    expect(() => slot.retain()).toThrow(UseAfterReleaseError);
    expect(() => slot.isUnique).toThrow(UseAfterReleaseError);
    for (const tenant of tenants) tenant[Symbol.dispose]();
  });
});
