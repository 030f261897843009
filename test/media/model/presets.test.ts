import { describe, expect, it } from "vitest";
import { X264_PRESETS, x264Settings, x265Settings } from "../../../src/media/model/index.ts";

describe("x264Settings", () => {
  it("never asks for less lookahead, references or B-frames in a slower preset", () => {
    const rows = X264_PRESETS.map((preset) => x264Settings(preset));
    for (const [at, row] of rows.slice(1).entries()) {
      const faster = rows[at];
      expect(row.lookahead).toBeGreaterThanOrEqual(faster?.lookahead ?? 0);
      expect(row.refs).toBeGreaterThanOrEqual(faster?.refs ?? 0);
      expect(row.bframes).toBeGreaterThanOrEqual(faster?.bframes ?? 0);
    }
  });
});

describe("x265Settings", () => {
  it("codes as many pictures at once as x265 would on that many cores, and four at most", () => {
    expect([1, 2, 3, 4, 7, 8, 15, 16, 64].map((pools) => x265Settings("medium", pools).frameThreads)).toEqual([1, 1, 1, 2, 2, 3, 3, 4, 4]);
  });

  it("keeps lookahead longer than a run of B-frames, without which x265 refuses to start", () => {
    for (const preset of X264_PRESETS) {
      const settings = x265Settings(preset);
      expect(settings.lookahead).toBeGreaterThan(settings.bframes);
    }
  });
});
