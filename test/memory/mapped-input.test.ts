import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  GIB,
  InputMissingError,
  InternalError,
  IoError,
  KIB,
  LeakError,
  MIB,
  systemClock,
  UnsupportedError,
  UseAfterReleaseError,
} from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { PressureLadder } from "../../src/memory/ladder.ts";
import { MappedFileSegment } from "../../src/memory/mapped-file-segment.ts";
import { MappedInput } from "../../src/memory/mapped-input.ts";
import type { MappedInputOptions } from "../../src/memory/mapped-input-open.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const onDisk = !binding.fileSystem(folder).isMemory;

/** A path of the optional package, where it is not in node_modules. */
const mmapIo: Pick<MappedInputOptions, "mmapIoModule"> =
  process.env.MM_TEST_MMAP_IO === undefined ? {} : { mmapIoModule: process.env.MM_TEST_MMAP_IO };

const FILE_BYTES = MIB + 12_345;
const content = Uint8Array.from({ length: FILE_BYTES }, (_, at) => (at * 31 + (at >> 8) * 7) & 255);
const path = join(folder, "input");
writeFileSync(path, content);

/** Small windows, so that a small file has many seams. */
const WINDOW_BYTES = 128 * KIB;

async function whyNoMmapIo(): Promise<string | undefined> {
  using budget = roomyBudget();
  try {
    using _input = await MappedInput.open(budget, "test.input", path, { backend: "mmap-io", readBelowBytes: 0, ...mmapIo });
    return undefined;
  } catch (error) {
    return error instanceof UnsupportedError ? error.message : String(error);
  }
}

const noMmapIo = await whyNoMmapIo();
if (noMmapIo !== undefined) console.log(`skipped: the contract of MappedInput over mmap-io, because ${noMmapIo}`);
const backends = (["native", "read", "mmap-io"] as const).filter((backend) => backend !== "mmap-io" || noMmapIo === undefined);

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

