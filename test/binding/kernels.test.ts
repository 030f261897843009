import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { binding, type NativePool, type NativeSegment, type PlanePair, type PlaneScore } from "../../src/binding/index.ts";
import { ADDON_PATH } from "./addon.ts";

type Geometry = {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly planes: PlanePair[];
  readonly frameBytes: number;
};

/** 4:2:0 with tight rows, as ffmpeg's rawvideo lays it out. */
function geometry420(width: number, height: number, bits: number): Geometry {
  const sampleBytes = bits > 8 ? 2 : 1;
  const chroma = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  let offsetBytes = 0;
  const planes = [{ width, height }, chroma, chroma].map((size) => {
    const plane = { offsetBytes, strideBytes: size.width * sampleBytes, ...size };
    offsetBytes += plane.strideBytes * plane.height;
    return plane;
  });
  return { width, height, bits, planes, frameBytes: offsetBytes };
}

const opened: { readonly segment: NativeSegment; readonly pool: NativePool; readonly slots: number[] }[] = [];

/** A pool with the given pictures in its first slots, closed after the test. */
function poolOf(...pictures: Uint8Array[]): { pool: NativePool; slots: number[] } {
  const slotBytes = Math.max(...pictures.map((picture) => picture.length));
  const segment = binding.segmentAnonymous((slotBytes + 64) * (pictures.length + 1), "base");
  const pool = binding.pool(segment, slotBytes, 64, false);
  const slots = pictures.map((picture) => {
    const slot = pool.loan();
    new Uint8Array(segment.buffer(), slot * pool.strideBytes, slotBytes).set(picture);
    return slot;
  });
  opened.push({ segment, pool, slots });
  return { pool, slots };
}

async function compare(a: Uint8Array, b: Uint8Array, shape: Geometry): Promise<PlaneScore[]> {
  const { pool, slots } = poolOf(a, b);
  return await binding.comparePlanes(pool, slots[0] as number, pool, slots[1] as number, shape.planes, shape.bits);
}

/** Repeatable noise around a gradient, of the geometry's depth. */
function picture(shape: Geometry, seed: number, noise: number): Uint8Array {
  const bytes = new Uint8Array(shape.frameBytes);
  const samples = shape.bits > 8 ? new Uint16Array(bytes.buffer) : bytes;
  const unit = 2 ** (shape.bits - 8);
  let state = seed;
  for (let i = 0; i < samples.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    samples[i] = ((i * 7) % 180) * unit + ((state >>> 8) % (noise * unit + 1));
  }
  return bytes;
}

function samplesOf(frame: Uint8Array, plane: PlanePair, bits: number): number[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const samples: number[] = [];
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < plane.width; x++) {
      const at = plane.offsetBytes + y * plane.strideBytes;
      samples.push(bits > 8 ? view.getUint16(at + 2 * x, true) : view.getUint8(at + x));
    }
  }
  return samples;
}

/** SSIM written out window by window; `luminanceScale` scales C1. */
function referenceSsim(a: number[], b: number[], plane: PlanePair, bits: number, luminanceScale = 1): number {
  const peak = 2 ** bits - 1;
  const c1 = (0.01 * peak) ** 2 * luminanceScale;
  const c2 = (0.03 * peak) ** 2;
  let total = 0;
  let windows = 0;
  for (let top = 0; top + 8 <= plane.height; top += 4) {
    for (let left = 0; left + 8 <= plane.width; left += 4) {
      let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + 8; y++) {
        for (let x = left; x < left + 8; x++) {
          const [p, q] = [a[y * plane.width + x] as number, b[y * plane.width + x] as number];
          sumA += p;
          sumB += q;
          squaresA += p * p;
          squaresB += q * q;
          products += p * q;
        }
      }
      const [meanA, meanB] = [sumA / 64, sumB / 64];
      const variances = (squaresA + squaresB - 64 * (meanA ** 2 + meanB ** 2)) / 63;
      const covariance = (products - 64 * meanA * meanB) / 63;
      total += ((2 * meanA * meanB + c1) * (2 * covariance + c2)) / ((meanA ** 2 + meanB ** 2 + c1) * (variances + c2));
      windows++;
    }
  }
  return total / windows;
}

