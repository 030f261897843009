import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MalformedInputError, OutputError } from "../../../src/base/index.ts";
import { buildModel } from "../../../src/profile/build-model.ts";
import {
  type CaptureBatch,
  type CaptureEvent,
  type CaptureHeader,
  CaptureWriter,
  readCapture,
  TABLES,
} from "../../../src/profile/capture/index.ts";
import { trimStacks } from "../../../src/profile/capture/trim-stacks.ts";
import { reportPayload } from "../../../src/profile/report/payload.ts";

const HEADER: CaptureHeader = {
  schema: "mm.capture/1",
  version: "0",
  startedAt: "2026-01-01T00:00:00.000Z",
  command: ["sleep", "1"],
  source: "run",
  intervalMs: 50,
  tracking: "descendants",
  host: { kernel: "6.1", cpus: 2, memoryBytes: 2 ** 34, cgroupVersion: 2 },
  limitBytes: 2 ** 34,
  unavailable: [],
};
const END = { atMs: 9000, exitCode: 0, signal: null, cgroupPeakBytes: null, oomKills: 0, ownCpuMs: 1.5, ownBytes: 1, missedTicks: 0 };

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-capture-"));
  path = join(folder, "a.mmprof");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A second of a tree: a row each 50 ms, growing, with one high row. */
function second(index: number, processes = 2): CaptureBatch {
  const tree: number[] = [];
  const resident: number[] = [];
  for (let tick = 0; tick < 20; tick += 1) {
    const atMs = index * 1000 + tick * 50 + 0.125;
    tree.push(atMs, index === 3 && tick === 7 ? 9e12 : 1e6 * index + tick, tick % 5 === 0 ? 1 : 0, 4096, processes, 0, 0, 0, 0);
    for (let process = 0; process < processes; process += 1) resident.push(atMs, process, 2 ** 40 + tick, 4096, tick, 3, 0);
  }
  const events: CaptureEvent[] = [{ type: "mark", process: -1, atMs: index * 1000, name: `second ${index}` }];
  return { rows: { tree: Float64Array.from(tree), resident: Float64Array.from(resident) }, events };
}

function write(seconds: number, limits?: { mostBytes: number; mostRows: number }): void {
  using writer = new CaptureWriter(path, HEADER, limits);
  for (let index = 0; index < seconds; index += 1) writer.add(second(index));
  writer.end(END);
}

test("what is written is read", () => {
  write(5);
  const capture = readCapture(path);
  expect(capture.header).toEqual(HEADER);
  expect(capture.end).toEqual(END);
  expect(capture.damagedBytes).toBe(0);
  expect(capture.tables.tree.atMs).toHaveLength(100);
  expect(capture.tables.tree.atMs[21]).toBe(1050.125);
  expect(Math.max(...capture.tables.tree.usedBytes)).toBe(9e12);
  expect(capture.tables.resident.residentBytes[39]).toBe(2 ** 40 + 19);
  expect(capture.events).toHaveLength(5);
});

test("every value that a column can have comes back", () => {
  const extremes = [0, 1, -1, 63, 64, 2 ** 31, 2 ** 32 + 1, 2 ** 51, -(2 ** 51), 7];
  const rows = extremes.flatMap((value, index) => [index, ...TABLES.job.slice(1).map(() => value)]);
  using writer = new CaptureWriter(path, HEADER);
  writer.add({ rows: { job: Float64Array.from(rows) }, events: [] });
  const { job } = readCapture(path).tables;
  // Processes are numbered anew.
  for (const name of TABLES.job.slice(2)) expect([...job[name]]).toEqual(extremes);
});

test("a capture cut off anywhere gives back all that was whole", () => {
  write(4);
  const bytes = readFileSync(path);
  let before = 0;
  for (let length = 0; length < bytes.length; length += 7) {
    writeFileSync(path, bytes.subarray(0, length));
    try {
      const { tables, end } = readCapture(path);
      expect(tables.tree.atMs.length).toBeGreaterThanOrEqual(before);
      before = tables.tree.atMs.length;
      expect(end).toBeUndefined();
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedInputError);
      expect(before).toBe(0);
    }
  }
  expect(before).toBe(80);
});

test("a damaged byte is never read as something else", () => {
  write(2);
  const bytes = readFileSync(path);
  const whole = readCapture(path);
  for (let at = 0; at < bytes.length; at += 1) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
    writeFileSync(path, damaged);
    try {
      const capture = readCapture(path);
      expect(capture.tables.tree.atMs.length).toBeLessThanOrEqual(whole.tables.tree.atMs.length);
      for (const [row, used] of capture.tables.tree.usedBytes.entries()) expect(used).toBe(whole.tables.tree.usedBytes[row]);
      expect(capture.damagedBytes).toBeGreaterThan(0);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedInputError);
    }
  }
});

test("a long capture stays within its bounds and keeps its peak", () => {
  write(2000, { mostBytes: 100_000, mostRows: 3000 });
  expect(statSync(path).size).toBeLessThanOrEqual(100_000);
  const { tables, end, events } = readCapture(path);
  const rows = tables.tree.atMs.length + tables.resident.atMs.length;
  expect(rows).toBeLessThanOrEqual(3000);
  expect(rows).toBeGreaterThan(700);
  expect(Math.max(...tables.tree.usedBytes)).toBe(9e12);
  expect(tables.tree.atMs[0]).toBeLessThan(2_000_000 / 400);
  expect(tables.tree.atMs.at(-1)).toBeGreaterThan(1_990_000);
  expect([...tables.tree.atMs].every((at, row) => row === 0 || at >= (tables.tree.atMs[row - 1] ?? 0))).toBe(true);
  expect(end).toEqual(END);
  expect(events.length).toBeGreaterThan(0);
});

