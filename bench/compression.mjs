// `npm run bench -- compression`: what is parked or spilled, compressed at each level beside the zlib that Node brings. One block of 1 MiB
// at a time, as spill has them. "busy" is the share of the time in which this thread could do nothing else.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { systemClock } from "../dist/base/index.js";
import { Budget, CompressedBuffer, DEFAULT_COMPRESSION, PressureLadder, Spill } from "../dist/memory/index.js";

const BLOCK_BYTES = 2 ** 20;
const BLOCKS = 4;
const REPEATS = 3;

/** Reproducible numbers in [0, 1): mulberry32, a public-domain generator. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Proteins of 300 residues: each a copy of one of the last 40 with a tenth of it replaced, or, one in ten, a new one. */
function proteins(bytes) {
  const random = seededRandom(1);
  const residue = () => 65 + Math.floor(random() * 20);
  const fresh = () => Array.from({ length: 300 }, residue);
  const family = Array.from({ length: 40 }, fresh);
  for (let at = 0; at < bytes.length; at += 300) {
    const index = Math.floor(random() * 40);
    family[index] = random() < 0.1 ? fresh() : family[index].map((each) => (random() < 0.1 ? residue() : each));
    bytes.set(family[index].slice(0, bytes.length - at), at);
  }
}

/** Luma of 1024 columns: a slope with a little noise on every fourth sample. */
function picture(bytes) {
  const random = seededRandom(2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = ((at & 1023) >> 4) + (at >> 14) + (at % 4 === 0 ? Math.floor(random() * 4) : 0);
}

function noise(bytes) {
  const random = seededRandom(3);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(random() * 256);
}

const SOURCES = { proteins, picture, noise };

/** Best of a few: bytes out, and megabytes of source per second there and back. */
function measure(blocks, compress, decompress) {
  let best = { bytes: 0, there: 0, back: 0 };
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const start = performance.now();
    const packed = blocks.map(compress);
    const between = performance.now();
    const bytes = packed.reduce((sum, each, at) => sum + decompress(each, blocks[at]), 0);
    const rate = (ms) => (BLOCKS * BLOCK_BYTES) / 1000 / ms;
    best = { bytes, there: Math.max(best.there, rate(between - start)), back: Math.max(best.back, rate(performance.now() - between)) };
  }
  return best;
}

function printRow(name, { bytes, there, back }) {
  const ratio = ((BLOCKS * BLOCK_BYTES) / bytes).toFixed(2);
  console.log(
    `${name.padEnd(12)}${ratio.padStart(8)}${there.toFixed(0).padStart(12)}${(bytes === BLOCKS * BLOCK_BYTES ? "as it is" : back.toFixed(0)).padStart(12)}`,
  );
}

function levels(budget, name, blocks) {
  console.log(`\n${name.padEnd(12)}${"ratio".padStart(8)}${"MB/s there".padStart(12)}${"back".padStart(12)}`);
  const target = new Uint8Array(BLOCK_BYTES);
  for (const level of [1, 3, 6, 9]) {
    const unpack = (buffer, block) => {
      if (buffer === undefined) return block.length;
      buffer.decompress(target);
      const { compressedSize } = buffer;
      buffer[Symbol.dispose]();
      return compressedSize;
    };
    printRow(
      `lz4 ${level}`,
      measure(blocks, (block) => CompressedBuffer.compress(budget, "bench.block", block, level), unpack),
    );
  }
  for (const level of [1, 6]) {
    const pack = (block) => deflateRawSync(block, { level });
    const unpack = (packed) => {
      inflateRawSync(packed);
      return packed.length;
    };
    printRow(`zlib ${level}`, measure(blocks, pack, unpack));
  }
}

async function spill(budget, name, blocks) {
  console.log(`\n${`spill, ${name}`.padEnd(24)}${"on disk".padStart(12)}${"MB/s".padStart(8)}${"busy".padStart(8)}`);
  const parent = mkdtempSync(join(tmpdir(), "mm-bench-"));
  const kinds = { plain: undefined, "level 3, this thread": { isAsync: false }, "level 3, another": { isAsync: true } };
  for (const [kind, changes] of Object.entries(kinds)) {
    const compression = changes && { ...DEFAULT_COMPRESSION, ...changes };
    const runs = new Spill(budget, { parent, limitBytes: 2 ** 30, compression });
    const writer = runs.createRun("bench");
    const before = performance.eventLoopUtilization();
    const start = performance.now();
    for (const block of blocks) await writer.append(block);
    const run = await writer.finish();
    const rate = (BLOCKS * BLOCK_BYTES) / 1000 / (performance.now() - start);
    const busy = performance.eventLoopUtilization(before).utilization;
    await run.verify();
    const { writtenBytes } = runs;
    await runs[Symbol.asyncDispose]();
    const disk = `${((100 * writtenBytes) / (BLOCKS * BLOCK_BYTES)).toFixed(0)} %`;
    console.log(`${kind.padEnd(24)}${disk.padStart(12)}${rate.toFixed(0).padStart(8)}${`${(100 * busy).toFixed(0)} %`.padStart(8)}`);
  }
  rmSync(parent, { recursive: true });
}

export async function run() {
  const origin = { source: "the bench", advice: (limitBytes) => ({ limitBytes, hint: "a larger bench" }) };
  const budget = Budget.root({ name: "bench", limitBytes: 2 ** 30, clock: systemClock, ladder: new PressureLadder(systemClock), origin });
  for (const [name, fill] of Object.entries(SOURCES)) {
    const all = new Uint8Array(BLOCKS * BLOCK_BYTES);
    fill(all);
    const blocks = Array.from({ length: BLOCKS }, (_, at) => all.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES));
    levels(budget, name, blocks);
    if (name !== "noise") await spill(budget, name, blocks);
  }
  budget[Symbol.dispose]();
}
