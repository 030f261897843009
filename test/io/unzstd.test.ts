import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { MIB, MmError } from "../../src/base/index.ts";
import { unzstd } from "../../src/io/unzstd.ts";
import { roomyBudget, seededRandom } from "../memory/roomy-budget.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-unzstd-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Throws too when memory is held at the end. */
async function unpack(bytes: Uint8Array, limitBytes?: number) {
  const path = join(folder, "x.zst");
  writeFileSync(path, bytes);
  using budget = roomyBudget(limitBytes);
  const pieces: Buffer[] = [];
  for await (const piece of unzstd({ path, name: "x.zst", budget })) pieces.push(Buffer.from(piece));
  return { plain: Buffer.concat(pieces), peakBytes: budget.peakBytes };
}

/** Exit code of the error; 0 without one. */
async function exitOf(bytes: Uint8Array): Promise<number> {
  try {
    await unpack(bytes);
    return 0;
  } catch (error) {
    if (error instanceof MmError) return error.exitCode;
    throw error;
  }
}

const fixture = readFileSync(new URL("../../fixtures/zstd/oddities.fasta.zst", import.meta.url));
const text = readFileSync(new URL("../../fixtures/delta/oddities.fasta", import.meta.url));

/** A frame of one block; `head` is what stands between magic number and block. */
function frameOf(head: readonly number[], content: string | Buffer, more: readonly number[] = []): Buffer {
  const bytes = Buffer.from(content);
  const header = 1 | (bytes.length << 3);
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, ...head, header & 255, (header >> 8) & 255, header >> 16]),
    bytes,
    Buffer.from(more),
  ]);
}

describe("frames made by hand", () => {
  it.each([
    ["a window", [0x00, 0x58]],
    ["a size in one byte", [0x20, 5]],
    ["a size in two bytes and a window", [0x40, 0x58, 5, 0], "x".repeat(261)],
    ["a size in four bytes", [0xa0, 5, 0, 0, 0]],
    ["a size in eight bytes", [0xe0, 5, 0, 0, 0, 0, 0, 0, 0]],
    ["a dictionary that is none", [0x03, 0x58, 0, 0, 0, 0]],
  ])("with %s come out", async (_name, head, content = "ACGT\n") => {
    expect((await unpack(frameOf(head, content))).plain.toString()).toBe(content);
  });

  it("of no bytes, one after the other, give nothing", async () => {
    const empty = frameOf([0x20, 0], "");
    expect((await unpack(Buffer.concat([empty, empty, empty]))).plain.length).toBe(0);
    expect((await unpack(Buffer.alloc(0))).plain.length).toBe(0);
  });

  it.each([
    ["more bytes than announced", frameOf([0x20, 4], "ACGT\n")],
    ["fewer bytes than announced", frameOf([0x20, 6], "ACGT\n")],
    ["a reserved bit", frameOf([0x28, 5], "ACGT\n")],
    ["a wrong checksum", frameOf([0x24, 5], "ACGT\n", [1, 2, 3, 4])],
    ["half a checksum", frameOf([0x24, 5], "ACGT\n", [1, 2])],
    ["text behind", Buffer.concat([frameOf([0x20, 5], "ACGT\n"), Buffer.from("more")])],
    ["a byte behind", Buffer.concat([frameOf([0x20, 5], "ACGT\n"), Buffer.from([0])])],
    ["a block that is too large", frameOf([0x00, 0x58], Buffer.alloc(128 * 1024 + 1))],
    ["a skipped part that is cut", Buffer.concat([frameOf([0x20, 5], "ACGT\n"), Buffer.from([0x50, 0x2a, 0x4d, 0x18, 9, 0, 0, 0, 1])])],
  ])("with %s are malformed", async (_name, bytes) => {
    expect(await exitOf(bytes)).toBe(65);
  });

  it("with a dictionary are refused, with what to type", async () => {
    const wanted = { exitCode: 69, hint: "zstd -dc -D <dictionary> <file> | mm reduce -i - -o <output>" };
    await expect(unpack(frameOf([0x01, 0x58, 7], "ACGT\n"))).rejects.toMatchObject(wanted);
  });
});