describe.each(backends)("MappedInput over %s", (backend) => {
  const options: MappedInputOptions = {
    backend,
    // "read" is what small files get; the others must be asked for by a threshold of 0.
    readBelowBytes: backend === "read" ? GIB * 100 : 0,
    windowBytes: WINDOW_BYTES,
    ...mmapIo,
  };
  const open = (file = path, more: MappedInputOptions = {}) => MappedInput.open(budget, "test.input", file, { ...options, ...more });

  test("says what it is", async () => {
    using input = await open();
    expect([input.path, input.byteLength, input.windowBytes, input.backend]).toEqual([path, FILE_BYTES, WINDOW_BYTES, backend]);
  });

  test("reads what is in the file, within windows and across their seams", async () => {
    using input = await open();
    const random = seededRandom(21);
    for (let step = 0; step < 500; step += 1) {
      const length = 1 + Math.floor(random() * (step % 2 === 0 ? 100 : WINDOW_BYTES));
      const offset = Math.floor(random() * (FILE_BYTES - length + 1));
      expect(Buffer.compare(input.read(offset, length), content.subarray(offset, offset + length))).toBe(0);
      expect(input.windowsOpen).toBeLessThanOrEqual(2);
    }
  });

  test("reads the first and the last byte, and the longest range", async () => {
    using input = await open();
    expect(input.read(0, 1)[0]).toBe(content[0]);
    expect(input.read(FILE_BYTES - 1, 1)[0]).toBe(content[FILE_BYTES - 1]);
    const longest = input.read(1001, WINDOW_BYTES);
    expect(Buffer.compare(longest, content.subarray(1001, 1001 + WINDOW_BYTES))).toBe(0);
  });

  test("refuses ranges that are not in the file, or longer than a window", async () => {
    using input = await open();
    for (const [offset, length] of [
      [-1, 1],
      [0, 0],
      [FILE_BYTES, 1],
      [FILE_BYTES - 1, 2],
      [0.5, 1],
      [0, WINDOW_BYTES + 1],
    ] as const) {
      expect(() => input.read(offset, length)).toThrow(InternalError);
    }
  });

  test("keeps a held window while others come and go", async () => {
    using input = await open();
    const held = input.window(WINDOW_BYTES - 10, 20);
    for (let offset = 0; offset < FILE_BYTES; offset += WINDOW_BYTES) input.read(offset, 1);
    expect(held.offset).toBe(WINDOW_BYTES - 10);
    expect([...held.bytes]).toEqual([...content.subarray(WINDOW_BYTES - 10, WINDOW_BYTES + 10)]);
    held[Symbol.dispose]();
    held[Symbol.dispose]();
    expect(() => held.bytes).toThrow(UseAfterReleaseError);
  });

  test("has no third window while two are held", async () => {
    using input = await open();
    using _first = input.window(0, 1);
    const second = input.window(WINDOW_BYTES, 1);
    using _same = input.window(10, 1);
    expect(() => input.read(2 * WINDOW_BYTES, 1)).toThrow(LeakError);
    second[Symbol.dispose]();
    expect(input.read(2 * WINDOW_BYTES, 1)[0]).toBe(content[2 * WINDOW_BYTES]);
  });

  test("copies nothing where it maps, and counts it where it reads", async () => {
    using input = await open();
    input.read(0, 10);
    input.read(100, 10);
    input.read(WINDOW_BYTES - 5, 10);
    expect(input.copiedBytes).toBe(backend === "read" ? 2 * WINDOW_BYTES : 0);
  });

  test("claims from the budget what it reads into, and nothing for pages the kernel can take back", async () => {
    using input = await open();
    input.read(0, 1);
    expect(budget.reservedBytes).toBe(backend === "read" ? 2 * WINDOW_BYTES : 0);
  });

  test("does not let a store into a view reach the file", async () => {
    using input = await open();
    input.read(0, 10).fill(0xee);
    expect(readFileSync(path)[0]).toBe(content[0]);
  });

  test("drops what is behind the reader, and reads it again if asked", async () => {
    using input = await open();
    for (let offset = 0; offset < FILE_BYTES; offset += 10_000) {
      input.read(offset, 1);
      input.dropBehind(offset);
    }
    input.dropBehind(FILE_BYTES);
    expect(input.windowsOpen).toBe(0);
    expect([...input.read(0, 10)]).toEqual([...content.subarray(0, 10)]);
    input.dropBehind(5);
    expect([...input.read(0, 10)]).toEqual([...content.subarray(0, 10)]);
  });

  test("does not drop a window that is held", async () => {
    using input = await open();
    using held = input.window(0, 10);
    input.dropBehind(FILE_BYTES);
    expect([...held.bytes]).toEqual([...content.subarray(0, 10)]);
  });

  test("reports a file that shrank, in cached windows too", async () => {
    const shrinking = join(folder, `shrinking-${backend}`);
    writeFileSync(shrinking, content);
    using input = await open(shrinking);
    input.read(0, 10);
    truncateSync(shrinking, 1000);
    expect(() => input.read(0, 10)).toThrow(IoError);
    expect(() => input.window(WINDOW_BYTES, 10)).toThrow(/shrank while it was read/);
  });

  test("is dead once disposed, with the windows it still held", async () => {
    const input = await open();
    const held = input.window(0, 10);
    input[Symbol.dispose]();
    input[Symbol.dispose]();
    expect(() => input.read(0, 1)).toThrow(UseAfterReleaseError);
    expect(() => input.dropBehind(0)).toThrow(UseAfterReleaseError);
    expect(() => held.bytes).toThrow(UseAfterReleaseError);
    held[Symbol.dispose]();
  });

  test("opens an empty file, which has nothing to read", async () => {
    const empty = join(folder, `empty-${backend}`);
    writeFileSync(empty, "");
    using input = await open(empty);
    expect(input.byteLength).toBe(0);
    expect(() => input.read(0, 1)).toThrow(InternalError);
  });

  test(backend === "mmap-io" ? "refuses files of 2 GiB, where its offsets would wrap" : "reads past 4 GiB", async () => {
    const huge = join(folder, `huge-${backend}`);
    const fd = openSync(huge, "w");
    ftruncateSync(fd, 5 * GIB + 10);
    writeSync(fd, "start", 0);
    writeSync(fd, "far away", 5 * GIB);
    closeSync(fd);
    if (backend === "mmap-io") {
      await expect(open(huge)).rejects.toThrow(UnsupportedError);
      await expect(open(huge)).rejects.toThrow(expect.objectContaining({ hint: expect.stringContaining("native") }));
      return;
    }
    using input = await open(huge);
    expect(new TextDecoder().decode(input.read(5 * GIB, 8))).toBe("far away");
    expect(new TextDecoder().decode(input.read(5 * GIB - 2, 5))).toBe("\0\0far");
    expect(new TextDecoder().decode(input.read(0, 5))).toBe("start");
  });
});