afterEach(() => {
  binding.simd("auto");
  for (const { segment, pool, slots } of opened.splice(0)) {
    for (const slot of slots) if (pool.references(slot) > 0) pool.release(slot);
    pool.close();
    segment.close();
  }
});

describe("comparePlanes", () => {
  it.each([8, 10, 16])("gives the squared error exactly and the SSIM of the formula at %i bits", async (bits) => {
    const shape = geometry420(133, 61, bits);
    const [a, b] = [picture(shape, 1, 20), picture(shape, 2, 60)];
    const scores = await compare(a, b, shape);
    expect(scores).toHaveLength(3);
    for (const [index, plane] of shape.planes.entries()) {
      const [p, q] = [samplesOf(a, plane, bits), samplesOf(b, plane, bits)];
      expect(scores[index]?.squaredError).toBe(p.reduce((sum, sample, i) => sum + (sample - (q[i] as number)) ** 2, 0));
      expect(scores[index]?.ssim).toBeCloseTo(referenceSsim(p, q, plane, bits), 5);
    }
  });

  it("gives 0 and 1 for equal pictures", async () => {
    const shape = geometry420(64, 48, 8);
    const frame = picture(shape, 3, 50);
    expect(await compare(frame, frame, shape)).toEqual(Array.from({ length: 3 }, () => ({ squaredError: 0, ssim: 1 })));
  });

  it("gives the same numbers with the scalar twin, also from black to white", async () => {
    for (const bits of [8, 12, 16]) {
      const shape = geometry420(1093, 38, bits);
      const black = new Uint8Array(shape.frameBytes);
      const white = new Uint8Array(shape.frameBytes).fill(255);
      for (const [a, b] of [
        [picture(shape, 5, 70), picture(shape, 6, 70)],
        [black, white],
      ] as const) {
        binding.simd("auto");
        const best = await compare(a, b, shape);
        expect(binding.simd("scalar")).toBe("scalar");
        expect(await compare(a, b, shape)).toEqual(best);
      }
    }
  });

  it("looks at the samples of a row only, whatever lies in the stride beside them", async () => {
    const plane = { offsetBytes: 3, strideBytes: 101, width: 77, height: 30 };
    const [a, b] = [new Uint8Array(3 + 101 * 30).fill(9), new Uint8Array(3 + 101 * 30).fill(200)];
    for (let y = 0; y < 30; y++) a.fill(50, 3 + y * 101, 3 + y * 101 + 77);
    for (let y = 0; y < 30; y++) b.fill(50, 3 + y * 101, 3 + y * 101 + 77);
    const { pool, slots } = poolOf(a, b);
    expect(await binding.comparePlanes(pool, slots[0] as number, pool, slots[1] as number, [plane], 8)).toEqual([
      { squaredError: 0, ssim: 1 },
    ]);
  });

  it("holds both slots until it is done", async () => {
    const shape = geometry420(3840, 2160, 16);
    const { pool, slots } = poolOf(new Uint8Array(shape.frameBytes), new Uint8Array(shape.frameBytes));
    const [a, b] = slots as [number, number];
    binding.simd("scalar");
    const scores = binding.comparePlanes(pool, a, pool, b, shape.planes, 16);
    expect(pool.release(a)).toBe(1);
    expect(pool.release(b)).toBe(1);
    expect(() => pool.close()).toThrow(/EBUSY/);
    await scores;
    expect(pool.references(a)).toBe(0);
    expect(pool.references(b)).toBe(0);
    pool.close();
  });

  it("resolves with no scores for no planes", async () => {
    const { pool, slots } = poolOf(new Uint8Array(16));
    expect(await binding.comparePlanes(pool, slots[0] as number, pool, slots[0] as number, [], 8)).toEqual([]);
  });
});

