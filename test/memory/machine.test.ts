import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readMachine } from "../../src/memory/machine.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-machine-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function read() {
  return readMachine({ procRoot: join(folder, "proc"), cgroupRoot: join(folder, "sys/fs/cgroup"), sysRoot: join(folder, "sys") });
}

test("huge pages, swap and pressure are read as the kernel writes them", () => {
  write("proc/meminfo", "SwapTotal:  2048 kB\nSwapFree:  1024 kB\nHugePages_Total:  64\nHugePages_Free:  60\nHugepagesize:  2048 kB\n");
  write("proc/pressure/memory", "some avg10=1.50 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.25 avg60=0.00 avg300=0.00 total=0\n");
  write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
  expect(read()).toMatchObject({
    hugePages: { pageBytes: 2 * 1024 * 1024, totalPages: 64, freePages: 60, transparent: "madvise" },
    swap: { totalBytes: 2 * 1024 * 1024, freeBytes: 1024 * 1024 },
    pressure: { somePercent: 1.5, fullPercent: 0.25 },
  });
});

test("what the kernel does not show is undefined, not zero", () => {
  expect(read()).toMatchObject({ hugePages: { transparent: undefined }, pressure: undefined, cgroup: undefined });
});

test("a v2 cgroup can make a child only where it hands the memory controller down", () => {
  write("proc/self/cgroup", "0::/job\n");
  write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  write("sys/fs/cgroup/job/cgroup.subtree_control", "cpu\n");
  expect(read().cgroup).toEqual({ version: 2, folder: join(folder, "sys/fs/cgroup/job"), canMakeChild: false });
  write("sys/fs/cgroup/job/cgroup.subtree_control", "cpu memory\n");
  expect(read().cgroup?.canMakeChild).toBe(true);
});

test("a v1 memory cgroup can make a child where its folder can be written", () => {
  write("proc/self/cgroup", "4:memory:/job\n");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1\n");
  expect(read().cgroup).toEqual({ version: 1, folder: join(folder, "sys/fs/cgroup/memory/job"), canMakeChild: true });
});
