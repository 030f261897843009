import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InternalError, KIB, LeakError, MIB, UseAfterReleaseError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { HeapSegment } from "../../src/memory/heap-segment.ts";
import { MemoryPool } from "../../src/memory/pool.ts";
import type { Slot } from "../../src/memory/slot.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

function poolOf(slotCount: number, options?: { clearOnRelease: boolean }): MemoryPool {
  return new MemoryPool(new HeapSegment(budget, "test.pool", slotCount * KIB), KIB, options);
}

function loanFrom(pool: MemoryPool): Slot {
  const slot = pool.loan();
  if (slot === undefined) throw new Error("the pool is empty");
  return slot;
}

describe("MemoryPool", () => {
  test("cuts 1 MiB into 16 slots of 64 KiB", () => {
    using pool = new MemoryPool(new HeapSegment(budget, "test.pool", MIB), 64 * KIB);
    expect([pool.capacity, pool.available, pool.slotBytes]).toEqual([16, 16, 65_536]);
  });

  test("begins slots on cache lines", () => {
    expect(MemoryPool.segmentBytes(100, 3)).toBe(384);
    using pool = new MemoryPool(new HeapSegment(budget, "test.pool", 384), 100);
    using first = loanFrom(pool);
    using second = loanFrom(pool);
    expect(pool.capacity).toBe(3);
    expect([first.byteLength, first.bytes().length]).toEqual([100, 100]);
    expect(Math.abs(second.bytes().byteOffset - first.bytes().byteOffset) % 64).toBe(0);
  });

  test("loans each slot once and then none, until one comes back", () => {
    using pool = poolOf(4);
    const slots = [loanFrom(pool), loanFrom(pool), loanFrom(pool), loanFrom(pool)];
    expect(new Set(slots.map((slot) => slot.index)).size).toBe(4);
    expect([pool.available, pool.loan()]).toEqual([0, undefined]);
    slots[2]?.[Symbol.dispose]();
    expect(pool.available).toBe(1);
    using again = loanFrom(pool);
    expect(again.index).toBe(slots[2]?.index);
    for (const slot of slots) slot[Symbol.dispose]();
    expect(pool.available).toBe(3);
  });

  test("gives each slot bytes that no other has", () => {
    using pool = poolOf(3);
    const slots = [loanFrom(pool), loanFrom(pool), loanFrom(pool)];
    for (const slot of slots) slot.bytes().fill(slot.index + 1);
    for (const slot of slots) expect(slot.bytes().every((byte) => byte === slot.index + 1)).toBe(true);
    for (const slot of slots) slot[Symbol.dispose]();
  });

  test("zeroes a slot on release only when asked to", () => {
    for (const clearOnRelease of [false, true]) {
      using pool = poolOf(1, { clearOnRelease });
      {
        using slot = loanFrom(pool);
        slot.bytes().fill(9);
      }
      using slot = loanFrom(pool);
      expect(slot.bytes()[0]).toBe(clearOnRelease ? 0 : 9);
    }
  });

  test("serves those who wait in the order they came, before anyone new", async () => {
    using pool = poolOf(1);
    const held = loanFrom(pool);
    const order: string[] = [];
    const wait = async (name: string) => {
      using _slot = await pool.loanWait();
      order.push(name);
    };
    const waits = [wait("first"), wait("second"), wait("third")];
    await Promise.resolve();
    held[Symbol.dispose]();
    expect(pool.loan()).toBeUndefined();
    await Promise.all(waits);
    expect(order).toEqual(["first", "second", "third"]);
    expect(pool.available).toBe(1);
  });

  test("hands a slot to a waiter when a native holder, not we, let go of it", async () => {
    using pool = poolOf(1);
    const index = pool.native.loan();
    const waiting = pool.loanWait();
    pool.native.release(index);
    expect(pool.loan()).toBeUndefined();
    using slot = await waiting;
    expect(slot.index).toBe(index);
  });

  test("forgets a waiter that gave up, with its reason", async () => {
    using pool = poolOf(1);
    const held = loanFrom(pool);
    const control = new AbortController();
    const given = pool.loanWait({ signal: control.signal });
    const kept = pool.loanWait();
    control.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    held[Symbol.dispose]();
    using slot = await kept;
    expect(slot.index).toBe(held.index);
    await expect(pool.loanWait({ signal: AbortSignal.abort(new Error("before")) })).rejects.toThrow("before");
  });

  test("adopts what a native thread loaned, and nothing that is free", () => {
    using pool = poolOf(2);
    const index = pool.native.loan();
    const slot = pool.adopt(index);
    expect([slot.index, pool.available]).toEqual([index, 1]);
    slot[Symbol.dispose]();
    expect(pool.available).toBe(2);
    expect(() => pool.adopt(index)).toThrow(InternalError);
  });

  test("closed with slots out names who pays for them, and can be closed once they are back", () => {
    const pool = poolOf(2);
    const slot = loanFrom(pool);
    expect(() => pool.close()).toThrow(LeakError);
    expect(() => pool.close()).toThrow(/test\.pool was closed with 1 of 2 slots out/);
    slot[Symbol.dispose]();
    pool.close();
    pool.close();
    expect(budget.reservedBytes).toBe(0);
    expect(() => pool.loan()).toThrow(UseAfterReleaseError);
  });

  test("fails those who still wait when it closes", async () => {
    const pool = poolOf(1);
    const index = pool.native.loan();
    const waiting = pool.loanWait();
    pool.native.release(index);
    pool.close();
    await expect(waiting).rejects.toThrow(UseAfterReleaseError);
  });

  test.each([0, -1, 2 * KIB, 0.5])("of slots of %d bytes in 1 KiB is a bug", (slotBytes) => {
    using segment = new HeapSegment(budget, "test.pool", KIB);
    expect(() => new MemoryPool(segment, slotBytes)).toThrow(InternalError);
  });

  test.each([2, 3, 4])("agrees with a model over 5,000 random steps (seed %i)", (seed) => {
    const random = seededRandom(seed);
    using pool = poolOf(8);
    // The model: for each slot that is out, its leases and the byte it was filled with.
    const leases: Slot[] = [];
    const fills = new Map<number, number>();
    for (let step = 0; step < 5_000; step += 1) {
      const choice = random();
      const pick = Math.floor(random() * leases.length);
      const lease = leases[pick];
      if (choice < 0.4) {
        const slot = pool.loan();
        expect(slot === undefined).toBe(fills.size === 8);
        if (slot === undefined) continue;
        expect(fills.has(slot.index)).toBe(false);
        slot.bytes().fill(step & 255);
        fills.set(slot.index, step & 255);
        leases.push(slot);
      } else if (lease !== undefined && choice < 0.6) {
        leases.push(lease.retain());
      } else if (lease !== undefined) {
        leases.splice(pick, 1);
        lease[Symbol.dispose]();
        if (choice > 0.9) lease[Symbol.dispose]();
        if (!leases.some((other) => other.index === lease.index)) fills.delete(lease.index);
      }
      expect(pool.available).toBe(8 - fills.size);
      for (const held of leases) {
        expect(held.bytes()[0]).toBe(fills.get(held.index));
        expect(held.isUnique).toBe(leases.filter((other) => other.index === held.index).length === 1);
      }
    }
    for (const held of leases) held[Symbol.dispose]();
  });
});
