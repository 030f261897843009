import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BudgetExceededError, InternalError, UseAfterReleaseError } from "../../src/base/index.ts";
import { Arena, type ArenaAlignment } from "../../src/memory/arena.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";

let budget: Budget;
let arena: Arena;
beforeEach(() => {
  budget = roomyBudget();
  arena = new Arena(budget, "test.arena", 4096);
});
afterEach(() => {
  arena.close();
  budget[Symbol.dispose]();
});

describe("Arena", () => {
  test("pays for its capacity once, at construction", () => {
    arena.allocate(100);
    expect([arena.capacityBytes, budget.reservedBytes]).toEqual([4096, 4096]);
  });

  test.each([1, 2, 4, 8, 16, 32, 64] as const)("aligns to %i bytes", (alignment) => {
    arena.allocate(1, 1);
    const bytes = arena.allocate(10, alignment);
    expect(bytes.byteOffset % alignment).toBe(0);
    expect(bytes.length).toBe(10);
  });

  test("hands out ranges that do not overlap, many at a time", () => {
    const parts = Array.from({ length: 20 }, (_, index) => arena.allocate(index + 1, 1).fill(index + 1));
    for (const [index, part] of parts.entries()) expect(part.every((byte) => byte === index + 1)).toBe(true);
    expect(arena.usedBytes).toBe(210);
  });

  test("gives room for doubles", () => {
    arena.allocate(3, 1);
    const doubles = arena.float64(4);
    doubles[3] = Math.PI;
    expect([doubles.length, doubles[3], doubles.byteOffset % 8, arena.usedBytes]).toEqual([4, Math.PI, 0, 40]);
  });

  test("fills to the last byte and then throws without changing", () => {
    arena.allocate(4096, 1);
    expect(() => arena.allocate(1, 1)).toThrow(BudgetExceededError);
    expect(arena.usedBytes).toBe(4096);
    expect(arena.allocate(0, 1).length).toBe(0);
  });

  test.each([-1, 0.5, Number.NaN])("refuses to allocate %d bytes", (byteLength) => {
    expect(() => arena.allocate(byteLength)).toThrow(InternalError);
  });

  test("rewinds to a mark, and to nothing on reset, remembering its peak", () => {
    arena.allocate(100, 1);
    {
      using _mark = arena.mark();
      arena.allocate(1000, 1);
      {
        using _inner = arena.mark();
        arena.allocate(500, 1);
      }
      expect(arena.usedBytes).toBe(1100);
    }
    expect(arena.usedBytes).toBe(100);
    arena.reset();
    expect([arena.usedBytes, arena.peakBytes]).toEqual([0, 1600]);
  });

  test("ignores a mark whose outer mark, or whose arena, was rewound before it", () => {
    const outer = arena.mark();
    arena.allocate(10, 1);
    const inner = arena.mark();
    outer[Symbol.dispose]();
    arena.allocate(50, 1);
    inner[Symbol.dispose]();
    expect(arena.usedBytes).toBe(50);
    const before = arena.mark();
    arena.reset();
    arena.allocate(70, 1);
    before[Symbol.dispose]();
    expect(arena.usedBytes).toBe(70);
  });

  test("keeps live allocations apart under 3,000 random nested marks", () => {
    const random = seededRandom(11);
    const alignments: ArenaAlignment[] = [1, 2, 4, 8, 16, 32, 64];
    const frames: { mark: Disposable; parts: { bytes: Uint8Array; fill: number }[] }[] = [{ mark: arena.mark(), parts: [] }];
    for (let step = 0; step < 3_000; step += 1) {
      const choice = random();
      const top = frames.at(-1);
      if (choice < 0.2) frames.push({ mark: arena.mark(), parts: [] });
      else if (choice < 0.4 && frames.length > 1) frames.pop()?.mark[Symbol.dispose]();
      else {
        const length = Math.floor(random() * 60);
        if (arena.usedBytes + length + 64 > arena.capacityBytes) {
          while (frames.length > 1) frames.pop()?.mark[Symbol.dispose]();
          frames.pop()?.mark[Symbol.dispose]();
          expect(arena.usedBytes).toBe(0);
          frames.push({ mark: arena.mark(), parts: [] });
          continue;
        }
        top?.parts.push({ bytes: arena.allocate(length, alignments[step % 7]).fill(step & 255), fill: step & 255 });
      }
      for (const { parts } of frames) for (const { bytes, fill } of parts) expect(bytes.every((byte) => byte === fill)).toBe(true);
    }
  });

  test("is dead after close, views included", () => {
    const bytes = arena.allocate(10);
    arena.close();
    expect(bytes.length).toBe(0);
    expect(() => arena.allocate(1)).toThrow(UseAfterReleaseError);
    expect(() => arena.float64(1)).toThrow(UseAfterReleaseError);
  });
});
