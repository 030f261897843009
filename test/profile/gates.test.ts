import { expect, test } from "vitest";
import type { LeakVerdict, LeakWord } from "../../src/memory/index.ts";
import { type Gate, type GateSettings, judgeGates, measureRun, type RunFigures } from "../../src/profile/gates.ts";
import { captureOf } from "./capture-of.ts";

const MIB = 1024 * 1024;

function leak(verdict: LeakWord): LeakVerdict {
  return { verdict, slopeBytesPerSecond: 0, lowBytesPerSecond: 0, highBytesPerSecond: 0, riseBytes: 0, floors: 0, judgedFromMs: 0 };
}

function figures(bytes: number | undefined, verdict: LeakWord = "steady"): RunFigures {
  return { usedPeakBytes: bytes, ceilings: [bytes], leak: leak(verdict) };
}

const NONE: GateSettings = { failAbove: [], failOnLeak: false, failOnIncrease: undefined };
const ABOVE_100: GateSettings = { ...NONE, failAbove: [{ text: "100M", limitBytes: 100 * MIB, metric: "used", scope: "tree" }] };
const outcome = (settings: GateSettings, runs: RunFigures[]): Gate | undefined => judgeGates(settings, runs)[0];

test("a ceiling holds up to its last byte", () => {
  expect(outcome(ABOVE_100, [figures(100 * MIB)])).toMatchObject({ passed: true, measuredBytes: 100 * MIB });
  expect(outcome(ABOVE_100, [figures(100 * MIB + 1)])).toMatchObject({ passed: false, limitBytes: 100 * MIB });
});

test("several runs are judged by their median, the higher of two", () => {
  expect(outcome(ABOVE_100, [figures(1), figures(200 * MIB), figures(2)])).toMatchObject({ passed: true, measuredBytes: 2 });
  expect(outcome(ABOVE_100, [figures(1), figures(200 * MIB)])?.passed).toBe(false);
});

test("what nobody measured has not been kept", () => {
  expect(outcome(ABOVE_100, [figures(undefined)])).toMatchObject({ passed: false, measuredBytes: null });
});

test("an increase is measured from the baseline", () => {
  const settings: GateSettings = { ...NONE, failOnIncrease: { percent: 5, baseline: "main.json", baselineBytes: 100 * MIB } };
  expect(outcome(settings, [figures(105 * MIB)])?.passed).toBe(true);
  const failed = outcome(settings, [figures(106 * MIB)]);
  expect(failed?.passed).toBe(false);
  expect(failed?.text).toContain("+6.0 % of main.json");
});

test("only a proven leak fails, in more than half of the runs", () => {
  const settings: GateSettings = { ...NONE, failOnLeak: true };
  for (const verdict of ["growing", "plateau", "steady", "too-short"] as const) {
    expect(outcome(settings, [figures(1, verdict)])?.passed).toBe(true);
  }
  expect(outcome(settings, [figures(1, "leak")])?.passed).toBe(false);
  expect(outcome(settings, [figures(1, "leak"), figures(1), figures(1)])?.passed).toBe(true);
  expect(outcome(settings, [figures(1, "leak"), figures(1, "leak"), figures(1)])?.passed).toBe(false);
});

