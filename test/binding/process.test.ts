import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { binding, type ChildExit } from "../../src/binding/index.ts";
import { until } from "./addon.ts";

describe("a pipe", () => {
  test("is a real one, of the size that is granted", () => {
    const { readFd, writeFd, sizeBytes } = binding.pipe(256 * 1024);
    expect(sizeBytes).toBe(256 * 1024);
    expect(fstatSync(readFd).isFIFO()).toBe(true);
    for (const fd of [readFd, writeFd]) expect(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")).toMatch(/flags:\s+0?2\d{6}/);
    closeSync(readFd);
    closeSync(writeFd);
  });

  test("keeps its default when the wish is refused", () => {
    const { readFd, writeFd, sizeBytes } = binding.pipe(2 ** 40);
    expect(sizeBytes).toBeGreaterThanOrEqual(4096);
    expect(sizeBytes).toBeLessThan(2 ** 40);
    closeSync(readFd);
    closeSync(writeFd);
  });
});

describe("the process table", () => {
  test("shows the tree from any root, and its memory", async () => {
    const exits: ChildExit[] = [];
    const options = {
      file: "/bin/sh",
      args: ["sh", "-c", "sleep 60 & sleep 60 & wait"],
      env: ["PATH=/usr/bin:/bin"],
      cwd: "/",
      stdio: [-1, -1, -1],
      limits: {},
      oomScoreAdj: 0,
      niceness: 0,
    };
    const pid = binding.spawn(options, (exit) => exits.push(exit));
    await until(() => binding.processTree(pid).length === 3, "both sleeps run");
    const tree = binding.processTree(pid);
    expect(tree[0]).toBe(pid);
    expect(binding.processTree(process.pid)).toEqual(expect.arrayContaining([process.pid, ...tree]));
    const memory = binding.processMemory(pid);
    expect(memory?.anonBytes).toBeGreaterThan(0);
    expect(memory?.pageTableBytes).toBeGreaterThan(0);
    expect(memory?.threads).toBe(1);
    for (const member of tree.reverse()) process.kill(member, "SIGKILL");
    await until(() => exits.length === 1, "the shell ended");
    expect(binding.processMemory(pid)).toBeUndefined();
    expect(binding.processTree(pid)).toEqual([]);
  });

  test("agrees with /proc about this process", () => {
    const kibOf = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
    const memory = binding.processMemory(process.pid);
    expect(memory?.peakResidentBytes).toBeGreaterThan(0);
    expect(Math.abs((memory?.anonBytes ?? 0) / 1024 - kibOf("RssAnon"))).toBeLessThan(16 * 1024);
    expect(Math.abs((memory?.dataBytes ?? 0) / 1024 - kibOf("VmData"))).toBeLessThan(16 * 1024);
  });
});

describe("file systems", () => {
  test("in memory are told from those on disk", () => {
    expect(binding.fileSystem("/dev/shm")).toMatchObject({ isMemory: true, typeName: "tmpfs" });
    expect(binding.fileSystem("/proc").isMemory).toBe(false);
    const { bavail, bsize } = statfsSync("/");
    const { availableBytes } = binding.fileSystem("/");
    expect(Math.abs(availableBytes - bavail * bsize)).toBeLessThan(2 ** 30);
    expect(() => binding.fileSystem("/no/such")).toThrow(expect.objectContaining({ code: "ENOENT", operation: "statfs" }));
  });

  test("drop written pages from the cache", () => {
    const folder = mkdtempSync(join(tmpdir(), "mm-drop-"));
    const fd = openSync(join(folder, "file"), "w+");
    const byteLength = 8 * 1024 * 1024;
    writeSync(fd, Buffer.alloc(byteLength, 1));
    const resident = () => {
      const window = binding.segmentMapFile(fd, 0, byteLength, "private-read", false);
      const bytes = window.residentBytes();
      window.close();
      return bytes;
    };
    expect(resident()).toBe(byteLength);
    if (!binding.fileSystem(folder).isMemory) {
      binding.dropCache(fd, 0, byteLength / 2);
      expect(resident()).toBeLessThanOrEqual(byteLength / 2);
      binding.dropCache(fd, 0, 0);
      expect(resident()).toBeLessThan(byteLength / 8);
    }
    closeSync(fd);
    rmSync(folder, { recursive: true });
    expect(() => binding.dropCache(fd, 0, 0)).toThrow(expect.objectContaining({ code: "EBADF" }));
  });
});

test("the C allocator takes its settings and gives pages back", () => {
  binding.limitArenas(2);
  binding.trimHeap();
  expect(() => binding.limitArenas(-1)).toThrow(expect.objectContaining({ code: "EINVAL" }));
});
