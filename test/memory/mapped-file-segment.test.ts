import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskLimitError, InputMissingError, MIB, OutputError, UnsupportedError } from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { MappedFileSegment } from "../../src/memory/mapped-file-segment.ts";
import { roomyBudget } from "./roomy-budget.ts";
import { temporaryFolder, tinyDisk } from "./temporary-folder.ts";

const folder = temporaryFolder();
const onDisk = !binding.fileSystem(folder).isMemory;
const disk = tinyDisk(2 * MIB);
if (disk.refusal !== undefined) console.log(`skipped: a full disk and files on tmpfs, because mounting one failed: ${disk.refusal}`);

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

describe("MappedFileSegment", () => {
  test("keeps in the file what was stored in memory", () => {
    const path = join(folder, "created");
    using segment = MappedFileSegment.create(budget, "test.file", path, 10_000);
    expect(segment.memoryType).toBe("MappedFile");
    segment.bytes()[9_999] = 77;
    segment.sync();
    const found = readFileSync(path);
    expect([found.length, found[0], found[9_999]]).toEqual([10_000, 0, 77]);
  });

  test("is made with all its blocks, readable by its owner alone", () => {
    const path = join(folder, "blocks");
    using _segment = MappedFileSegment.create(budget, "test.file", path, MIB);
    const stat = statSync(path);
    expect(stat.blocks * 512).toBeGreaterThanOrEqual(MIB);
    expect(stat.mode & 0o777).toBe(0o600);
  });

  test.runIf(onDisk)("on a disk costs the budget nothing, for its pages are the page cache's", () => {
    using _segment = MappedFileSegment.create(budget, "test.file", join(folder, "free"), MIB);
    expect(budget.reservedBytes).toBe(0);
  });

  test("opened for writing changes the file, opened for reading it cannot", () => {
    const path = join(folder, "existing");
    writeFileSync(path, "abc");
    {
      using writable = MappedFileSegment.open(budget, "test.file", path);
      writable.bytes()[0] = 0x41;
    }
    using readonly = MappedFileSegment.openReadonly(budget, "test.file", path);
    readonly.bytes()[1] = 0x42;
    expect(new TextDecoder().decode(readonly.bytes())).toBe("ABc");
    expect(readFileSync(path, "utf8")).toBe("Abc");
  });

  test("will not make a file over another", () => {
    const path = join(folder, "taken");
    writeFileSync(path, "mine");
    expect(() => MappedFileSegment.create(budget, "test.file", path, 4096)).toThrow(OutputError);
    expect(readFileSync(path, "utf8")).toBe("mine");
  });

  test("says what is wrong with a path that cannot be mapped", () => {
    const empty = join(folder, "empty");
    writeFileSync(empty, "");
    mkdirSync(join(folder, "folder"));
    expect(() => MappedFileSegment.openReadonly(budget, "test.file", join(folder, "absent"))).toThrow(InputMissingError);
    expect(() => MappedFileSegment.openReadonly(budget, "test.file", empty)).toThrow(/it is empty/);
    expect(() => MappedFileSegment.openReadonly(budget, "test.file", join(folder, "folder"))).toThrow(UnsupportedError);
  });

  test.skipIf(disk.refusal !== undefined)("on tmpfs is memory and is paid for", () => {
    using _segment = MappedFileSegment.create(budget, "test.file", join(disk.folder, "paid"), MIB);
    expect(budget.reservedBytes).toBe(MIB);
  });

  test.skipIf(disk.refusal !== undefined)("that the disk has no room for is an error at once, and leaves nothing", () => {
    const path = join(disk.folder, "too-big");
    expect(() => MappedFileSegment.create(budget, "test.file", path, 4 * MIB)).toThrow(DiskLimitError);
    expect(existsSync(path)).toBe(false);
    expect(budget.reservedBytes).toBe(0);
  });
});
