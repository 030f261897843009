import { describe, expect, it } from "vitest";
import { combine, lowestLumaPsnr, psnrOf, scoreOf, summarise } from "../../src/media/proof-score.ts";
import { FrameLayout } from "../../src/memory/index.ts";

const layout = FrameLayout.of(64, 48, "yuv420p");

/** A frame whose luma differs by `difference` in every sample. */
const frame = (at: number, difference: number, sceneChange = 0) =>
  scoreOf(
    at,
    layout,
    [
      { squaredError: 64 * 48 * difference ** 2, ssim: 0.9 },
      { squaredError: 0, ssim: 1 },
      { squaredError: 0, ssim: 1 },
    ],
    sceneChange,
  );

describe("the score of a frame", () => {
  it("computes luma PSNR from the squared error", () => {
    expect(frame(0, 1).lumaPsnr).toBeCloseTo(48.13, 2);
    expect(frame(0, 0).lumaPsnr).toBe(Number.POSITIVE_INFINITY);
  });

  it("weights SSIM by samples", () => {
    expect(frame(0, 1).ssim).toBeCloseTo((4 * 0.9 + 1 + 1) / 6, 9);
  });
});

describe("outliers", () => {
  it("names a frame far below its chunk, and not one where a new scene begins", () => {
    const good = Array.from({ length: 9 }, (_, at) => frame(at, 1));
    expect(summarise([...good, frame(9, 12)], "", 20).outliers.map((outlier) => outlier.frame)).toEqual([9]);
    expect(summarise([...good, frame(9, 12, 60)], "", 20).outliers).toEqual([]);
  });

  it("names every frame of a chunk that shows something else", () => {
    expect(summarise([frame(0, 60), frame(1, 60)], "", 20).outliers).toHaveLength(2);
  });

  it("does not mind a good frame among better ones, equal ones included", () => {
    const better = Array.from({ length: 9 }, (_, at) => frame(at, 0));
    expect(summarise([...better, frame(9, 4)], "", 20).outliers).toEqual([]);
    expect(summarise([...better, frame(9, 12)], "", 20).outliers).toHaveLength(1);
  });

  it("does not mind a chunk that is coarse all over", () => {
    expect(summarise([frame(0, 20), frame(1, 21), frame(2, 22)], "", 20).outliers).toEqual([]);
  });
});

describe("lowestLumaPsnr", () => {
  it("falls by 6 dB per 6 steps of the quantiser, down to that of the coarsest", () => {
    expect(lowestLumaPsnr(22) - lowestLumaPsnr(28)).toBeCloseTo(6.02, 2);
    expect(lowestLumaPsnr(28)).toBeCloseTo(23.56, 1);
    expect(lowestLumaPsnr(51)).toBe(lowestLumaPsnr(47));
  });
});

describe("combine", () => {
  it("adds errors up before it takes the logarithm", () => {
    const both = combine([summarise([frame(0, 1)], "", 20), summarise([frame(1, 3)], "", 20)]);
    expect(both.frames).toBe(2);
    expect(both.psnr).toBeCloseTo(psnrOf(64 * 48 * 10, 64 * 48 * 1.5 * 2, 255), 9);
  });

  it("carries the first complaint", () => {
    expect(combine([summarise([], "", 20), summarise([frame(0, 1)], "the encoded chunk ends", 20)]).complaint).toBe(
      "the encoded chunk ends",
    );
  });
});