describe("MappedInput over native", () => {
  const options = { readBelowBytes: 0, windowBytes: WINDOW_BYTES } as const;

  test("detaches the views of a window that it drops", async () => {
    using input = await MappedInput.open(budget, "test.input", path, options);
    const stale = input.read(0, 10);
    input.read(WINDOW_BYTES, 1);
    expect(stale.length).toBe(10);
    input.read(2 * WINDOW_BYTES, 1);
    expect([stale.length, stale[0]]).toEqual([0, undefined]);
  });

  test("leaves no mapping behind", async () => {
    const before = binding.liveSegmentBytes().file;
    const input = await MappedInput.open(budget, "test.input", path, options);
    const held = input.window(0, 10);
    expect(binding.liveSegmentBytes().file).toBe(before + WINDOW_BYTES);
    input[Symbol.dispose]();
    expect(binding.liveSegmentBytes().file).toBe(before);
    held[Symbol.dispose]();
  });

  test("gives up its free windows under pressure, until it is disposed", async () => {
    const ladder = new PressureLadder(systemClock);
    const input = await MappedInput.open(budget, "test.input", path, { ...options, ladder });
    using held = input.window(0, 10);
    input.read(WINDOW_BYTES, WINDOW_BYTES);
    expect(ladder.drop(1, "cgroup")).toBeGreaterThan(0);
    expect([input.windowsOpen, held.bytes.length]).toEqual([1, 10]);
    input[Symbol.dispose]();
    const before = ladder.steps;
    ladder.drop(1, "cgroup");
    expect(ladder.steps).toEqual(before);
  });

  test.runIf(onDisk)("leaves the page cache behind the reader, and fills it at once when told to populate", async () => {
    const cold = join(folder, "cold");
    writeFileSync(cold, content);
    const cachedBytes = () => {
      using whole = MappedFileSegment.openReadonly(budget, "test.input", cold);
      return whole.residentBytes();
    };
    const wide = { readBelowBytes: 0, windowBytes: MIB };
    {
      using input = await MappedInput.open(budget, "test.input", cold, wide);
      input.read(0, MIB);
      input.dropBehind(FILE_BYTES);
      expect(cachedBytes()).toBeLessThanOrEqual(WINDOW_BYTES);
      input.read(0, 1);
      expect(input.residentBytes()).toBeLessThan(MIB);
    }
    using eager = await MappedInput.open(budget, "test.input", cold, { ...wide, populate: true });
    eager.read(0, 1);
    expect(eager.residentBytes()).toBe(MIB);
  });
});

describe("opening a MappedInput", () => {
  test("reads small files even when mapping is asked for", async () => {
    using input = await MappedInput.open(budget, "test.input", path, { backend: "native" });
    expect([input.backend, input.windowBytes]).toEqual(["read", MIB]);
  });

  test("maps big files in windows of 16 MiB", async () => {
    using input = await MappedInput.open(budget, "test.input", path, { readBelowBytes: 0 });
    expect([input.backend, input.windowBytes]).toEqual(["native", 16 * MIB]);
  });

  test("says what is wrong with a path that is no file", async () => {
    mkdirSync(join(folder, "folder"));
    await expect(MappedInput.open(budget, "test.input", join(folder, "absent"))).rejects.toThrow(InputMissingError);
    await expect(MappedInput.open(budget, "test.input", join(folder, "folder"))).rejects.toThrow(UnsupportedError);
    await expect(MappedInput.open(budget, "test.input", "/dev/null")).rejects.toThrow(/not a regular file/);
  });

  test("with mmap-io where that is not installed says what to type", async () => {
    const opening = MappedInput.open(budget, "test.input", path, {
      backend: "mmap-io",
      readBelowBytes: 0,
      mmapIoModule: join(folder, "no-such-module.js"),
    });
    await expect(opening).rejects.toThrow(expect.objectContaining({ hint: expect.stringContaining("@riaskov/mmap-io") }));
  });
});
