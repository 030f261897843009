// `npm run bench -- kernels`: each picture kernel on 1080p frames, SIMD beside its scalar twin beside a plain read of the same
// bytes (memchr(3) for a byte that is not there), which no kernel can beat. One core.
import { Buffer } from "node:buffer";
import { binding } from "../dist/binding/index.js";

const WIDTH = 1920;
const HEIGHT = 1080;
/** Pairs in rotation, so that a pair has left the core's own caches before it is read again. */
const PAIRS = 8;
const ABSENT_BYTE = 0xff;
const ROUNDS = 80;

function planes420(sampleBytes) {
  const sizes = [
    [WIDTH, HEIGHT],
    [WIDTH / 2, HEIGHT / 2],
    [WIDTH / 2, HEIGHT / 2],
  ];
  let offsetBytes = 0;
  return sizes.map(([width, height]) => {
    const plane = { offsetBytes, strideBytes: width * sampleBytes, width, height };
    offsetBytes += plane.strideBytes * height;
    return plane;
  });
}

/** Noise without ABSENT_BYTE, within 10 bits when a sample has two bytes; the second picture is the first with small errors. */
function fill(bytes, other, sampleBytes) {
  let state = 1;
  for (let i = 0; i < bytes.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const isHighByte = sampleBytes === 2 && i % 2 === 1;
    bytes[i] = isHighByte ? state >>> 30 : (state >>> 24) % 0xf0;
    other[i] = isHighByte ? bytes[i] : bytes[i] + ((state >>> 8) % 8);
  }
}

function openFrames(bits) {
  const sampleBytes = bits > 8 ? 2 : 1;
  const frameBytes = WIDTH * HEIGHT * 1.5 * sampleBytes;
  const segment = binding.segmentAnonymous(2 * PAIRS * frameBytes, "base");
  const pool = binding.pool(segment, frameBytes, 64, false);
  const pairs = Array.from({ length: PAIRS }, () => {
    const slots = [pool.loan(), pool.loan()];
    const bytes = slots.map((slot) => Buffer.from(segment.buffer(), slot * pool.strideBytes, frameBytes));
    fill(bytes[0], bytes[1], sampleBytes);
    return { slots, bytes };
  });
  const close = () => {
    for (const { slots } of pairs) for (const slot of slots) pool.release(slot);
    pool.close();
    segment.close();
  };
  return { pool, pairs, bits, planes: planes420(sampleBytes), frameBytes, close };
}

/** Milliseconds of the fastest call, on each pair in turn: what disturbs a call only adds time. */
async function fastestMs(pairs, call) {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const pair = pairs[round % PAIRS];
    const startedMs = performance.now();
    await call(pair);
    fastest = Math.min(fastest, performance.now() - startedMs);
  }
  return fastest;
}

/** Kernels over a set of frames: the bytes one call reads, the call, and a plain read of as many bytes. */
function kernelsOf({ pool, bits, planes, frameBytes }) {
  const read = (bytes) => bytes.indexOf(ABSENT_BYTE);
  const rowsBytes = Math.ceil(planes[0].height / 4) * planes[0].strideBytes;
  return [
    {
      name: `squared error + SSIM, ${bits} bits`,
      bytes: 2 * frameBytes,
      call: ({ slots: [a, b] }) => binding.comparePlanes(pool, a, pool, b, planes, bits),
      read: async ({ bytes: [a, b] }) => [read(a), read(b)],
    },
    {
      name: `scene change, ${bits} bits`,
      bytes: 2 * rowsBytes,
      call: ({ slots: [a, b] }) => binding.sceneChange(pool, a, pool, b, planes[0], bits),
      read: ({ bytes: [a, b] }) => [read(a.subarray(0, rowsBytes)), read(b.subarray(0, rowsBytes))],
    },
  ];
}

function hashOf({ pool, frameBytes }) {
  return {
    name: "XXH64 (no SIMD)",
    bytes: frameBytes,
    call: ({ slots: [a] }) => binding.hashSlot(pool, a, 0, frameBytes),
    read: ({ bytes: [a] }) => a.indexOf(ABSENT_BYTE),
  };
}

async function printRow({ name, bytes, call, read }, pairs, isSimd) {
  const cell = (ms) => `${ms.toFixed(3).padStart(7)} ms ${(bytes / ms / 1e6).toFixed(1).padStart(5)} GB/s`;
  binding.simd("auto");
  const ms = await fastestMs(pairs, call);
  const readMs = await fastestMs(pairs, read);
  binding.simd("scalar");
  const scalar = isSimd ? cell(await fastestMs(pairs, call)) : "".padEnd(21);
  binding.simd("auto");
  console.log([name.padEnd(30), (bytes / 1e6).toFixed(2).padStart(6), cell(ms), scalar, cell(readMs)].join("  "));
}

export async function run() {
  const best = binding.simd("auto");
  console.log(`1080p 4:2:0, ${PAIRS} frame pairs in rotation, the fastest of ${ROUNDS} calls from JS`);
  console.log(["kernel".padEnd(30), "    MB", best.padEnd(21), "scalar".padEnd(21), "plain read"].join("  "));
  for (const bits of [8, 10]) {
    const frames = openFrames(bits);
    for (const kernel of kernelsOf(frames)) await printRow(kernel, frames.pairs, true);
    if (bits === 8) await printRow(hashOf(frames), frames.pairs, false);
    frames.close();
  }
}