describe("arguments of the kernels", () => {
  const shape = geometry420(32, 16, 8);
  const luma = shape.planes[0] as PlanePair;
  const pool = binding.pool(binding.segmentAnonymous(2 * shape.frameBytes, "base"), shape.frameBytes, 64, false);
  const [a, b] = [pool.loan(), pool.loan()];
  const planes = (change: object): PlanePair[] => [{ ...luma, ...change }];

  it.each<[string, RegExp, () => unknown]>([
    ["a slot that is not out", /slotB must be a slot/, () => binding.comparePlanes(pool, a, pool, 2, [luma], 8)],
    ["a slot beyond the pool", /slotA must be a slot/, () => binding.comparePlanes(pool, 4e9, pool, b, [luma], 8)],
    ["something that is no pool", /b must be a pool/, () => binding.comparePlanes(pool, a, {} as NativePool, b, [luma], 8)],
    [
      "a plane past the slot's end",
      /planes\[0\] must be inside a slot of 768 bytes/,
      () => binding.comparePlanes(pool, a, pool, b, planes({ height: 25 }), 8),
    ],
    [
      "an offset past the slot's end",
      /inside a slot/,
      () => binding.comparePlanes(pool, a, pool, b, planes({ offsetBytes: 2 ** 53 - 1 }), 8),
    ],
    [
      "a stride that wraps around",
      /inside a slot/,
      () => binding.comparePlanes(pool, a, pool, b, planes({ strideBytes: 2 ** 40, height: 2 ** 24 + 1 }), 8),
    ],
    ["a stride below the width", /stride of at least 32/, () => binding.comparePlanes(pool, a, pool, b, planes({ strideBytes: 31 }), 8)],
    ["16-bit samples in a row of bytes", /stride of at least 64/, () => binding.comparePlanes(pool, a, pool, b, [luma], 9)],
    ["an empty plane", /at least one sample/, () => binding.comparePlanes(pool, a, pool, b, planes({ width: 0 }), 8)],
    ["a negative offset", /offsetBytes must be/, () => binding.comparePlanes(pool, a, pool, b, planes({ offsetBytes: -1 }), 8)],
    ["half a row", /height must be/, () => binding.comparePlanes(pool, a, pool, b, planes({ height: 1.5 }), 8)],
    ["a missing width", /width must be/, () => binding.comparePlanes(pool, a, pool, b, planes({ width: undefined }), 8)],
    ["a depth of 7 bits", /bitsPerSample must be/, () => binding.comparePlanes(pool, a, pool, b, [luma], 7)],
    ["a depth of 17 bits", /bitsPerSample must be/, () => binding.sceneChange(pool, a, pool, b, luma, 17)],
    [
      "a scene plane past the slot's end",
      /plane must be inside/,
      () => binding.sceneChange(pool, a, pool, b, { ...luma, offsetBytes: 300 }, 8),
    ],
    ["a hash past the slot's end", /at most 768/, () => binding.hashSlot(pool, a, 1, 768)],
    ["a hash of no bytes", /bytes must be a Uint8Array/, () => binding.hashBytes("abc" as unknown as Uint8Array)],
    ["an unknown instruction set", /use must be/, () => binding.simd("sse9" as "auto")],
  ])("refuse %s with EINVAL and what was wrong", (_what, message, call) => {
    expect(call).toThrow(expect.objectContaining({ code: "EINVAL", message: expect.stringMatching(message) }));
    expect([pool.references(a), pool.references(b)]).toEqual([1, 1]);
  });

  it("pass on what a getter of a plane throws", () => {
    const plane = {
      ...luma,
      get width(): number {
        throw new Error("no width today");
      },
    };
    expect(() => binding.comparePlanes(pool, a, pool, b, [plane], 8)).toThrow("no width today");
  });
});

