import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { InternalError, UseAfterReleaseError } from "../../src/base/index.ts";
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

describe("a frame", () => {
  test("shows each plane as exactly its own bytes", () => {
    using pool = new FramePool(budget, 5, 3, "yuv420p", 1);
    using frame = loanFrom(pool);
    for (const plane of [0, 1, 2]) frame.plane(plane).fill(plane + 1);
    expect([...frame.bytes()]).toEqual([...Array(15).fill(1), ...Array(6).fill(2), ...Array(6).fill(3)]);
    expect(() => frame.plane(3)).toThrow(InternalError);
  });

  test("is shared by reference, with its timestamp, and not copied", () => {
    using pool = new FramePool(budget, 16, 16, "nv12", 1);
    const frame = loanFrom(pool);
    const shared = frame.retain();
    frame.plane(0)[7] = 99;
    expect([shared.plane(0)[7], shared.slotIndex, shared.isUnique]).toEqual([99, frame.slotIndex, false]);
    expect(shared.timestamp).toEqual({ ticks: 3003, timeBase });
    frame[Symbol.dispose]();
    expect([shared.isUnique, pool.available]).toEqual([true, 0]);
    expect(() => frame.plane(0)).toThrow(UseAfterReleaseError);
    expect(() => frame.retain()).toThrow(UseAfterReleaseError);
    shared[Symbol.dispose]();
    expect(pool.available).toBe(1);
  });
});