describe("the window", () => {
  /** 2^(10 + exponent). */
  const windowOf = (exponent: number) => frameOf([0x00, exponent << 3], "ACGT\n");

  it("is claimed before anything is unpacked, and given back", async () => {
    expect((await unpack(windowOf(17))).peakBytes).toBeGreaterThan(128 * MIB);
    const small = unpack(windowOf(17), 100 * MIB);
    await expect(small).rejects.toMatchObject({ exitCode: 75, message: expect.stringContaining("io.unzstd") });
  });

  it("of later frames is claimed, too, in place of the one before", async () => {
    const grown = Buffer.concat([windowOf(10), windowOf(16), windowOf(12)]);
    const { plain, peakBytes } = await unpack(grown);
    expect(plain.toString()).toBe("ACGT\n".repeat(3));
    expect(peakBytes).toBeGreaterThan(64 * MIB);
    expect(peakBytes).toBeLessThan(66 * MIB);
    await expect(unpack(grown, 60 * MIB)).rejects.toMatchObject({ exitCode: 75 });
  });

  it("is no larger than what comes out", async () => {
    expect((await unpack(frameOf([0x80, 17 << 3, 5, 0, 0, 0], "ACGT\n"))).peakBytes).toBeLessThan(MIB);
  });

  it("above 128 MiB is refused, with what to type", async () => {
    const wanted = { exitCode: 69, hint: "zstd -dc --long=31 <file> | mm reduce -i - -o <output>" };
    await expect(unpack(windowOf(18))).rejects.toMatchObject(wanted);
    await expect(unpack(windowOf(31))).rejects.toMatchObject(wanted);
    await expect(unpack(frameOf([0x00, (17 << 3) | 1], "ACGT\n"))).rejects.toMatchObject(wanted);
  });
});

describe("damage", () => {
  // Where a frame ends, so does a file; the second part is skipped.
  const firstEnd = fixture.indexOf(Buffer.from([0x53, 0x2a, 0x4d, 0x18]));

  it("at any length that is cut off is malformed", async () => {
    for (const end of [0, firstEnd, firstEnd + 13, fixture.length]) expect(await exitOf(fixture.subarray(0, end)), String(end)).toBe(0);
    const lengths = Array.from({ length: 60 }, (_, at) => [at + 1, firstEnd - 30 + at, fixture.length - 60 + at, 97 * (at + 1)]).flat();
    for (const length of lengths) {
      if (length === firstEnd || length === firstEnd + 13) continue;
      expect(await exitOf(fixture.subarray(0, length)), `the first ${length} bytes`).toBe(65);
    }
  });

  it("of a bit is noticed where there is a checksum, and is an error of the input or nothing elsewhere", async () => {
    const random = seededRandom(41);
    const first = fixture.subarray(0, firstEnd);
    const codes = new Set<number>();
    for (let round = 0; round < 1500; round += 1) {
      const damaged = Buffer.from(round % 2 === 0 ? fixture : first);
      const at = Math.floor(random() * damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      const code = await exitOf(damaged);
      codes.add(code);
      // Some bits mean nothing: those between a table and the next byte, and the window's as long as it is large enough.
      const isNoticed = round % 2 === 0 || at < 6 || code !== 0 || (await unpack(damaged)).plain.equals(text);
      expect(isNoticed, `byte ${at}`).toBe(true);
    }
    expect([0, 65, 69]).toEqual(expect.arrayContaining([...codes]));
    expect(codes).toContain(65);
  });
});

const hasZstd = spawnSync("zstd", ["--version"]).status === 0;
if (!hasZstd) console.log("skipped: frames that zstd makes, because there is no zstd here");

describe.runIf(hasZstd)("frames that zstd makes", () => {
  const large = Buffer.from([...makeSequences({ kind: "protein", bytes: 1_200_000, seed: 9 })].join(""));
  const noise = Buffer.from(Array.from({ length: 300_000 }, seededRandom(5), (value: number) => value * 256));
  const pack = (bytes: Uint8Array, ...args: string[]): Buffer =>
    spawnSync("zstd", ["-q", "-c", ...args], { input: bytes, maxBuffer: 1e8 }).stdout;

  it.each([
    ["-1"],
    ["-3"],
    ["-12", "--long=27"],
    ["-19", "--ultra"],
    ["--fast=5", "--no-check"],
    ["-6", "--zstd=wlog=10"],
    ["-16", "--zstd=wlog=17,mml=3"],
  ])("with %s come out whole", async (...args) => {
    const mixed = Buffer.concat([large, noise, Buffer.alloc(400_000, "A"), text, large.subarray(0, 100_000)]);
    expect((await unpack(pack(mixed, ...args))).plain.equals(mixed)).toBe(true);
  });

  it("of every short length come out whole", async () => {
    for (let length = 0; length < 300; length += 7) {
      const plain = text.subarray(0, length);
      expect((await unpack(pack(plain))).plain.equals(plain), String(length)).toBe(true);
    }
  });

  it("one after the other, with others between, come out as one", async () => {
    const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const parts = [pack(text), skipped, pack(large, "-1"), skipped, skipped, pack(text, "-19", "--no-check")];
    expect((await unpack(Buffer.concat(parts))).plain.equals(Buffer.concat([text, large, text]))).toBe(true);
  });
});
