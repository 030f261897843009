import { describe, expect, it } from "vitest";
import {
  aomSettings,
  decodedPictures,
  describeEncoder,
  type EncoderSettings,
  svtSettings,
  vp9Settings,
  x264Settings,
  x265Settings,
} from "../../../src/media/model/index.ts";

const engine = { major: 5, minor: 1, isStatic: false };
const h264 = { codec: "h264", ...x264Settings("medium", 3) } as const;
const hevc = { codec: "hevc", ...x265Settings("medium", 2) } as const;
const vp9 = { codec: "vp9", ...vp9Settings("medium", 2) } as const;
const svt = { codec: "av1", encoder: "libsvtav1", ...svtSettings("medium", 2) } as const;
const aom = { codec: "av1", encoder: "libaom-av1", ...aomSettings("medium", 2, engine) } as const;

describe("describeEncoder", () => {
  it.each<[EncoderSettings, string]>([
    [h264, "h264 medium crf 30, 3 frame threads, lookahead 40, 3 B-frames, 3 references"],
    [{ ...h264, slicedThreads: true }, "h264 medium crf 30, 3 sliced threads, lookahead 40, 3 B-frames, 3 references"],
    [hevc, "hevc medium crf 30, 2 threads, 2 frames at once, lookahead 20, 4 B-frames, 3 references"],
    [vp9, "vp9 medium crf 30, 2 threads, lag 0"],
    [svt, "av1 medium crf 30, SVT-AV1, 2 processors, groups of 16, lookahead 1"],
    [aom, "av1 medium crf 30, libaom, 2 threads, lag 35"],
  ])("tells the settings that memory depends on", (settings, text) => {
    expect(describeEncoder(settings, "crf 30")).toBe(text);
  });
});

describe("decodedPictures", () => {
  it("is what a decoder of the result may hold: references and what is shown later, or the slots the encoder fills", () => {
    expect(decodedPictures(h264)).toBe(5);
    expect(decodedPictures({ ...h264, refs: 16 })).toBe(16);
    expect(decodedPictures({ ...hevc, bframes: 0, refs: 1 })).toBe(2);
    expect(decodedPictures(vp9)).toBe(4);
    expect(decodedPictures({ ...vp9, lag: 25 })).toBe(8);
    expect(decodedPictures(svt)).toBe(8);
  });
});
