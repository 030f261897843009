import { spawnSync } from "node:child_process";
import { appendFileSync, closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BudgetExceededError, DiskLimitError, GIB, InternalError, IoError, KIB, MIB } from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { MappedFileSegment } from "../../src/memory/mapped-file-segment.ts";
import { Spill } from "../../src/memory/spill.ts";
import type { SpillRun } from "../../src/memory/spill-run.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";
import { temporaryFolder, tinyDisk } from "./temporary-folder.ts";

const folder = temporaryFolder();
const onDisk = !binding.fileSystem(folder).isMemory;
if (!onDisk) console.log(`skipped: spill on a disk, because ${folder} is not on one`);
const disk = tinyDisk(4 * MIB);
if (disk.refusal !== undefined) console.log(`skipped: a full disk and spill on tmpfs, because mounting one failed: ${disk.refusal}`);

let budget: Budget;
let spill: Spill;
beforeEach(() => {
  budget = roomyBudget();
  spill = new Spill(budget, { parent: folder, limitBytes: GIB });
});
afterEach(async () => {
  await spill[Symbol.asyncDispose]();
  budget[Symbol.dispose]();
});

/** Bytes no two blocks of which are alike. */
function patterned(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at ^ (at >> 8) ^ (at >> 16)) & 255);
}

async function runOf(bytes: Uint8Array, stepBytes = bytes.length): Promise<SpillRun> {
  const writer = spill.createRun("test");
  for (let at = 0; at < bytes.length; at += stepBytes) await writer.append(bytes.subarray(at, at + stepBytes));
  return writer.finish();
}

async function contentOf(run: SpillRun): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const block of run.blocks()) parts.push(block.slice());
  return Buffer.concat(parts);
}

describe("a spill run", () => {
  test.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])("gives back the %i bytes it was given", async (byteLength) => {
    const bytes = patterned(byteLength);
    const run = await runOf(bytes, 700 * KIB);
    expect(run.byteLength).toBe(byteLength);
    await run.verify();
    expect(Buffer.compare(await contentOf(run), bytes)).toBe(0);
  });

  test("is a plain file that any program can read", async () => {
    const bytes = patterned(2 * MIB + 5);
    const run = await runOf(bytes);
    expect(Buffer.compare(readFileSync(run.path), bytes)).toBe(0);
  });

  test("does not depend on how its bytes were cut", async () => {
    const bytes = patterned(2 * MIB + 999);
    const random = seededRandom(5);
    const writer = spill.createRun("cut");
    for (let at = 0; at < bytes.length; ) {
      const step = Math.floor(random() * 300_000);
      await writer.append(bytes.subarray(at, at + step));
      at += step;
    }
    expect(writer.byteLength).toBe(bytes.length);
    const run = await writer.finish();
    expect(Buffer.compare(await contentOf(run), bytes)).toBe(0);
  });

  test("notices one flipped bit, and says where", async () => {
    const run = await runOf(patterned(3 * MIB));
    const fd = openSync(run.path, "r+");
    writeSync(fd, Uint8Array.of((patterned(MIB + 78)[MIB + 77] ?? 0) ^ 1), 0, 1, MIB + 77);
    closeSync(fd);
    await expect(run.verify()).rejects.toThrow(IoError);
    await expect(run.verify()).rejects.toThrow(expect.objectContaining({ details: expect.objectContaining({ offset: MIB }) }));
  });

  test("notices that it was cut short, grew, or went away", async () => {
    const short = await runOf(patterned(2 * MIB));
    truncateSync(short.path, MIB);
    await expect(short.verify()).rejects.toThrow(/1048576 B where 2097152 B were written/);
    const long = await runOf(patterned(MIB));
    appendFileSync(long.path, "x");
    await expect(long.verify()).rejects.toThrow(IoError);
    const gone = await runOf(patterned(MIB));
    await gone[Symbol.asyncDispose]();
    await expect(gone.verify()).rejects.toThrow(IoError);
  });

  test("pays for one block while it is written or read, and for none otherwise", async () => {
    const writer = spill.createRun("block");
    expect(budget.byTag()[0]).toMatchObject({ tag: "spill.block", currentBytes: MIB });
    await writer.append(patterned(2 * MIB));
    const run = await writer.finish();
    expect(budget.reservedBytes).toBe(0);
    for await (const _block of run.blocks()) {
      expect(budget.reservedBytes).toBe(MIB);
      break;
    }
    expect(budget.reservedBytes).toBe(0);
  });

  test.runIf(onDisk)("does not stay in the page cache", async () => {
    const run = await runOf(patterned(10 * MIB + 5));
    using mapped = MappedFileSegment.openReadonly(budget, "test.cache", run.path);
    expect(mapped.residentBytes()).toBeLessThan(MIB);
  });
});

