import { describe, expect, it } from "vitest";
import {
  aomSettings,
  defaultCrf,
  svtSettings,
  vp9Settings,
  X264_PRESETS,
  x264Settings,
  x265Settings,
} from "../../../src/media/model/index.ts";

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
  it("codes two pictures at once from two cores on, and four at most", () => {
    expect([1, 2, 3, 4, 7, 8, 15, 16, 64].map((pools) => x265Settings("medium", pools).frameThreads)).toEqual([1, 2, 2, 2, 2, 3, 3, 4, 4]);
  });

  it("keeps lookahead longer than a run of B-frames, without which x265 refuses to start", () => {
    for (const preset of X264_PRESETS) {
      const settings = x265Settings(preset);
      expect(settings.lookahead).toBeGreaterThan(settings.bframes);
    }
  });
});

describe("presets of encoders that number theirs", () => {
  const engine = { major: 5, minor: 1, isStatic: false };

  it("are plain ffmpeg's own at medium, and never faster for a slower one", () => {
    expect(vp9Settings("medium").cpuUsed).toBe(1);
    expect(svtSettings("medium").speed).toBe(10);
    expect(aomSettings("medium", 2, engine)).toMatchObject({ cpuUsed: 1, lag: 35 });
    for (const speeds of [
      X264_PRESETS.map((preset) => vp9Settings(preset).cpuUsed),
      X264_PRESETS.map((preset) => svtSettings(preset).speed),
      X264_PRESETS.map((preset) => aomSettings(preset, 2, engine).cpuUsed),
    ]) {
      expect(speeds).toEqual([...speeds].sort((a, b) => b - a));
    }
  });

  it("give libvpx two threads at least, and pictures to hold back only where there is a second pass", () => {
    expect(vp9Settings("fast", 1)).toMatchObject({ threads: 2, lag: 0 });
    expect(vp9Settings("fast", 6, 2)).toMatchObject({ threads: 6, lag: 25 });
  });

  it("ask old libaom for no more lookahead than it takes", () => {
    expect(aomSettings("fast", 2, { major: 4, minor: 1, isStatic: true }).lag).toBe(19);
  });
});

describe("defaultCrf", () => {
  it("is the encoder's own", () => {
    expect(["libx264", "libx265", "libvpx-vp9", "libsvtav1", "libaom-av1"].map((name) => defaultCrf(name as "libx264"))).toEqual([
      23, 28, 32, 35, 32,
    ]);
  });
});