test("an output that exists is not touched", () => {
  writeFileSync(path, "mine");
  expect(() => new CaptureWriter(path, HEADER)).toThrow(OutputError);
  expect(readFileSync(path, "utf8")).toBe("mine");
});

test("other files are refused by name", () => {
  writeFileSync(path, "some text that is no capture");
  expect(() => readCapture(path)).toThrow(/no capture/);
});

test("an event of a shape that is none is left out", () => {
  using writer = new CaptureWriter(path, HEADER);
  const forged = [
    {
      type: "stacks",
      process: 0,
      thread: 0,
      atMs: 1,
      stacks: { kind: "js", weightOf: "live", frames: [], samples: [{ stack: [1], weight: 1, count: 1 }] },
    },
    { type: "toString", process: 0, atMs: 1 },
    { type: "mark", process: 0, atMs: -1, name: "x" },
    { type: "mark", process: 0, atMs: 1e300, name: "x" },
    { type: "mark", process: 0, atMs: 1, name: "good" },
  ];
  writer.add({ rows: {}, events: forged as unknown as CaptureEvent[] });
  expect(readCapture(path).events).toEqual([forged.at(-1)]);
});

test("processes are numbered without gaps, whatever the file says", () => {
  using writer = new CaptureWriter(path, HEADER);
  const started = (process: number, parent: number) =>
    ({ type: "process", process, pid: process + 1, parent, atMs: 0, command: ["a"], name: "a" }) as const;
  const far = 2 ** 50;
  const events: CaptureEvent[] = [
    ...[started(0, -1), started(3, 0), started(far, 3), started(9, 7), started(3, far)],
    { type: "exit", process: far, atMs: 5, code: 0, signal: null, highWaterBytes: 0 },
    { type: "mark", process: -1, atMs: 6, name: "m" },
  ];
  writer.add({ rows: { resident: Float64Array.from([0, 3, 1, 0, 0, 0, 0, 1, far, 2, 0, 0, 0, 0, 2, 77, 3, 0, 0, 0, 0]) }, events });
  const capture = readCapture(path);
  const seen = capture.events.map((event) => [event.process, event.type === "process" ? event.parent : undefined]);
  expect(seen).toEqual([
    [0, -1],
    [1, 0],
    [2, 1],
    [3, -1],
    [2, undefined],
    [-1, undefined],
  ]);
  expect([...capture.tables.resident.process]).toEqual([1, 2, 4]);
});

test("a thinned capture that has lost its brief processes makes a report", () => {
  const brief = (process: number): CaptureEvent[] => [
    { type: "process", process, pid: 100 + process, parent: 0, atMs: process * 10, command: ["true"], name: "true" },
    { type: "exit", process, atMs: process * 10 + 5, code: 0, signal: null, highWaterBytes: 4096 },
  ];
  const top: CaptureEvent = { type: "process", process: 0, pid: 100, parent: -1, atMs: 0, command: ["sh"], name: "sh" };
  const last: CaptureEvent = { type: "process", process: 900, pid: 1000, parent: 0, atMs: 9000, command: ["cc"], name: "cc" };
  {
    using writer = new CaptureWriter(path, HEADER, { mostRows: 50 });
    writer.add({ rows: {}, events: [top] });
    for (let index = 0; index < 9; index += 1) writer.add(second(index, 1));
    writer.add({ rows: {}, events: [...Array.from({ length: 899 }, (_, index) => brief(index + 1)).flat(), last] });
    writer.add(second(9, 1));
    writer.add(second(10, 1));
    writer.end(END);
  }
  const model = buildModel(readCapture(path));
  expect(model.processes.length).toBeLessThan(900);
  expect(model.processes.every((process, index) => process.process === index)).toBe(true);
  expect(reportPayload(model).processes.map(({ name }) => name)).toEqual(expect.arrayContaining(["sh", "cc"]));
});

test("what a program floods its profiler with can be read again", () => {
  const flood = Array.from({ length: 150_000 }, (_, index) => ({ type: "mark", process: 0, atMs: index, name: "x".repeat(150) }) as const);
  using writer = new CaptureWriter(path, HEADER, { mostEventBytes: 30_000_000 });
  writer.add({ rows: {}, events: flood });
  writer.add(second(1));
  const { damagedBytes, events, tables } = readCapture(path);
  expect(damagedBytes).toBe(0);
  expect(events.length).toBeGreaterThan(0);
  expect(events.length).toBeLessThan(150_000);
  expect(tables.tree.atMs).not.toHaveLength(0);
});

test("of stacks that would fill memory the heaviest paths stay, and no byte gets lost", () => {
  const frames = Array.from({ length: 100 }, (_, index) => ({ name: `f${index}` }));
  const samples = Array.from({ length: 1000 }, (_, index) => ({ stack: [index % 100, (index * 7) % 100], weight: index, count: 1 }));
  const stacks = { kind: "native", weightOf: "peak", frames, samples } as const;
  expect(trimStacks(stacks, 1e6)).toBe(stacks);
  const trimmed = trimStacks(stacks, 20_000);
  expect(JSON.stringify(trimmed).length).toBeLessThan(20_000);
  expect(trimmed.samples.reduce((sum, { weight }) => sum + weight, 0)).toBe((1000 * 999) / 2);
  expect(trimmed.samples.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
  const [first] = trimmed.samples;
  expect(first?.stack.map((frame) => trimmed.frames[frame]?.name)).toEqual(["f99", "f93"]);
  expect(trimmed.frames[trimmed.samples.at(-1)?.stack[0] ?? -1]?.name).toBe("(smaller paths)");
});
