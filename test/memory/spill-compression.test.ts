import { appendFileSync, closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskLimitError, GIB, IoError, KIB, MIB } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { type Compression, DEFAULT_COMPRESSION } from "../../src/memory/compression.ts";
import { Spill, type SpillRunOptions } from "../../src/memory/spill.ts";
import type { SpillRun } from "../../src/memory/spill-run.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
let budget: Budget;
let spills: Spill[];
beforeEach(() => {
  budget = roomyBudget();
  spills = [];
});
afterEach(async () => {
  for (const spill of spills) await spill[Symbol.asyncDispose]();
  budget[Symbol.dispose]();
});

function spillWith(changes: Partial<Compression> = {}, limitBytes = GIB, from = budget): Spill {
  const spill = new Spill(from, { parent: folder, limitBytes, compression: { ...DEFAULT_COMPRESSION, ...changes } });
  spills.push(spill);
  return spill;
}

/** Words of a small vocabulary. */
function text(length: number): Uint8Array {
  const random = seededRandom(7);
  const words = Array.from({ length: 200 }, () => Buffer.from(random().toString(36).slice(2, 9)));
  const parts: Buffer[] = [];
  for (let bytes = 0; bytes < length; bytes += parts.at(-1)?.length ?? 1) parts.push(words[Math.floor(random() * 200)] ?? Buffer.from("x"));
  return new Uint8Array(Buffer.concat(parts).subarray(0, length));
}

function noise(length: number): Uint8Array {
  const random = seededRandom(2);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

async function runOf(spill: Spill, bytes: Uint8Array, stepBytes = bytes.length, options: SpillRunOptions = {}): Promise<SpillRun> {
  const writer = spill.createRun("test", options);
  for (let at = 0; at < bytes.length; at += stepBytes) await writer.append(bytes.subarray(at, at + stepBytes));
  expect(writer.byteLength).toBe(bytes.length);
  return await writer.finish();
}

async function contentOf(run: SpillRun): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const block of run.blocks()) parts.push(block.slice());
  return Buffer.concat(parts);
}

describe("a run that is compressed", () => {
  test.each([0, 1, 64 * KIB, MIB - 8 * KIB, MIB, 3 * MIB + 17])("gives back the %i bytes it was given", async (byteLength) => {
    for (const bytes of [text(byteLength), noise(byteLength)]) {
      for (const isAsync of [true, false]) {
        const run = await runOf(spillWith({ isAsync }), bytes, 700 * KIB);
        expect(run.byteLength).toBe(byteLength);
        expect(Buffer.compare(await contentOf(run), bytes)).toBe(0);
      }
    }
  });

  test("takes less disk than its bytes, and less at a higher level", async () => {
    const bytes = text(4 * MIB);
    const sizes: number[] = [];
    for (const level of [1, 3, 9]) {
      const spill = spillWith({ level });
      const run = await runOf(spill, bytes);
      expect([spill.writtenBytes, spill.liveBytes]).toEqual([statSync(run.path).size, statSync(run.path).size]);
      sizes.push(spill.writtenBytes);
    }
    const [fast = 0, usual = 0, small = 0] = sizes;
    expect(fast).toBeLessThan(0.7 * bytes.length);
    expect(usual).toBeLessThan(fast);
    expect(small).toBeLessThan(usual);
  });

  test("stays as it is below the threshold, where nothing is gained, and where it has to be plain", async () => {
    const bytes = text(200 * KIB);
    for (const [spill, content, options] of [
      [spillWith({ thresholdBytes: 201 * KIB }), bytes, {}],
      [spillWith(), noise(200 * KIB), {}],
      [spillWith(), bytes, { isPlain: true }],
    ] as const) {
      const run = await runOf(spill, content, content.length, options);
      expect(spill.writtenBytes).toBe(content.length);
      expect(Buffer.compare(readFileSync(run.path), content)).toBe(0);
    }
    const compressed = spillWith({ thresholdBytes: 200 * KIB });
    await runOf(compressed, bytes);
    expect(compressed.writtenBytes).toBeLessThan(bytes.length);
  });

  test("is written without compression where memory is short, and read in one block", async () => {
    using small = roomyBudget(MIB + 100 * KIB);
    const spill = spillWith({}, GIB, small);
    const bytes = text(2 * MIB);
    const run = await runOf(spill, bytes);
    expect(spill.writtenBytes).toBe(bytes.length);
    const compressed = await runOf(spillWith(), bytes);
    for await (const _block of compressed.blocks()) expect(budget.reservedBytes).toBe(MIB);
    expect(Buffer.compare(await contentOf(run), bytes)).toBe(0);
  });

  test("holds to the disk cap by what it takes on disk", async () => {
    const spill = spillWith({}, 2 * MIB);
    await runOf(spill, text(2.5 * MIB));
    const writer = spill.createRun("over");
    await expect(writer.append(noise(2 * MIB))).rejects.toThrow(DiskLimitError);
    expect(budget.reservedBytes).toBe(0);
  });

  test("notices one flipped bit, and a file that grew", async () => {
    const spill = spillWith();
    const run = await runOf(spill, text(3 * MIB));
    const fd = openSync(run.path, "r+");
    writeSync(fd, Uint8Array.of((readFileSync(run.path)[100] ?? 0) ^ 4), 0, 1, 100);
    closeSync(fd);
    await expect(run.verify()).rejects.toThrow(IoError);
    const grown = await runOf(spill, text(MIB));
    appendFileSync(grown.path, "x");
    await expect(grown.verify()).rejects.toThrow(IoError);
  });

  test("leaves this thread free while it compresses on another", async () => {
    const bytes = text(3 * MIB);
    const busyMs = async (isAsync: boolean) => {
      const before = performance.eventLoopUtilization();
      await runOf(spillWith({ isAsync, level: 9 }), bytes);
      return performance.eventLoopUtilization(before).active;
    };
    await busyMs(true);
    expect(await busyMs(true)).toBeLessThan((await busyMs(false)) / 3);
  });
});