/** Two processes: a holds 30 then 10 MiB and ends at 500 ms, b holds 20 MiB from 300 ms on. */
const TWO = captureOf({
  rows: {
    tree: [
      [100, 30 * MIB, 1, 0, 1, 0, 0, 0, 0],
      [400, 50 * MIB, 1, 0, 2, 70 * MIB, 0, 0, 0],
    ],
    measured: [
      [100, 0, 35 * MIB, 31 * MIB, 30 * MIB, MIB, 0, 30 * MIB, 30 * MIB, 0, 0, 0, 35 * MIB, 0, 1],
      [400, 0, 15 * MIB, 11 * MIB, 10 * MIB, MIB, 0, 10 * MIB, 10 * MIB, 0, 0, 0, 35 * MIB, 0, 1],
      [400, 1, 25 * MIB, 21 * MIB, 20 * MIB, MIB, 0, 20 * MIB, 20 * MIB, 0, 0, 0, 25 * MIB, 0, 1],
      [600, 1, 25 * MIB, 26 * MIB, 25 * MIB, MIB, 0, 25 * MIB, 25 * MIB, 0, 0, 0, 25 * MIB, 0, 1],
    ],
    resident: [[100, 0, 35 * MIB, 5 * MIB, 0, 0, 0]],
    isolate: [
      [100, 0, 0, 8 * MIB, 9 * MIB, 0, MIB, 0, 0, 0, 0, 0, 0],
      [110, 0, 1, 4 * MIB, 9 * MIB, 0, MIB, 0, 0, 0, 0, 0, 0],
    ],
  },
  events: [
    { type: "process", process: 0, pid: 10, parent: -1, atMs: 0, command: ["node", "a.js"], name: "node" },
    { type: "process", process: 1, pid: 11, parent: 0, atMs: 300, command: ["sort"], name: "sort" },
    { type: "exit", process: 0, atMs: 500, code: 0, signal: null, highWaterBytes: 35 * MIB },
  ],
});

test("a tree that was too short for a sample is judged by its cgroup, which counts more", () => {
  const end = { atMs: 9, exitCode: 0, signal: null, cgroupPeakBytes: 3 * MIB, oomKills: 0, ownCpuMs: 0, ownBytes: 0, missedTicks: 0 };
  const { ceilings, usedPeakBytes } = measureRun(captureOf({ rows: {}, end }), ABOVE_100, leak("too-short"));
  expect({ ceilings, usedPeakBytes }).toEqual({ ceilings: [3 * MIB], usedPeakBytes: undefined });
});

test.each([
  ["used", "tree", 50],
  ["used", "each", 30],
  ["used", { name: "so*" }, 25],
  ["pss", "tree", 32],
  ["uss", "each", 30],
  ["rss", "tree", 35],
  ["heap", "tree", 12],
  ["heap", { name: "node" }, 12],
  ["external", "each", 2],
  ["cgroup", "tree", 70],
  ["ledger", "tree", undefined],
  ["used", { name: "python" }, undefined],
] as const)("the peak of %s in scope %o is %o MiB", (metric, scope, mib) => {
  const settings: GateSettings = { ...NONE, failAbove: [{ text: "", limitBytes: 1, metric, scope }] };
  const { ceilings } = measureRun(TWO, settings, leak("steady"));
  expect(ceilings[0]).toBe(mib === undefined ? undefined : mib * MIB);
});

test("worker threads that have ended do not count beside those that came after them", () => {
  const heap = (atMs: number, process: number, thread: number) => [atMs, process, thread, 8 * MIB, 9 * MIB, 0, MIB, 0, 0, 0, 0, 0, 0];
  const isolate = Array.from({ length: 50 }, (_, worker) => [
    heap(1000 * worker, 0, 0),
    heap(1000 * worker + 10, 0, worker + 1),
    heap(1000 * worker + 500, 0, worker + 1),
  ]).flat();
  const settings: GateSettings = { ...NONE, failAbove: [{ text: "", limitBytes: 1, metric: "heap", scope: "each" }] };
  expect(measureRun(captureOf({ rows: { isolate } }), settings, leak("steady")).ceilings[0]).toBe(16 * MIB);
});

test("the largest of as many processes as a machine has pids is found within a moment", () => {
  const count = 60_000;
  const resident = Array.from({ length: count }, (_, process) => [process, process, MIB + process, 0, 0, 0, 0]);
  const events = resident.map(
    ([atMs = 0, process = 0]) => ({ type: "exit", process, atMs, code: 0, signal: null, highWaterBytes: 1 }) as const,
  );
  const settings: GateSettings = { ...NONE, failAbove: [{ text: "", limitBytes: 1, metric: "rss", scope: "each" }] };
  const startMs = performance.now();
  expect(measureRun(captureOf({ rows: { resident }, events }), settings, leak("steady")).ceilings[0]).toBe(MIB + count - 1);
  expect(performance.now() - startMs).toBeLessThan(5000);
});