describe("a spill", () => {
  test("makes its folder at the first run, for nobody else to read, and removes it with everything in it", async () => {
    const parent = join(folder, "made", "by-spill");
    const own = new Spill(budget, { parent, limitBytes: GIB });
    expect(existsSync(parent)).toBe(false);
    const finished = await own.createRun("kept").finish();
    await own.createRun("unfinished").append(patterned(10));
    expect(statSync(own.directory).mode & 0o777).toBe(0o700);
    expect(statSync(finished.path).mode & 0o777).toBe(0o600);
    await own[Symbol.asyncDispose]();
    expect(existsSync(join(folder, "made"))).toBe(false);
  });

  test("has one cap for runs, files that are counted and what is lent", async () => {
    const own = new Spill(budget, { parent: folder, limitBytes: 1000 });
    const file = own.count("parked");
    file.grow(300);
    const loan = own.lend(2);
    expect([loan.byteLength, own.liveBytes, own.peakBytes]).toEqual([350, 300, 300]);
    expect(() => file.grow(351)).toThrow(DiskLimitError);
    file.grow(350);
    expect(own.lend(1).byteLength).toBe(0);
    await expect(own.createRun("run", { isPlain: true }).append(patterned(1))).rejects.toBeInstanceOf(DiskLimitError);
    loan[Symbol.dispose]();
    file[Symbol.dispose]();
    expect([own.lend(1).byteLength, own.liveBytes, own.peakBytes]).toEqual([1000, 0, 650]);
    await own[Symbol.asyncDispose]();
  });

  test("counts what is there and what was ever written", async () => {
    const first = await runOf(patterned(1000));
    const second = await runOf(patterned(500));
    expect([spill.liveBytes, spill.writtenBytes]).toEqual([1500, 1500]);
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    expect([spill.liveBytes, spill.writtenBytes]).toEqual([500, 1500]);
    expect(existsSync(first.path)).toBe(false);
    await second[Symbol.asyncDispose]();
    expect(readdirSync(spill.directory)).toEqual([]);
  });

  test("copies only what does not fill a block, and counts it", async () => {
    await runOf(patterned(2 * MIB), MIB);
    expect(spill.copiedBytes).toBe(0);
    await runOf(patterned(2 * MIB + 9));
    expect(spill.copiedBytes).toBe(9);
  });

  test("stops at its cap, drops the run that hit it, and has its space again", async () => {
    const capped = new Spill(budget, { parent: folder, limitBytes: 2 * MIB });
    const kept = capped.createRun("kept");
    await kept.append(patterned(MIB));
    const writer = capped.createRun("over");
    await writer.append(patterned(MIB));
    await expect(writer.append(patterned(1))).rejects.toThrow(DiskLimitError);
    expect(existsSync(writer.path)).toBe(false);
    expect(capped.liveBytes).toBe(MIB);
    await expect(writer.append(patterned(1))).rejects.toThrow(InternalError);
    await kept.append(patterned(MIB));
    await (await kept.finish()).verify();
    await capped[Symbol.asyncDispose]();
  });

  test("removes a run that is dropped before it was finished", async () => {
    const writer = spill.createRun("dropped");
    await writer.append(patterned(2 * MIB));
    expect(existsSync(writer.path)).toBe(true);
    await writer[Symbol.asyncDispose]();
    await writer[Symbol.asyncDispose]();
    expect([existsSync(writer.path), spill.liveBytes, budget.reservedBytes]).toEqual([false, 0, 0]);
  });

  test("takes one append at a time", async () => {
    const writer = spill.createRun("busy");
    const first = writer.append(patterned(2 * MIB));
    await expect(writer.append(patterned(1))).rejects.toThrow(InternalError);
    await first;
    await (await writer.finish()).verify();
  });

  test.each(["", "a/b", "..\0", "a b"])("refuses %j as a run's name", (name) => {
    expect(() => spill.createRun(name)).toThrow(InternalError);
  });

  test("says which folder cannot be written to", () => {
    const blocked = new Spill(budget, { parent: join("/proc", "no-such-folder"), limitBytes: GIB });
    expect(() => blocked.createRun("test")).toThrow(/\/proc\/no-such-folder/);
    expect(budget.reservedBytes).toBe(0);
  });

  test.runIf(onDisk)("on a disk has no warning and costs no memory", async () => {
    expect(spill.warning).toBeUndefined();
    await runOf(patterned(MIB));
    expect(budget.reservedBytes).toBe(0);
  });
});

describe.skipIf(disk.refusal !== undefined)("a spill on tmpfs", () => {
  test("warns, and pays for its bytes as memory until they are removed", async () => {
    const inMemory = new Spill(budget, { parent: disk.folder, limitBytes: GIB });
    expect(inMemory.warning).toMatch(/is on tmpfs/);
    const writer = inMemory.createRun("paid");
    await writer.append(patterned(MIB + 1));
    const run = await writer.finish();
    expect(budget.byTag().find((owner) => owner.tag === "spill.tmpfs")?.currentBytes).toBe(2 * MIB);
    await run[Symbol.asyncDispose]();
    expect(budget.reservedBytes).toBe(0);
    await inMemory[Symbol.asyncDispose]();
  });

  test("stops at the memory limit", async () => {
    using small = roomyBudget(3 * MIB);
    const inMemory = new Spill(small, { parent: disk.folder, limitBytes: GIB });
    const writer = inMemory.createRun("over");
    await writer.append(patterned(2 * MIB));
    await expect(writer.append(patterned(MIB))).rejects.toThrow(BudgetExceededError);
    await inMemory[Symbol.asyncDispose]();
  });

  test("ends with a disk error when the device is full, and leaves it empty", async () => {
    const full = new Spill(budget, { parent: disk.folder, limitBytes: GIB });
    const writer = full.createRun("full");
    const write = async () => {
      for (let step = 0; step < 8; step += 1) await writer.append(patterned(MIB));
    };
    await expect(write()).rejects.toThrow(DiskLimitError);
    expect([full.liveBytes, budget.reservedBytes]).toEqual([0, 0]);
    expect(spawnSync("df", ["--output=used", disk.folder], { encoding: "utf8" }).stdout).toMatch(/^\s*Used\s+0\s*$/);
    await full[Symbol.asyncDispose]();
    expect(readdirSync(disk.folder)).toEqual([]);
  });
});
