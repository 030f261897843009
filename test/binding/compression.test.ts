import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { binding, type NativeSegment } from "../../src/binding/index.ts";
import { ADDON_PATH } from "./addon.ts";

const SCRATCH_BYTES = 256 * 1024;
const scratch = new Uint8Array(SCRATCH_BYTES);
let segments: NativeSegment[] = [];
afterEach(() => {
  for (const segment of segments) segment.close();
  segments = [];
});

function segment(byteLength: number): { native: NativeSegment; bytes: Uint8Array } {
  const native = binding.segmentAnonymous(byteLength, "base");
  segments.push(native);
  return { native, bytes: new Uint8Array(native.buffer(), 0, byteLength) };
}

test("a block that lz4 1.9.4 made is read", () => {
  const block = Buffer.from(
    "fc0674686520717569636b2062726f776e20666f782c20150032646f67150046736c6f7729002f3b203e000607290050646f672e0a",
    "hex",
  );
  const text = "the quick brown fox, the quick brown dog, the slow brown fox; the quick brown fox, the slow brown dog.\n";
  const target = Buffer.alloc(text.length);
  expect(binding.lz4Decompress(block, target)).toBe(true);
  expect(target.toString()).toBe(text);
});

test("both ways of compressing give the same block, and its bytes come back", async () => {
  const source = segment(300_000);
  for (let at = 0; at < 300_000; at += 1) source.bytes[at] = (at * at) >> 12;
  const [one, other, tables] = [segment(320_000), segment(320_000), segment(SCRATCH_BYTES)];
  for (const level of [1, 4, 9]) {
    const length = binding.lz4Compress(source.bytes.subarray(0, 290_000), one.bytes, scratch, level);
    expect(await binding.lz4CompressAsync(source.native, 290_000, other.native, tables.native, level)).toBe(length);
    expect(Buffer.compare(one.bytes.subarray(0, length), other.bytes.subarray(0, length))).toBe(0);
    const target = new Uint8Array(290_000);
    expect(binding.lz4Decompress(one.bytes.subarray(0, length), target)).toBe(true);
    expect(Buffer.compare(target, source.bytes.subarray(0, 290_000))).toBe(0);
  }
});

test("what is compressed on another thread cannot be closed meanwhile", async () => {
  const [source, target, tables] = [segment(8 << 20), segment(9 << 20), segment(SCRATCH_BYTES)];
  source.bytes.forEach((_, at, bytes) => {
    bytes[at] = (at * at) >> 12;
  });
  const written = binding.lz4CompressAsync(source.native, 8 << 20, target.native, tables.native, 6);
  for (const { native } of [source, target, tables]) {
    expect(native.pinned).toBe(true);
    expect(() => native.close()).toThrow(expect.objectContaining({ code: "EBUSY" }));
  }
  expect(await written).toBeGreaterThan(0);
  for (const { native } of [source, target, tables]) expect(native.pinned).toBe(false);
});

test("wrong arguments are refused before anything is touched, and pin nothing", () => {
  const bytes = new Uint8Array(1000);
  const [source, target, tables] = [segment(1000), segment(1000), segment(SCRATCH_BYTES)];
  const invalid = expect.objectContaining({ code: "EINVAL" });
  expect(() => binding.lz4Compress(bytes, bytes, scratch, 0)).toThrow(invalid);
  expect(() => binding.lz4Compress(bytes, bytes, scratch, 10)).toThrow(invalid);
  expect(() => binding.lz4Compress(bytes, bytes, scratch.subarray(4), 1)).toThrow(invalid);
  expect(() => binding.lz4Compress(bytes, bytes, new Uint8Array(SCRATCH_BYTES + 8).subarray(1), 1)).toThrow(invalid);
  expect(() => binding.lz4Compress("text" as never, bytes, scratch, 1)).toThrow(invalid);
  expect(() => binding.lz4Decompress(new Uint16Array(4) as never, bytes)).toThrow(invalid);
  expect(() => binding.lz4CompressAsync(source.native, 5000, target.native, tables.native, 1)).toThrow(invalid);
  expect(() => binding.lz4CompressAsync(source.native, 1000, target.native, target.native, 1)).toThrow(invalid);
  const closed = binding.segmentAnonymous(1000, "base");
  closed.close();
  expect(() => binding.lz4CompressAsync(closed, 10, target.native, tables.native, 1)).toThrow(invalid);
  for (const { native } of [source, target, tables]) expect(native.pinned).toBe(false);
});

test("zstd's blocks come out inside the memory of their frame, and memory in which none began is refused", () => {
  const memory = new Uint8Array(binding.zstdBytes(1000));
  const invalid = expect.objectContaining({ code: "EINVAL" });
  expect(() => binding.zstdBlock(memory, 0, new Uint8Array(0))).toThrow(invalid);
  expect(() => binding.zstdChecksum(memory)).toThrow(invalid);
  expect(() => binding.zstdBegin(memory.subarray(8), 1000)).toThrow(invalid);
  expect(() => binding.zstdBegin(new Uint8Array(memory.length + 8).subarray(1), 1000)).toThrow(invalid);
  binding.zstdBegin(memory, 1000);
  const plain = binding.zstdBlock(memory, (5 << 3) | 2, Uint8Array.of(66));
  expect(plain).toEqual(Uint8Array.of(66, 66, 66, 66, 66));
  expect(plain?.buffer).toBe(memory.buffer);
  expect(binding.zstdChecksum(memory)).toBe(Number.parseInt(binding.hashBytes(Buffer.from("BBBBB")).slice(8), 16));
  expect(binding.zstdBlock(memory, (5 << 3) | 6, Uint8Array.of(66))).toBeUndefined();
  expect(() => binding.zstdBlock(memory, 2 ** 24, Uint8Array.of(66))).toThrow(invalid);
  expect(() => binding.zstdBlock(memory.subarray(0, 1000), 0, new Uint8Array(0))).toThrow(invalid);
});

/** More jobs than libuv has threads, so that some run and some wait when the environment goes. */
const BUSY = `
  const { parentPort, workerData } = require("node:worker_threads");
  const mm = require(workerData);
  const [source, target] = [mm.segmentAnonymous(1 << 20, "base"), mm.segmentAnonymous(2 << 20, "base")];
  new Uint8Array(source.buffer()).forEach((_, at, bytes) => (bytes[at] = (at * at) >> 12));
  for (let job = 0; job < 12; job++) mm.lz4CompressAsync(source, 1 << 20, target, mm.segmentAnonymous(${SCRATCH_BYTES}, "base"), 6);
  parentPort.postMessage("started");
  setInterval(() => {}, 1000);
`;

test("a Worker that ends meanwhile leaves the process alive and no mapping behind", async () => {
  const before = binding.liveSegmentBytes().anonymous;
  const worker = new Worker(BUSY, { eval: true, workerData: ADDON_PATH });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  expect(binding.liveSegmentBytes().anonymous).toBe(before);
});