describe("hashes", () => {
  it("are XXH64 with seed 0 in 16 hex digits", () => {
    const text = (value: string): Uint8Array => new TextEncoder().encode(value);
    expect(binding.hashBytes(text(""))).toBe("ef46db3751d8e999");
    expect(binding.hashBytes(text("a"))).toBe("d24ec4f1a98c6e5b");
    expect(binding.hashBytes(text("abc"))).toBe("44bc2cf5ad770999");
  });

  it("are the same for a range of a slot and for its bytes", () => {
    const bytes = picture(geometry420(64, 64, 8), 7, 90);
    const { pool, slots } = poolOf(bytes);
    expect(binding.hashSlot(pool, slots[0] as number, 11, 1000)).toBe(binding.hashBytes(bytes.subarray(11, 1011)));
    expect(binding.hashSlot(pool, slots[0] as number, bytes.length, 0)).toBe(binding.hashBytes(new Uint8Array()));
  });
});

describe("sceneChange", () => {
  it.each([8, 10, 16])("is 0 for equal pictures and 255 from black to white at %i bits", (bits) => {
    const shape = geometry420(37, 21, bits);
    const white = new Uint8Array(shape.frameBytes);
    new (bits > 8 ? Uint16Array : Uint8Array)(white.buffer).fill(2 ** bits - 1);
    const { pool, slots } = poolOf(new Uint8Array(shape.frameBytes), white);
    const [black, other] = slots as [number, number];
    const luma = shape.planes[0] as PlanePair;
    expect(binding.sceneChange(pool, other, pool, other, luma, bits)).toBe(0);
    expect(binding.sceneChange(pool, black, pool, other, luma, bits)).toBe(255);
  });

  it("looks at every fourth sample of every fourth row", () => {
    const plane = { offsetBytes: 0, strideBytes: 100, width: 99, height: 10 };
    const changed = new Uint8Array(1000).fill(40);
    for (let y = 0; y < 10; y += 4) for (let x = 0; x < 99; x += 4) changed[y * 100 + x] = 50;
    const { pool, slots } = poolOf(new Uint8Array(1000).fill(40), changed);
    const [a, b] = slots as [number, number];
    expect(binding.sceneChange(pool, a, pool, b, plane, 8)).toBe(10);
    binding.simd("scalar");
    expect(binding.sceneChange(pool, a, pool, b, plane, 8)).toBe(10);
  });
});

describe("a Worker that ends during comparisons", () => {
  // Queues more jobs than libuv has threads, so that some run and some wait when the environment goes.
  const script = `
    const { parentPort, workerData } = require("node:worker_threads");
    const binding = require(workerData);
    const plane = { offsetBytes: 0, strideBytes: 7680, width: 3840, height: 2160 };
    const slotBytes = 7680 * 2160;
    const pool = binding.pool(binding.segmentAnonymous(2 * slotBytes, "base"), slotBytes, 64, false);
    const [a, b] = [pool.loan(), pool.loan()];
    for (let i = 0; i < 12; i++) binding.comparePlanes(pool, a, pool, b, [plane], 16);
    parentPort.postMessage("started");
    setInterval(() => {}, 1000);
  `;

  it("leaves the process alive and no mapping behind", async () => {
    const before = binding.liveSegmentBytes().anonymous;
    for (let round = 0; round < 4; round++) {
      const worker = new Worker(script, { eval: true, workerData: ADDON_PATH });
      await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
      await worker.terminate();
    }
    expect(binding.liveSegmentBytes().anonymous).toBe(before);
  });
});

const ffmpegVersion = spawnSync("ffmpeg", ["-version"], { encoding: "utf8" });
const realClip = join(process.env.MM_TEST_DATA ?? "", "media/park_joy_420_720p50_frm0to9_480x270.y4m");
const noFfmpeg = ffmpegVersion.status !== 0 && "no ffmpeg in PATH";
const noClip = noFfmpeg || (!existsSync(realClip) && "MM_TEST_DATA is unset or has no park_joy clip");

