import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { IoError, UnsupportedError, UseAfterReleaseError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import type { IpcHandle } from "../../src/memory/ipc-handle.ts";
import { SharedMemorySegment } from "../../src/memory/shared-segment.ts";
import { roomyBudget } from "./roomy-budget.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

function handleOf(segment: SharedMemorySegment): IpcHandle {
  const handle = segment.ipcHandle();
  if (handle === undefined) throw new Error("a shared segment has a handle");
  return handle;
}

describe("SharedMemorySegment", () => {
  test("shows the same bytes through a second mapping, both ways", () => {
    using creator = SharedMemorySegment.create(budget, "test.shared", "mm-test", 8192);
    using mapper = SharedMemorySegment.fromFd(budget, "test.mapped", handleOf(creator));
    creator.bytes()[0] = 42;
    expect(mapper.bytes()[0]).toBe(42);
    mapper.bytes()[8191] = 43;
    expect(creator.bytes()[8191]).toBe(43);
    expect([creator.memoryType, mapper.memoryType]).toEqual(["SharedMemory", "SharedMemory"]);
    expect(budget.reservedBytes).toBe(2 * 8192);
  });

  test("is read by another process that was handed the descriptor", () => {
    using segment = SharedMemorySegment.create(budget, "test.shared", "mm-test", 4096);
    segment.bytes().set(new TextEncoder().encode("across"));
    const script = 'const b = Buffer.alloc(6); require("fs").readSync(3, b, 0, 6, 0); process.stdout.write(b)';
    const child = spawnSync(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit", handleOf(segment).fd] });
    expect(child.stdout.toString()).toBe("across");
  });

  test("outlives its creator in whoever mapped it", () => {
    const creator = SharedMemorySegment.create(budget, "test.shared", "mm-test", 4096);
    creator.bytes()[1] = 5;
    using mapper = SharedMemorySegment.fromFd(budget, "test.mapped", handleOf(creator));
    creator.close();
    expect(mapper.bytes()[1]).toBe(5);
  });

  test("has no name in any file system and leaves no mapping behind", () => {
    const segment = SharedMemorySegment.create(budget, "test.shared", "mm-footprint", 4096);
    expect(readFileSync("/proc/self/maps", "utf8")).toContain("/memfd:mm-footprint (deleted)");
    segment.close();
    expect(readFileSync("/proc/self/maps", "utf8")).not.toContain("mm-footprint");
    expect(segment.ipcHandle()).toBeUndefined();
    expect(() => segment.bytes()).toThrow(UseAfterReleaseError);
  });

  test("can be neither shrunk nor grown by a holder of the descriptor", () => {
    using segment = SharedMemorySegment.create(budget, "test.shared", "mm-test", 8192);
    const { fd } = handleOf(segment);
    expect(() => ftruncateSync(fd, 4096)).toThrow(/EPERM/);
    expect(() => ftruncateSync(fd, 16_384)).toThrow(/EPERM/);
  });

  test("refuses a handle that promises more than the descriptor holds", () => {
    using segment = SharedMemorySegment.create(budget, "test.shared", "mm-test", 4096);
    const { fd } = handleOf(segment);
    expect(() => SharedMemorySegment.fromFd(budget, "test.mapped", { fd, size: 8192 })).toThrow(IoError);
    expect(budget.reservedBytes).toBe(4096);
  });

  test("refuses a descriptor whose sender could still shrink it", () => {
    const path = join(folder, "unsealed");
    writeFileSync(path, new Uint8Array(4096));
    const fd = openSync(path, "r+");
    expect(() => SharedMemorySegment.fromFd(budget, "test.mapped", { fd, size: 4096 })).toThrow(UnsupportedError);
    expect(budget.reservedBytes).toBe(0);
    closeSync(fd);
  });
});
