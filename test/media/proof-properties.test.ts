import { describe, expect, it } from "vitest";
import { IoError } from "../../src/base/index.ts";
import type { VideoTrack } from "../../src/media/container/index.ts";
import { proveProperties } from "../../src/media/proof-properties.ts";
import { plainIndex, plainPicture } from "./plain-video.ts";

const RICH: Partial<VideoTrack> = {
  sar: { num: 32, den: 27 },
  rotation: 90,
  isMirrored: true,
  color: { range: "tv", primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc", chromaLocation: "topleft" },
  fieldOrder: "tff",
  sideData: ["closed captions", "content light level", "mastering display"],
  masteringDisplay: { primaries: [[1, 2]], maxLuminance: 3, minLuminance: 4 },
  contentLight: { maxCll: 1000, maxFall: 400 },
};

function prove(output: Partial<VideoTrack>, input = RICH, container: "mp4" | "matroska" = "mp4", codec = "h264"): void {
  proveProperties(plainIndex({ ...input, ...output }, container), plainPicture(input), codec);
}

describe("proveProperties", () => {
  it("accepts what the plan kept", () => {
    expect(() => prove({})).not.toThrow();
  });

  it.each<[string, Partial<VideoTrack>]>([
    ["codec", { codec: "hevc" }],
    ["size", { width: 190 }],
    ["pixel format", { pixelFormat: "yuv420p10le" }],
    ["sample aspect ratio", { sar: { num: 1, den: 1 } }],
    ["rotation", { rotation: 270 }],
    ["rotation", { isMirrored: false }],
    ["field order", { fieldOrder: "progressive" }],
    ["field order", { fieldOrder: "bff" }],
    ["colour range", { color: { ...RICH.color, range: "pc" } }],
    ["colour primaries", { color: { ...RICH.color, primaries: "bt709" } }],
    ["colour transfer", { color: { range: "tv", primaries: "bt2020", matrix: "bt2020nc", chromaLocation: "topleft" } }],
    ["colour matrix", { color: { ...RICH.color, matrix: "bt709" } }],
    ["chroma location", { color: { ...RICH.color, chromaLocation: "left" } }],
    ["video", { sideData: ["content light level", "mastering display"] }],
    ["mastering display", { masteringDisplay: { primaries: [[1, 2]], maxLuminance: 3, minLuminance: 5 } }],
    ["content light level", { contentLight: { maxCll: 1000, maxFall: 401 } }],
  ])("names a lost %s", (name, output) => {
    expect(() => prove(output)).toThrow(IoError);
    expect(() => prove(output)).toThrow(`the output's ${name} is`);
  });

  it("takes what streams always say for what inputs leave open", () => {
    expect(() =>
      prove({ color: { range: "tv", matrix: "bt470bg" }, sar: { num: 1, den: 1 }, fieldOrder: "unknown" }, { sar: { num: 0, den: 1 } }),
    ).not.toThrow();
    expect(() => prove({ color: { range: "pc" } }, {})).toThrow("colour range");
  });

  it("allows Matroska the rounding of its display size, and MP4 none", () => {
    const rounded = { sar: { num: 853, den: 720 } };
    expect(() => prove(rounded, RICH, "matroska")).not.toThrow();
    expect(() => prove(rounded)).toThrow("sample aspect ratio");
    expect(() => prove({ sar: { num: 6, den: 5 } }, RICH, "matroska")).toThrow("sample aspect ratio");
  });

  it("knows that gray H.264 is decoded to three planes", () => {
    expect(() => prove({ pixelFormat: "yuvj420p" }, { pixelFormat: "gray" })).not.toThrow();
    expect(() => prove({ pixelFormat: "yuv420p", codec: "hevc" }, { pixelFormat: "gray" }, "mp4", "hevc")).toThrow("pixel format");
  });
});
