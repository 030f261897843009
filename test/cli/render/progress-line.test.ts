import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { progressLine } from "../../../src/cli/render/progress-line.ts";
import type { Progress } from "../../../src/commands/index.ts";

const PLAIN = new Chalk({ level: 0 });
const MIB = 1024 * 1024;
const HALF: Progress = {
  phase: "encode",
  done: 180,
  total: 360,
  unit: "frames",
  fps: 31.24,
  speed: 1.04,
  bytesPerSecond: 0,
  etaSeconds: 5.77,
  memoryBytes: 212 * MIB,
  limitBytes: 300 * MIB,
  lanes: 2,
};

test("everything is said where there is room", () => {
  expect(progressLine(HALF, 150, PLAIN, false)).toBe(
    `encode  ${"━".repeat(20)}${"─".repeat(20)}   50 %  180 of 360 frames  31.2 fps  1.04x  ETA 0:06  memory 212.0 MiB of 300.0 MiB  2 lanes`,
  );
});

test("the line never exceeds the width it is given, at any width", () => {
  for (let columns = 1; columns <= 160; columns += 1) {
    for (const hasMemoryLine of [true, false]) {
      expect(progressLine(HALF, columns, PLAIN, hasMemoryLine).length).toBeLessThanOrEqual(columns);
      expect(progressLine({ ...HALF, total: 0 }, columns, PLAIN, hasMemoryLine).length).toBeLessThanOrEqual(columns);
    }
  }
});

test("on a narrow terminal the time left stays longest beside the bar", () => {
  expect(progressLine(HALF, 50, PLAIN, true)).toMatch(/^encode {2}━+─+ {3}50 % .*ETA 0:06$/);
  expect(progressLine(HALF, 44, PLAIN, true)).not.toContain("frames");
  expect(progressLine(HALF, 12, PLAIN, true)).toBe("encode 50 %");
});

test("memory is left to the memory line when there is one", () => {
  expect(progressLine(HALF, 160, PLAIN, true)).not.toContain("MiB");
});

test("an unknown total shows what is done and no bar", () => {
  const spool: Progress = {
    ...HALF,
    phase: "spool",
    unit: "bytes",
    done: 5 * MIB,
    total: 0,
    etaSeconds: undefined,
    fps: 0,
    speed: 0,
    lanes: 0,
  };
  expect(progressLine(spool, 100, PLAIN, true)).toBe("spool   5.0 MiB");
});

test("the end is 100 %, and nothing before it is", () => {
  expect(progressLine({ ...HALF, done: 359 }, 100, PLAIN, true)).toContain(" 99 %");
  expect(progressLine({ ...HALF, done: 360 }, 100, PLAIN, true)).toContain("100 %");
});

test("hours are shown as hours", () => {
  expect(progressLine({ ...HALF, etaSeconds: 3765 }, 140, PLAIN, true)).toContain("ETA 1:02:45");
});

test("bytes are said of how many, records in groups of three digits", () => {
  const read: Progress = { ...HALF, phase: "read", unit: "bytes", done: 5 * MIB, total: 10 * MIB, fps: 0, speed: 0, lanes: 0 };
  expect(progressLine(read, 100, PLAIN, true)).toContain("5.0 MiB of 10.0 MiB  ETA");
  expect(progressLine({ ...read, phase: "cluster", unit: "records", done: 4_100, total: 12_345 }, 100, PLAIN, true)).toContain(
    " 4,100 of 12,345 records",
  );
});

test("messages have a rate in bytes, and releases", () => {
  const parse: Progress = { ...HALF, phase: "parse", unit: "bytes", done: 5 * MIB, total: 10 * MIB, fps: 0, speed: 0, lanes: 0 };
  const line = progressLine({ ...parse, bytesPerSecond: 150 * MIB, releases: 1234 }, 140, PLAIN, true);
  expect(line).toMatch(/^parse .* 50 % {2}5\.0 MiB of 10\.0 MiB {2}150\.0 MiB\/s {2}1,234 releases {2}ETA/);
});
