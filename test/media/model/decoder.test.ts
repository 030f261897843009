import { describe, expect, it } from "vitest";
import { decoderMemory, decoderPacketBytes, sourceCodec } from "../../../src/media/model/decoder.ts";
import type { DecoderShape } from "../../../src/media/model/types.ts";

const picture = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0", threads: 1 } as const;
const h264 = { ...picture, codec: "h264", dpbFrames: 4 } as const;
const hevc = { ...picture, codec: "hevc", dpbFrames: 5 } as const;
const debian = { major: 5, minor: 1, isStatic: false };
const old = { major: 4, minor: 1, isStatic: true };
const memory = (shape: DecoderShape, frames = 300) => decoderMemory(shape, debian, frames);
const heldBytes = (shape: DecoderShape) => {
  const { frames, frameBytes, threadBytes } = memory(shape);
  return frames * frameBytes + threadBytes;
};

describe("decoderMemory", () => {
  // Live pictures of ffmpeg 5.1, counted by an allocator that records them: streams with 1, 4, 6 and 16 pictures in the buffer.
  it.each([
    [1, 3],
    [4, 6],
    [6, 8],
    [16, 18],
  ])("holds %i buffered pictures in %i blocks", (dpbFrames, frames) => {
    expect(memory({ ...h264, dpbFrames }).frames).toBe(frames);
  });

  it("counts a picture more once there are threads: each has a pool of its own, and 1080p took 9.2 to 12.1 MiB more in four runs", () => {
    const more = (heldBytes({ ...h264, threads: 2 }) - heldBytes(h264)) / 2 ** 20;
    expect(more).toBeGreaterThan(10.5);
    expect(more).toBeLessThan(12.1);
  });

  it("holds no more pictures than there are, and one on its way", () => {
    expect(memory({ ...h264, dpbFrames: 16 }, 3).frames).toBe(4);
  });

  it("knows the size of an H.264 picture with its vectors at 1080p within 2 in a hundred", () => {
    const blocks = 2_092_879 + 2 * 523_279 + 2 * 523_344 + 2 * 32_912;
    expect(Math.abs(memory(h264).frameBytes / blocks - 1)).toBeLessThan(0.02);
  });

  it("needs more for small coding blocks, and assumes those of cameras when it is not told", () => {
    const bytes = (largest: number, smallest: number) => memory({ ...hevc, codingBlocks: { largest, smallest } }).frameBytes;
    expect(bytes(16, 8)).toBeGreaterThan(bytes(32, 8));
    expect(bytes(64, 16)).toBeLessThan(bytes(32, 16));
    expect(memory(hevc).frameBytes).toBe(bytes(32, 8));
  });

  it("opens a frame context of dav1d for the root of its threads, with the coefficients of a picture in each", () => {
    const av1 = { ...picture, codec: "av1", dpbFrames: 8 } as const;
    expect([1, 2, 4, 5, 9, 16].map((threads) => memory({ ...av1, threads }).frames)).toEqual([10, 11, 11, 12, 12, 13]);
    const more = (shape: DecoderShape) => heldBytes({ ...shape, threads: 2 }) - heldBytes(shape);
    // Measured at 1080p: 23.7 MiB more on two threads with 8 bits, 37.5 to 43.7 with 10.
    expect(more(av1) / 2 ** 20).toBeGreaterThan(20);
    expect(more({ ...av1, bitDepth: 10 }) / 2 ** 20).toBeGreaterThan(36);
  });

  it("counts pictures of intra codecs by threads, and none but packets of rawvideo", () => {
    const frames = (codec: "mjpeg" | "prores" | "rawvideo", threads: number) =>
      memory({ ...picture, codec, dpbFrames: 16, threads }).frames;
    expect([frames("mjpeg", 1), frames("mjpeg", 2)]).toEqual([2, 2]);
    expect([frames("prores", 1), frames("prores", 2)]).toEqual([2, 3]);
    const raw = { ...picture, codec: "rawvideo", dpbFrames: 1 } as const;
    expect(heldBytes(raw)).toBe(2 * 1920 * 1080 * 1.5);
    expect(decoderPacketBytes({ ...raw, packetBytes: 3_110_400 }, debian)).toBe(0);
  });

  it("gives a codec it does not know sixteen pictures beside those of its threads", () => {
    expect(memory({ ...picture, codec: "other", dpbFrames: 16, threads: 2 }).frames).toBe(19);
  });

  it("decodes FFV1 by slices in ffmpeg 5, which hold no further picture", () => {
    const ffv1 = { ...picture, codec: "ffv1", dpbFrames: 1, threads: 2 } as const;
    expect([decoderMemory(ffv1, debian, 300).frames, decoderMemory(ffv1, old, 300).frames]).toEqual([2, 3]);
  });
});

describe("sourceCodec", () => {
  it("sends AV1 to the decoder the engine has, and names what has no model an estimate", () => {
    expect(sourceCodec("av1", ["libdav1d", "libaom-av1"])).toBe("av1");
    expect(sourceCodec("av1", ["libaom-av1"])).toBe("av1-libaom");
    expect(sourceCodec("mpeg2video", [])).toBe("mpeg2video");
    expect(sourceCodec("theora", [])).toBe("other");
    expect(sourceCodec("toString", [])).toBe("other");
  });
});
