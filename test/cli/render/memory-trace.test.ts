import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { MemoryTrace } from "../../../src/cli/render/memory-trace.ts";
import type { MemorySample } from "../../../src/commands/index.ts";

const PLAIN = new Chalk({ level: 0 });
const COLOURED = new Chalk({ level: 1 });
const MIB = 1024 * 1024;

function sample(atMs: number, mib: number, level: MemorySample["level"] = "ok"): MemorySample {
  const treeBytes = mib * MIB;
  return { atMs, treeBytes, residentBytes: treeBytes, ownBytes: 0, childrenBytes: treeBytes, sharedBytes: 0, ledgerBytes: 0, level };
}

function trace(...samples: MemorySample[]): MemoryTrace {
  const made = new MemoryTrace();
  made.limitBytes = 400 * MIB;
  for (const each of samples) made.add(each);
  return made;
}

test("each block is the highest sample of half a second, against the limit", () => {
  const line = trace(sample(0, 50), sample(100, 200), sample(400, 100), sample(600, 400), sample(1200, 10)).line(100, PLAIN);
  expect(line).toBe("memory  ▄█▁  10.0 MiB of 400.0 MiB  peak 400.0 MiB");
});

test("the line never exceeds the width it is given, and the newest blocks stay", () => {
  const long = trace(...Array.from({ length: 300 }, (_, index) => sample(index * 500, index < 299 ? 10 : 400)));
  for (let columns = 1; columns <= 200; columns += 1) expect(long.line(columns, PLAIN).length).toBeLessThanOrEqual(columns);
  expect(long.line(60, PLAIN)).toMatch(/▁█ {2}400\.0 MiB/);
});

test("the blocks take the colour of the level", () => {
  expect(trace(sample(0, 100)).line(100, COLOURED)).toContain("\u001b[32m");
  expect(trace(sample(0, 330, "warning")).line(100, COLOURED)).toContain("\u001b[33m");
  expect(trace(sample(0, 390, "critical")).line(100, COLOURED)).toContain("\u001b[31m");
});

test("without a known limit the highest sample is the scale", () => {
  const unlimited = new MemoryTrace();
  unlimited.add(sample(0, 100));
  unlimited.add(sample(500, 200));
  expect(unlimited.line(100, PLAIN)).toBe("memory  ▄█  200.0 MiB  peak 200.0 MiB");
});
