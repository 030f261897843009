import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BudgetExceededError, InternalError, LeakError, MIB } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import type { Frame } from "../../src/memory/frame.ts";
import { FramePool } from "../../src/memory/frame-pool.ts";
import { roomyBudget } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

const timeBase = { num: 1, den: 90_000 };

function loanFrom(pool: FramePool): Frame {
  const frame = pool.loan({ ticks: 3003, timeBase });
  if (frame === undefined) throw new Error("the pool is empty");
  return frame;
}

describe("FramePool", () => {
  test("holds 8 frames of 1080p yuv420p, all paid for at construction", () => {
    using pool = new FramePool(budget, 1920, 1080, "yuv420p", 8);
    expect([pool.capacity, pool.available]).toEqual([8, 8]);
    expect(budget.reservedBytes).toBeGreaterThanOrEqual(8 * 3_110_400);
    expect(budget.byTag()[0]?.tag).toBe("frame.pool");
  });

  test("that does not fit the budget is refused whole", () => {
    using small = roomyBudget(10 * MIB);
    expect(() => new FramePool(small, 1920, 1080, "yuv420p", 8)).toThrow(BudgetExceededError);
    expect(small.reservedBytes).toBe(0);
  });

  test("touches its pages at construction only when told to", () => {
    const shape = { width: 640, height: 480, format: "yuv420p", capacity: 8, hugePages: false } as const;
    using lazy = FramePool.withConfig(budget, { ...shape, preallocate: false });
    using eager = FramePool.withConfig(budget, { ...shape, preallocate: true });
    expect(lazy.pool.segment.residentBytes()).toBeLessThan(MIB);
    expect(eager.pool.segment.residentBytes()).toBeGreaterThanOrEqual(8 * 460_800);
    expect(budget.reservedBytes).toBeGreaterThanOrEqual(2 * 8 * 460_800);
  });

  test("zeroes frames on release only when told to", () => {
    for (const clearOnRelease of [false, true]) {
      using pool = FramePool.withConfig(budget, { width: 16, height: 16, format: "gray", capacity: 1, clearOnRelease });
      {
        using frame = loanFrom(pool);
        frame.plane(0).fill(200);
      }
      using frame = loanFrom(pool);
      expect(frame.plane(0)[0]).toBe(clearOnRelease ? 0 : 200);
    }
  });

  test("asks for huge pages from 2 MiB on unless told not to, and records what it got", () => {
    const shape = { width: 1280, height: 720, format: "yuv420p", capacity: 4 } as const;
    using big = FramePool.withConfig(budget, { ...shape, tag: "test.big" });
    using plain = FramePool.withConfig(budget, { ...shape, hugePages: false });
    using small = FramePool.withConfig(budget, { ...shape, capacity: 1 });
    expect(big.pool.segment.pages.requested).toBe("hugetlb-2m");
    expect(big.pool.segment.pages.granted).toMatch(/^(hugetlb-2m|transparent-huge|base)$/);
    expect(plain.pool.segment.pages).toMatchObject({ requested: "base", granted: "base" });
    expect(small.pool.segment.pages.requested).toBe("base");
    expect(big.capacity).toBe(4);
    expect(budget.byTag().map((owner) => owner.tag)).toContain("test.big");
  });

  test("gives frames back to those who wait", async () => {
    using pool = new FramePool(budget, 16, 16, "gray", 1);
    const held = loanFrom(pool);
    expect(pool.loan()).toBeUndefined();
    const waiting = pool.loanWait({ ticks: 1, timeBase });
    held[Symbol.dispose]();
    using frame = await waiting;
    expect(frame.timestamp.ticks).toBe(1);
  });

  test("makes a frame of a slot that a native thread filled", () => {
    using pool = new FramePool(budget, 16, 16, "gray", 2);
    using frame = pool.adopt(pool.pool.native.loan(), { ticks: 5, timeBase });
    expect([frame.timestamp.ticks, pool.available]).toEqual([5, 1]);
  });

  test("disposed with frames out is a leak", () => {
    const pool = new FramePool(budget, 16, 16, "gray", 2);
    const frame = loanFrom(pool);
    expect(() => pool[Symbol.dispose]()).toThrow(LeakError);
    frame[Symbol.dispose]();
    pool[Symbol.dispose]();
  });

  test.each([0, -1, 1.5])("of %d frames is a bug", (capacity) => {
    expect(() => new FramePool(budget, 16, 16, "gray", capacity)).toThrow(InternalError);
  });
});
