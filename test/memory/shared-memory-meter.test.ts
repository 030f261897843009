import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SharedMemoryMeter } from "../../src/memory/shared-memory-meter.ts";
import { kernelTree } from "./kernel-tree.ts";

const MIB = 1024 * 1024;
const rollup = (kib: number) => `Rss: 99999 kB\nPss_Anon: 5 kB\nPss_Shmem: ${kib} kB\n`;

it("takes one process at its word, and counts what two share once", () => {
  using tree = kernelTree({ "proc/2/smaps_rollup": rollup(32 * 1024), "proc/3/smaps_rollup": rollup(32 * 1024) });
  const meter = new SharedMemoryMeter(tree);
  expect(meter.read([])).toBe(0);
  expect(meter.read([{ pid: 2, sharedBytes: 64 * MIB }])).toBe(64 * MIB);
  const both = [2, 3].map((pid) => ({ pid, sharedBytes: 64 * MIB }));
  expect(meter.read(both)).toBe(64 * MIB);
});

it("asks the kernel again when much changed or time passed, and follows the sum between", () => {
  using tree = kernelTree({ "proc/2/smaps_rollup": rollup(10 * 1024), "proc/3/smaps_rollup": rollup(10 * 1024) });
  const meter = new SharedMemoryMeter(tree);
  const mapped = (mib: number) => [2, 3].map((pid) => ({ pid, sharedBytes: mib * MIB }));
  expect(meter.read(mapped(20), 0)).toBe(20 * MIB);
  for (const pid of [2, 3]) writeFileSync(join(tree.procRoot, `${pid}/smaps_rollup`), rollup(50 * 1024));
  expect(meter.read(mapped(21), 10)).toBe(21 * MIB);
  expect(meter.read(mapped(21), 600)).toBe(100 * MIB);
  expect(meter.read(mapped(60), 610)).toBe(100 * MIB);
  expect(meter.read(mapped(120), 620)).toBe(120 * MIB);
});

it("counts all pages of a process the kernel does not speak of, and none of one that is gone", () => {
  using tree = kernelTree({ "proc/2/smaps_rollup": rollup(1024) });
  const sharers = [2, 3].map((pid) => ({ pid, sharedBytes: 4 * MIB }));
  expect(new SharedMemoryMeter(tree, () => 4 * MIB).read(sharers)).toBe(5 * MIB);
  expect(new SharedMemoryMeter(tree, () => 0).read(sharers)).toBe(4 * MIB);
});
