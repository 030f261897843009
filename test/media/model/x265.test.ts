import { describe, expect, it } from "vitest";
import { x265Settings } from "../../../src/media/model/index.ts";
import type { X265Settings } from "../../../src/media/model/types.ts";
import { x265Memory } from "../../../src/media/model/x265.ts";

const debian = { major: 5, minor: 1, isStatic: false };
const full = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0" } as const;
const medium = x265Settings("medium");
const memory = (settings: X265Settings, frames = 300) => x265Memory(full, settings, debian, frames);

describe("x265Memory", () => {
  // Live blocks of x265 3.5, counted by an allocator that records them while one setting varied.
  it.each([
    ["medium", medium, 32, 6],
    ["lookahead 5", { ...medium, lookahead: 5 }, 17, 6],
    ["lookahead 40", { ...medium, lookahead: 40 }, 52, 6],
    ["no B-frames, one reference", { ...medium, bframes: 0, refs: 1 }, 26, 4],
    ["no B-frames, 5 references", { ...medium, bframes: 0, refs: 5 }, 29, 7],
    ["one B-frame", { ...medium, bframes: 1 }, 28, 5],
    ["8 B-frames", { ...medium, bframes: 8 }, 36, 6],
    ["4 frame threads", { ...medium, frameThreads: 4 }, 35, 9],
    ["6 references", { ...medium, refs: 6 }, 34, 8],
    ["ultrafast", x265Settings("ultrafast"), 16, 6],
  ] as const)("counts the pictures of %s", (_, settings, inputFrames, codedFrames) => {
    expect(memory(settings)).toMatchObject({ inputFrames, codedFrames });
  });

  it("knows the size of x265's blocks for a reconstructed picture and its coding units within 3 in a hundred", () => {
    const planes = 2_635_776 + 2 * 718_848;
    const codingUnits = 6_266_880 + 4_177_920 + 3_133_440 + 522_240;
    const ratio = memory(medium).codedFrameBytes / (planes + codingUnits);
    expect(ratio).toBeGreaterThan(1);
    expect(ratio).toBeLessThan(1.03);
  });

  it("holds no more pictures than the chunk has", () => {
    expect(memory(medium, 10)).toMatchObject({ inputFrames: 10, codedFrames: 6 });
  });

  it("keeps room for weighted references only where weighted prediction is on", () => {
    const without = memory({ ...medium, weightp: 0 }).threadBytes;
    expect(memory(medium).threadBytes - without).toBeGreaterThan(3 * 3_900_000);
  });

  it("counts short vectors for the x265 of ffmpeg 4.1", () => {
    const old = x265Memory(full, medium, { major: 4, minor: 1, isStatic: true }, 300);
    expect(memory(medium).codedFrameBytes - old.codedFrameBytes).toBe(510 * 256 * 16);
  });
});