describe("beside ffmpeg", () => {
  const FRAMES = 3;

  function ffmpeg(...args: string[]): string {
    const run = spawnSync("ffmpeg", ["-hide_banner", "-nostdin", "-y", ...args], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr);
    return run.stderr;
  }

  /** Values of "y:1.2 u:3.4 v:5.6" behind a filter's name. */
  function valuesOf(log: string, filter: "PSNR" | "SSIM"): number[] {
    const line = log.split("\n").find((text) => text.includes(`${filter} `)) ?? "";
    return ["y", "u", "v"].map((plane) => Number(new RegExp(` ${plane}:([0-9.]+)`, "i").exec(line)?.[1]));
  }

  async function checkAgainst(input: string[], damage: string, format: string, shape: Geometry): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), "mm-kernels-"));
    try {
      const [source, damaged] = [join(folder, "a.yuv"), join(folder, "b.yuv")];
      const raw = ["-f", "rawvideo", "-pix_fmt", format];
      ffmpeg(...input, "-frames:v", `${FRAMES}`, ...raw, source);
      const rawInput = [...raw, "-s", `${shape.width}x${shape.height}`, "-i"];
      ffmpeg(...rawInput, source, "-vf", damage, ...raw, damaged);
      const both = [...rawInput, damaged, ...rawInput, source];
      const psnr = valuesOf(ffmpeg(...both, "-lavfi", "psnr", "-f", "null", "-"), "PSNR");
      const ssim = valuesOf(ffmpeg(...both, "-lavfi", "ssim", "-f", "null", "-"), "SSIM");

      const [a, b] = [readFileSync(source), readFileSync(damaged)];
      const frameOf = (bytes: Uint8Array, n: number): Uint8Array => bytes.slice(n * shape.frameBytes, (n + 1) * shape.frameBytes);
      const frames = Array.from({ length: FRAMES }, (_, n) => ({ a: frameOf(a, n), b: frameOf(b, n) }));
      const scores = await Promise.all(frames.map((frame) => compare(frame.a, frame.b, shape)));
      for (const [index, plane] of shape.planes.entries()) {
        const squaredError = scores.reduce((sum, score) => sum + (score[index]?.squaredError ?? Number.NaN), 0);
        const samples = plane.width * plane.height * FRAMES;
        expect(Math.abs(10 * Math.log10(((2 ** shape.bits - 1) ** 2 * samples) / squaredError) - (psnr[index] as number))).toBeLessThan(
          0.01,
        );
        // ffmpeg's C1 is 1/64 of the published one; with that, the formula over our windows gives ffmpeg's number.
        const theirs = frames.map((frame) => {
          const [p, q] = [samplesOf(frame.a, plane, shape.bits), samplesOf(frame.b, plane, shape.bits)];
          return referenceSsim(p, q, plane, shape.bits, 1 / 64);
        });
        expect(theirs.reduce((sum, value) => sum + value, 0) / FRAMES).toBeCloseTo(ssim[index] as number, 4);
        const ours = scores.reduce((sum, score) => sum + (score[index]?.ssim ?? Number.NaN), 0) / FRAMES;
        expect(Math.abs(ours - (ssim[index] as number))).toBeLessThan(0.005);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  const generated = ["-f", "lavfi", "-i", "testsrc2=s=322x182:r=10"];
  it.skipIf(noFfmpeg)(`agrees on PSNR to 0.01 dB and on SSIM up to its smaller C1, 8 bits ${noFfmpeg || ""}`, async () => {
    await checkAgainst(generated, "noise=alls=20:allf=t,gblur=sigma=0.7", "yuv420p", geometry420(322, 182, 8));
  });
  it.skipIf(noFfmpeg)(`agrees likewise at 10 bits ${noFfmpeg || ""}`, async () => {
    await checkAgainst(generated, "gblur=sigma=1.5", "yuv420p10le", geometry420(322, 182, 10));
  });
  it.skipIf(noClip)(`agrees likewise on a real clip ${noClip || ""}`, async () => {
    await checkAgainst(["-i", realClip], "noise=alls=30:allf=t", "yuv420p", geometry420(480, 270, 8));
  });
});
