import { describe, expect, it } from "vitest";
import { decoderMemory } from "../../../src/media/model/decoder.ts";

const picture = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0", threads: 1 } as const;
const h264 = { ...picture, codec: "h264", dpbFrames: 4 } as const;
const hevc = { ...picture, codec: "hevc", dpbFrames: 5 } as const;

describe("decoderMemory", () => {
  // Live pictures of ffmpeg 5.1, counted by an allocator that records them: streams with 1, 4, 6 and 16 pictures in the buffer.
  it.each([
    [1, 1, 3],
    [4, 1, 6],
    [4, 2, 7],
    [4, 4, 9],
    [6, 1, 8],
    [16, 1, 18],
    [16, 4, 21],
  ])("holds %i buffered pictures on %i threads in %i blocks", (dpbFrames, threads, frames) => {
    expect(decoderMemory({ ...h264, dpbFrames, threads }, 300).frames).toBe(frames);
  });

  it("holds no more pictures than there are, and one on its way", () => {
    expect(decoderMemory({ ...h264, dpbFrames: 16 }, 3).frames).toBe(4);
  });

  it("knows the size of an H.264 picture with its vectors at 1080p within 2 in a hundred", () => {
    const blocks = 2_092_879 + 2 * 523_279 + 2 * 523_344 + 2 * 32_912;
    expect(Math.abs(decoderMemory(h264, 300).frameBytes / blocks - 1)).toBeLessThan(0.02);
  });

  it("needs more for small coding blocks, and assumes those of cameras when it is not told", () => {
    const bytes = (largest: number, smallest: number) => decoderMemory({ ...hevc, codingBlocks: { largest, smallest } }, 300).frameBytes;
    expect(bytes(16, 8)).toBeGreaterThan(bytes(32, 8));
    expect(bytes(64, 16)).toBeLessThan(bytes(32, 16));
    expect(decoderMemory(hevc, 300).frameBytes).toBe(bytes(32, 8));
  });
});
