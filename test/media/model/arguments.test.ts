import { describe, expect, it } from "vitest";
import {
  aomSettings,
  encoderArgs,
  encoderName,
  svtSettings,
  vp9Settings,
  x264Settings,
  x265Settings,
} from "../../../src/media/model/index.ts";

const frameRate = { num: 30_000, den: 1001 };

describe("encoderArgs", () => {
  it("spells out everything x264's memory depends on, in one parameter list", () => {
    const settings = { codec: "h264", ...x264Settings("medium", 2), slicedThreads: true, lookaheadThreads: 2, frameRate } as const;
    expect(encoderArgs(settings, ["stitchable=1"])).toEqual([
      ...["-c:v", "libx264", "-preset", "medium", "-threads", "2", "-x264-params"],
      "threads=2:sliced-threads=1:lookahead-threads=2:rc-lookahead=40:mbtree=1:bframes=3:b-adapt=1:ref=3:weightp=2:keyint=250:fps=30000/1001:stitchable=1",
    ]);
  });

  it("spells out everything x265's memory depends on, in one parameter list", () => {
    const settings = { codec: "hevc", ...x265Settings("fast", 2), frameRate } as const;
    expect(encoderArgs(settings, ["open-gop=0"])).toEqual([
      ...["-c:v", "libx265", "-preset", "fast", "-threads", "2", "-x265-params"],
      "pools=2:frame-threads=2:rc-lookahead=15:lookahead-slices=8:bframes=4:b-adapt=0:ref=3:weightp=1:ctu=64:keyint=250:fps=30000/1001:open-gop=0",
    ]);
  });

  it("switches x264's lookahead thread off where the forecast goes without it", () => {
    const settings = { codec: "h264", ...x264Settings("medium", 3) } as const;
    expect(encoderArgs(settings).at(-1)).not.toContain("sync-lookahead");
    expect(encoderArgs({ ...settings, syncLookahead: 0 }).at(-1)).toContain(":sync-lookahead=0:");
  });

  it("switches macroblock tree off without lookahead, which x264 would do with a warning", () => {
    const [list] = encoderArgs({ codec: "h264", ...x264Settings("medium"), lookahead: 0 }).slice(-1);
    expect(list).toContain("rc-lookahead=0:mbtree=0");
  });

  it("tells libvpx everything its memory and its packets depend on", () => {
    expect(encoderArgs({ codec: "vp9", ...vp9Settings("medium", 4) })).toEqual([
      ...["-c:v", "libvpx-vp9", "-deadline", "good", "-cpu-used", "1", "-row-mt", "1", "-threads", "4"],
      ...["-tile-columns", "6", "-lag-in-frames", "0", "-b:v", "0"],
    ]);
  });

  it("tells SVT-AV1 everything its memory depends on, in one parameter list", () => {
    const settings = { codec: "av1", encoder: "libsvtav1", ...svtSettings("medium", 2) } as const;
    expect(encoderArgs(settings, ["tune=0"])).toEqual([
      ...["-c:v", "libsvtav1", "-preset", "10", "-svtav1-params", "lp=2:lookahead=16:hierarchical-levels=4:tune=0"],
    ]);
    expect(encoderArgs({ ...settings, lookahead: 0, hierarchicalLevels: 3 }).at(-1)).toBe("lp=2:lookahead=0:hierarchical-levels=3");
  });

  it("tells libaom everything its memory depends on, and ffmpeg 4 that it may be used", () => {
    const engine = { major: 5, minor: 1, isStatic: false };
    expect(encoderArgs({ codec: "av1", encoder: "libaom-av1", ...aomSettings("fast", 2, engine) })).toEqual([
      ...["-c:v", "libaom-av1", "-strict", "experimental", "-cpu-used", "3", "-row-mt", "1", "-threads", "2"],
      ...["-lag-in-frames", "35", "-b:v", "0"],
    ]);
  });

  it("gives other arguments when any one setting is another", () => {
    for (const settings of [
      { codec: "h264", ...x264Settings("medium"), frameRate } as const,
      { codec: "hevc", ...x265Settings("medium", 2), frameRate } as const,
      { codec: "vp9", ...vp9Settings("medium", 2) } as const,
      { codec: "av1", encoder: "libsvtav1", ...svtSettings("medium", 2), lookahead: 0 } as const,
      { codec: "av1", encoder: "libaom-av1", ...aomSettings("medium", 2, { major: 5, minor: 1, isStatic: false }) } as const,
    ]) {
      const usual = encoderArgs(settings).join(" ");
      for (const [name, value] of Object.entries(settings)) {
        // libvpx, SVT-AV1 and libaom know a preset by its number only.
        if (name === "codec" || name === "encoder" || (name === "preset" && !encoderName(settings).startsWith("libx"))) continue;
        const other =
          typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : name === "preset" ? "slow" : { num: 25, den: 1 };
        expect(encoderArgs({ ...settings, [name]: other }).join(" "), name).not.toBe(usual);
      }
    }
  });
});
