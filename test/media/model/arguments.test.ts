import { describe, expect, it } from "vitest";
import { encoderArgs, x264Settings, x265Settings } from "../../../src/media/model/index.ts";

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
      ...["-c:v", "libx265", "-preset", "fast", "-threads", "1", "-x265-params"],
      "pools=2:frame-threads=1:rc-lookahead=15:lookahead-slices=8:bframes=4:b-adapt=0:ref=3:weightp=1:ctu=64:keyint=250:fps=30000/1001:open-gop=0",
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

  it("gives other arguments when any one setting is another", () => {
    for (const settings of [
      { codec: "h264", ...x264Settings("medium"), frameRate } as const,
      { codec: "hevc", ...x265Settings("medium", 2), frameRate } as const,
    ]) {
      const usual = encoderArgs(settings).join(" ");
      for (const [name, value] of Object.entries(settings)) {
        if (name === "codec") continue;
        const other =
          typeof value === "number" ? value + 1 : typeof value === "boolean" ? !value : name === "preset" ? "slow" : { num: 25, den: 1 };
        expect(encoderArgs({ ...settings, [name]: other }).join(" "), name).not.toBe(usual);
      }
    }
  });
});
