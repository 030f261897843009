import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DiskLimitError, OutputError } from "../../src/base/index.ts";
import { Budget } from "../../src/memory/budget.ts";
import { PressureLadder } from "../../src/memory/ladder.ts";
import { AllocationTracker } from "../../src/memory/track.ts";
import { ManualClock } from "./manual-clock.ts";

describe("AllocationTracker", () => {
  let folder = "";
  const clock = new ManualClock();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mm-track-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function trackedBudget(tracker: AllocationTracker): Budget {
    const origin = { source: "a test", advice: (limitBytes: number) => ({ limitBytes, hint: "" }) };
    return Budget.root({ name: "test", limitBytes: 100, clock, ladder: new PressureLadder(clock), origin, tracker });
  }

  it("writes every reservation and release with time, size, tag and place", async () => {
    const path = join(folder, "allocations.jsonl");
    {
      using tracker = new AllocationTracker(path, clock);
      const budget = trackedBudget(tracker);
      const first = budget.reserve(60, "test.first");
      clock.advance(5);
      const waiting = budget.admit(50, "test.second");
      first.shrinkTo(50);
      (await waiting)[Symbol.dispose]();
      first[Symbol.dispose]();
    }
    const lines = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, atMs, tag, bytes }) => [type, atMs, tag, bytes])).toEqual([
      ["reserve", 0, "test.first", 60],
      ["release", 5, "test.first", 10],
      ["reserve", 5, "test.second", 50],
      ["release", 5, "test.second", 50],
      ["release", 5, "test.first", 50],
    ]);
    for (const { where } of lines) expect(where).toMatch(/^memory\/track\.test\.ts:\d+$/);
    // The place of a reservation that waited is where it was asked for, not where others gave back.
    const lineOf = (index: number) => Number(lines[index].where.split(":")[1]);
    expect(lineOf(2)).toBe(lineOf(0) + 2);
    expect(lineOf(1)).toBe(lineOf(0) + 3);
  });

  it("says at once when the file cannot be made", () => {
    expect(() => new AllocationTracker(join(folder, "missing", "file"), clock)).toThrow(OutputError);
  });

  it.runIf(existsSync("/dev/full"))("keeps a failed write until it is closed, never in the way of a release", () => {
    const tracker = new AllocationTracker("/dev/full", clock);
    const budget = trackedBudget(tracker);
    budget.reserve(10, "test.a")[Symbol.dispose]();
    budget[Symbol.dispose]();
    expect(() => tracker[Symbol.dispose]()).toThrow(DiskLimitError);
  });
});
