import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { Scope } from "../../src/base/index.ts";
import { plainInput } from "../../src/io/index.ts";
import { Spill } from "../../src/memory/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";

let folder: string;
const text = [...makeSequences({ kind: "protein", bytes: 300_000, seed: 5 })].join("");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-plain-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What comes out of a file with these bytes, and whether a copy was made. */
async function read(name: string, bytes: Uint8Array, limitBytes = 2 ** 30) {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  await using scope = new Scope();
  const budget = scope.use(roomyBudget());
  const spill = scope.use(new Spill(budget, { parent: folder, limitBytes }));
  let told = 0;
  const onBytes = (count: number): void => {
    told = count;
  };
  const signal = new AbortController().signal;
  const input = scope.use(await plainInput({ input: path, budget, spill, signal, onBytes }));
  return {
    text: readFileSync(input.path, "latin1"),
    packing: input.packing,
    isSpooled: input.isSpooled,
    byteLength: input.byteLength,
    told,
  };
}

test("a plain file is read where it is", async () => {
  expect(await read("plain.fasta", Buffer.from(text))).toEqual({
    text,
    packing: undefined,
    isSpooled: false,
    byteLength: text.length,
    told: 0,
  });
});

test("an empty file is plain", async () => {
  expect(await read("empty.fasta", Buffer.alloc(0))).toMatchObject({ text: "", isSpooled: false, byteLength: 0 });
});

test("gzip of several members, as bgzip and cat make it, comes out whole", async () => {
  const half = text.length >> 1;
  const members = [text.slice(0, half), text.slice(half, half + 1), text.slice(half + 1)].map((part) => gzipSync(part));
  const found = await read("members.gz", Buffer.concat(members));
  expect(found).toEqual({ text, packing: "gzip", isSpooled: true, byteLength: text.length, told: text.length });
});

test("gzip cut short, or with a wrong checksum, is malformed", async () => {
  const packed = gzipSync(text);
  await expect(read("short.gz", packed.subarray(0, packed.length - 100))).rejects.toMatchObject({ exitCode: 65 });
  const wrong = Buffer.from(packed);
  wrong[wrong.length - 6] = (wrong[wrong.length - 6] ?? 0) ^ 1;
  await expect(read("wrong.gz", wrong)).rejects.toMatchObject({ exitCode: 65 });
});

test("zeros behind gzip are padding, and anything behind them is malformed", async () => {
  const packed = gzipSync(text);
  for (const zeros of [1, 600, 200_000]) {
    const padded = Buffer.concat([packed, Buffer.alloc(zeros)]);
    expect(await read("padded.gz", padded)).toMatchObject({ text, packing: "gzip" });
    const error = { exitCode: 65, details: { byte: packed.length } };
    await expect(read("behind.gz", Buffer.concat([padded, gzipSync(">lost\nACGT\n")]))).rejects.toMatchObject(error);
  }
});

test("zstd comes out whole, also behind a frame that is to be skipped", async () => {
  const packed = readFileSync(new URL("../../fixtures/zstd/oddities.fasta.zst", import.meta.url));
  const plain = readFileSync(new URL("../../fixtures/delta/oddities.fasta", import.meta.url), "latin1").repeat(3);
  const found = await read("x.zst", packed);
  expect(found).toEqual({ text: plain, packing: "zstd", isSpooled: true, byteLength: plain.length, told: plain.length });
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  expect(await read("skipped.zst", Buffer.concat([skipped, packed]))).toMatchObject({ text: plain, packing: "zstd" });
});

test("zstd cut short is malformed", async () => {
  const packed = readFileSync(new URL("../../fixtures/zstd/oddities.fasta.zst", import.meta.url));
  await expect(read("short.zst", packed.subarray(0, 200))).rejects.toMatchObject({ exitCode: 65, hint: "zstd -t <file>" });
});

test.each([
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68, 0x39]],
])("%s is refused, with what to type", async (tool, magic) => {
  await expect(read(`x.${tool}`, Buffer.from(magic))).rejects.toMatchObject({ exitCode: 69, hint: expect.stringContaining(`${tool} -dc`) });
});

test("what comes out stays under the cap of the disk", async () => {
  await expect(read("big.gz", gzipSync(text), 100_000)).rejects.toMatchObject({ exitCode: 75, code: "MM_DISK" });
});

test("a file that is missing, and a folder", async () => {
  await using scope = new Scope();
  const budget = scope.use(roomyBudget());
  const spill = scope.use(new Spill(budget, { parent: folder, limitBytes: 2 ** 30 }));
  const request = { budget, spill, signal: new AbortController().signal, onBytes: () => undefined };
  await expect(plainInput({ ...request, input: join(folder, "none") })).rejects.toMatchObject({ exitCode: 66 });
  await expect(plainInput({ ...request, input: folder })).rejects.toMatchObject({ exitCode: 64 });
});
