import { describe, expect, it } from "vitest";
import { aomMemory } from "../../../src/media/model/aom.ts";
import { aomSettings } from "../../../src/media/model/index.ts";

const debian = { major: 5, minor: 1, isStatic: false };
const old = { major: 4, minor: 1, isStatic: true };
const wide480 = { width: 854, height: 480, bitDepth: 8, chroma: "4:2:0" } as const;
const settings = aomSettings("medium", 2, debian);

describe("aomMemory", () => {
  // Live blocks of libaom 3.6 at 480 lines, counted by an allocator that records them.
  it("counts libaom's pictures, of the size they have within 3 in a thousand", () => {
    const memory = aomMemory(wide480, settings, debian);
    expect(memory.inputFrames + memory.codedFrames).toBe(51);
    expect(Math.abs(memory.codedFrameBytes / 1_064_488 - 1)).toBeLessThan(0.003);
    expect(Math.abs(memory.inputFrameBytes / (1_064_488 + 504_872 + 358_424) - 1)).toBeLessThan(0.003);
  });

  it("knows how dear a thread was in the first release: 128 MiB, measured at 240 lines", () => {
    const more = aomMemory(wide480, { ...settings, threads: 3 }, old).threadBytes - aomMemory(wide480, settings, old).threadBytes;
    expect(more / 2 ** 20).toBeCloseTo(128, 0);
  });
});
