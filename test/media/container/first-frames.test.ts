import { describe, expect, it } from "vitest";
import { parseFirstFrames } from "../../../src/media/container/first-frames.ts";

const frame = (scan: string) =>
  `[Parsed_showinfo_0 @ 0x55f5ae2c0240] n:   0 pts:      0 pts_time:0       pos:      568 fmt:yuv420p10le sar:1/1 s:96x64 i:${scan} iskey:1 type:I`;
const note = (text: string) => `[Parsed_showinfo_0 @ 0x55f5ae2c0240]   side data - ${text}`;

describe("parseFirstFrames", () => {
  it("reads what 5.1 prints of a frame, progress lines in between", () => {
    const text = [
      "  Stream #0:0: Video: av1 (Main), yuv420p10le, 96x64",
      `frame=    1 fps=0.0 q=-0.0 size=N/A time=00:00:00.04 bitrate=N/A speed=N/A    ${frame("P")}`,
      note(
        "mastering display: has_primaries:1 has_luminance:1 r(0.6800,0.3200) g(0.2650,0.6900) b(0.1500 0.0600) wp(0.3127, 0.3290) min_luminance=0.000122, max_luminance=1000.000000",
      ),
      note("Content Light Level information: MaxCLL=1000, MaxFALL=400"),
      note("A/53 closed captions (60 bytes)"),
      note("User Data Unregistered:"),
    ].join("\n");
    expect(parseFirstFrames(text)).toEqual({
      fieldOrder: "progressive",
      features: ["mastering display", "content light level", "closed captions"],
      masteringDisplay: {
        primaries: [
          [34_000, 16_000],
          [13_250, 34_500],
          [7500, 3000],
          [15_635, 16_450],
        ],
        minLuminance: 1,
        maxLuminance: 10_000_000,
      },
      contentLight: { maxCll: 1000, maxFall: 400 },
    });
  });

  it("knows by number what 4.1 has no words for", () => {
    const text = [frame("T"), note("unknown side data type 11 (88 bytes)"), note("unknown side data type 14 (8 bytes)"), note("pan/scan")];
    expect(parseFirstFrames(text.join("\n"))).toEqual({ fieldOrder: "tff", features: ["mastering display", "content light level"] });
  });

  it("takes the first frame of fields for all, and gives no order when nothing was decoded", () => {
    expect(parseFirstFrames([frame("P"), frame("B"), frame("T")].join("\n")).fieldOrder).toBe("bff");
    expect(parseFirstFrames("title : n: 0 i:T iskey:1\n")).toEqual({ fieldOrder: undefined, features: [] });
  });
});
