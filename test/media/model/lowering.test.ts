import { describe, expect, it } from "vitest";
import {
  aomSettings,
  describeLowering,
  type EncoderSettings,
  type LaneShape,
  loweringLadder,
  predictLane,
  svtSettings,
  vp9Settings,
  X264_PRESETS,
  x264Settings,
  x265Settings,
} from "../../../src/media/model/index.ts";

const picture = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0" } as const;

function laneOf(encoder: EncoderSettings): LaneShape {
  const decoder = { ...picture, codec: "h264", dpbFrames: 4, threads: 1 } as const;
  return { ...picture, engine, decoder, encoder, frames: 300 };
}

const coresOf = (encoder: EncoderSettings) => (encoder.codec === "h264" && encoder.threads === 1 ? 1 : 2);
const ladderOf = (encoder: EncoderSettings) => loweringLadder(encoder, laneOf(encoder), coresOf(encoder));
const bytesOf = (encoder: EncoderSettings) => predictLane(laneOf(encoder)).totalBytes;
const blockEncoders = X264_PRESETS.flatMap((preset) => [
  { codec: "h264", ...x264Settings(preset, 3) } as const,
  { codec: "h264", ...x264Settings(preset, 1) } as const,
  { codec: "hevc", ...x265Settings(preset, 2) } as const,
  { codec: "hevc", ...x265Settings(preset, 8) } as const,
]);
const engine = { major: 5, minor: 1, isStatic: false };
const everything: EncoderSettings[] = [
  ...blockEncoders,
  ...X264_PRESETS.flatMap((preset) => [
    { codec: "vp9", ...vp9Settings(preset, 8) } as const,
    { codec: "vp9", ...vp9Settings(preset, 2, 2) } as const,
    { codec: "av1", encoder: "libsvtav1", ...svtSettings(preset, 8) } as const,
    { codec: "av1", encoder: "libaom-av1", ...aomSettings(preset, 8, engine) } as const,
  ]),
  { codec: "other", encoder: "mpeg4", makes: "mpeg4", threads: 4 },
];

describe("loweringLadder", () => {
  it("needs less memory on every step, from every preset", () => {
    for (const encoder of everything) {
      let bytes = bytesOf(encoder);
      for (const [at, settings] of ladderOf(encoder).entries()) {
        expect(bytesOf(settings), `${JSON.stringify(encoder)}, step ${at + 1}`).toBeLessThan(bytes);
        bytes = bytesOf(settings);
      }
    }
  });

  it("never raises what the preset asked for", () => {
    for (const encoder of blockEncoders) {
      for (const settings of ladderOf(encoder)) {
        if (settings.codec !== encoder.codec) throw new Error("another codec");
        expect(settings.lookahead).toBeLessThanOrEqual(encoder.lookahead);
        expect(settings.bframes).toBeLessThanOrEqual(encoder.bframes);
        expect(settings.refs).toBeLessThanOrEqual(encoder.refs);
        expect(settings.bAdapt).toBeLessThanOrEqual(encoder.bAdapt);
      }
    }
  });

  it("keeps x265's lookahead longer than its runs of B-frames, without which it refuses to start", () => {
    for (const encoder of blockEncoders) {
      for (const settings of ladderOf(encoder)) if (settings.codec === "hevc") expect(settings.lookahead).toBeGreaterThan(settings.bframes);
    }
  });

  it("gives up the cheapest first: lookahead that buys little, a thread, slices, then pictures that refer to each other", () => {
    const wanted = { codec: "h264", ...x264Settings("medium", 3) } as const;
    const steps = [wanted, ...ladderOf(wanted)].map((settings) => {
      if (settings.codec !== "h264") throw new Error("another codec");
      const threads = `${settings.threads}${settings.slicedThreads ? " slices" : ""}`;
      return `${threads} lookahead ${settings.lookahead} b ${settings.bframes} ref ${settings.refs}`;
    });
    expect(steps).toEqual([
      "3 lookahead 40 b 3 ref 3",
      "3 lookahead 30 b 3 ref 3",
      "3 lookahead 20 b 3 ref 3",
      "2 lookahead 20 b 3 ref 3",
      "2 lookahead 15 b 3 ref 3",
      "2 slices lookahead 15 b 3 ref 3",
      "2 slices lookahead 12 b 3 ref 3",
      "2 slices lookahead 10 b 3 ref 3",
      "2 slices lookahead 8 b 3 ref 3",
      "2 slices lookahead 5 b 3 ref 3",
      "2 slices lookahead 5 b 1 ref 2",
      "2 slices lookahead 5 b 0 ref 1",
      "2 slices lookahead 0 b 0 ref 1",
    ]);
  });

  it("reaches the promised low end: 1080p medium below 128 MiB, 4K below 560 MiB", () => {
    const encoder = { codec: "h264", ...x264Settings("medium", 3) } as const;
    const last = ladderOf(encoder).at(-1) ?? encoder;
    expect(bytesOf(last)).toBeLessThan(128 * 2 ** 20);
    const large = { ...laneOf(last), width: 3840, height: 2160 };
    expect(predictLane({ ...large, decoder: { ...large.decoder, width: 3840, height: 2160 } }).totalBytes).toBeLessThan(560 * 2 ** 20);
  });
});

describe("describeLowering", () => {
  const wanted = { codec: "h264", ...x264Settings("medium", 3) } as const;

  it("has a line with its price for each setting that is lower, and none where nothing is", () => {
    expect(describeLowering(wanted, wanted)).toEqual([]);
    expect(describeLowering(wanted, { ...wanted, lookahead: 20, refs: 2, slicedThreads: true, threads: 2 })).toEqual([
      { setting: "rc-lookahead", from: "40", to: "20", price: "about +0.5 % bitrate at equal PSNR" },
      { setting: "ref", from: "3", to: "2", price: "about +0.2 % bitrate at equal PSNR" },
      { setting: "threads", from: "3 frame", to: "2 sliced", price: "about +2.0 % bitrate at equal PSNR" },
    ]);
    expect(describeLowering(wanted, { ...wanted, threads: 2 })).toEqual([
      { setting: "threads", from: "3 frame", to: "2 frame", price: "no loss, fewer pictures coded at once" },
    ]);
  });

  it("tells a loss that was not measured from none", () => {
    const aom = { codec: "av1", encoder: "libaom-av1", ...aomSettings("medium", 4, engine) } as const;
    expect(describeLowering(aom, { ...aom, lag: 19, threads: 2 })).toEqual([
      { setting: "lag-in-frames", from: "35", to: "19", price: "a loss that was not measured" },
      { setting: "threads", from: "4", to: "2", price: "no loss, slower" },
    ]);
  });

  it("gives up SVT-AV1's processors first, then the cheaper of layers and lookahead", () => {
    const svt = { codec: "av1", encoder: "libsvtav1", ...svtSettings("medium", 2) } as const;
    expect(describeLowering(svt, { ...svt, lp: 1, hierarchicalLevels: 2, lookahead: 0 })).toEqual([
      { setting: "lookahead", from: "1", to: "0", price: "about +2.7 % bitrate at equal PSNR" },
      { setting: "hierarchical-levels", from: "4", to: "2", price: "about +2.7 % bitrate at equal PSNR" },
      { setting: "threads", from: "2", to: "1", price: "no loss, slower" },
    ]);
    const steps = ladderOf(svt).map((step) => describeLowering(svt, step).length);
    expect(steps).toEqual([1, 2, 3, 3]);
  });
});
