import { describe, expect, it } from "vitest";
import { svtSettings } from "../../../src/media/model/index.ts";
import { svtMemory } from "../../../src/media/model/svt.ts";

const wide480 = { width: 854, height: 480, bitDepth: 8, chroma: "4:2:0" } as const;
const medium = svtSettings("medium", 1);

describe("svtMemory", () => {
  // SVT-AV1 1.4.1 names its pictures when it starts ("Number of PPCS").
  it.each([
    [4, 1, 37],
    [4, 0, 20],
    [3, 1, 21],
    [3, 0, 12],
    [2, 0, 8],
  ] as const)(
    "counts the pictures that wait with %i layers above the lowest and %i groups ahead",
    (hierarchicalLevels, lookahead, pictures) => {
      expect(svtMemory(wide480, { ...medium, hierarchicalLevels, lookahead }).inputFrames).toBe(pictures);
    },
  );

  it("knows the size of a reference within 3 in a thousand: luma and two planes of chroma, as counted", () => {
    expect(Math.abs(svtMemory(wide480, medium).codedFrameBytes / (704_264 + 2 * 176_072) - 1)).toBeLessThan(0.003);
  });

  it("keeps the references of every group on its way with two processors, those of the slots with one", () => {
    expect(svtMemory(wide480, medium).codedFrames).toBe(9);
    expect(svtMemory(wide480, { ...medium, lp: 2 }).codedFrames).toBe(26);
    // 15 of 1080p counted, with the two being coded.
    expect(svtMemory(wide480, { ...medium, lp: 2, lookahead: 0, hierarchicalLevels: 3 }).codedFrames).toBe(13);
  });

  it("needs more where a slower preset tries more, and for 10 bits", () => {
    const bytes = ["superfast", "medium", "slow", "slower"].map((preset) => svtMemory(wide480, svtSettings(preset as "slow")).threadBytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
    expect(new Set(bytes).size).toBe(4);
    expect(svtMemory({ ...wide480, bitDepth: 10 }, medium).threadBytes).toBeGreaterThan(svtMemory(wide480, medium).threadBytes);
  });
});
