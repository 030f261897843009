import { expect, test } from "vitest";
import { heapLimit } from "../../src/cli/heap-limit.ts";

const MIB = 1024 * 1024;
const UNLIMITED = 2 ** 44 * 1024;

const CASES: [name: string, flagMib: number | undefined, cgroupBytes: number, heapMib: number][] = [
  ["a quarter of the flag", 400, UNLIMITED, 100],
  ["a quarter of the cgroup without a flag", undefined, 400 * MIB, 100],
  ["a quarter of the smaller of both", 4096, 400 * MIB, 100],
  ["at least 48 MiB", 96, UNLIMITED, 48],
  ["at most 512 MiB", 8192, UNLIMITED, 512],
  ["512 MiB where nothing limits", undefined, UNLIMITED, 512],
  ["512 MiB where libuv knows no limit", undefined, 0, 512],
];

test.each(CASES)("the heap cap is %s", (_name, flagMib, cgroupBytes, heapMib) => {
  const flagBytes = flagMib === undefined ? undefined : flagMib * MIB;
  expect(heapLimit(flagBytes, cgroupBytes).maxOldGenerationSizeMb).toBe(heapMib);
});
