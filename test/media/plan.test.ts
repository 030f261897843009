import { expect, it } from "vitest";
import { GIB, MIB } from "../../src/base/index.ts";
import type { EncoderChoice } from "../../src/media/encoder-choice.ts";
import { outputFormatOf } from "../../src/media/output-format.ts";
import { type PlanRequest, planCandidates } from "../../src/media/plan.ts";
import { engineWith, plainIndex, plainPicture } from "./plain-video.ts";

const H264: EncoderChoice = { codec: "h264", encoder: "libx264", other: undefined };
const HEVC: EncoderChoice = { codec: "hevc", encoder: "libx265", other: undefined };
const VP9: EncoderChoice = { codec: "vp9", encoder: "libvpx-vp9", other: undefined };
const SVT: EncoderChoice = { codec: "av1", encoder: "libsvtav1", other: undefined };
const AOM: EncoderChoice = { codec: "av1", encoder: "libaom-av1", other: undefined };
const other = (takesThreads: boolean): EncoderChoice => ({
  codec: "other",
  encoder: "some",
  other: { name: "some", makes: "mpeg4", pixelFormats: [], takesThreads, hasCrf: false },
});

function candidatesOf(choice: EncoderChoice, threads: number, more: Partial<PlanRequest> = {}) {
  const frames = 1000;
  const video = { width: 1920, height: 1080, ticks: Float64Array.from({ length: frames }, (_, at) => at) };
  const chunk = (index: number) => ({ index, firstFrame: index * 200, endFrame: index * 200 + 200, preRollFrames: 0 });
  return planCandidates({
    engine: engineWith({}),
    index: { ...plainIndex(video), byteLength: 10 * MIB },
    picture: plainPicture(video),
    choice,
    preset: "medium",
    rate: { kind: "quality", crf: 23 },
    options: { settings: {}, args: [], parameters: [], isCuttable: true },
    carry: { streams: [], video: 0, chapters: [], timecode: undefined, losses: [] },
    format: outputFormatOf("a.mkv", undefined),
    threads,
    chunks: [0, 1, 2, 3, 4].map((index) => ({ ...chunk(index), startTick: index * 200, endTick: undefined, seekTick: undefined })),
    lanes: undefined,
    canPark: true,
    ...more,
  });
}

it.each([
  ["one core has one lane", H264, 1, 1],
  ["two cores two of x264", H264, 2, 2],
  ["and one of x265, which codes two pictures at once", HEVC, 2, 1],
  ["many cores more of both", H264, 16, 4],
  ["many cores more of both", HEVC, 16, 4],
  ["libvpx and libaom are as x264", VP9, 2, 2],
  ["libvpx and libaom are as x264", AOM, 2, 2],
  ["SVT-AV1 fills the cores itself", SVT, 16, 1],
  ["an encoder nobody knows has lanes in place of threads", other(false), 2, 2],
  ["or threads", other(true), 2, 1],
])("%s", (_what, choice, threads, lanes) => {
  const [first] = candidatesOf(choice, threads);
  expect(first?.lanes).toBe(lanes);
  expect(first?.usefulLanes).toBe(lanes);
  expect(first?.lowered).toEqual([]);
});

it("there are never more lanes than chunks, and as many as were asked for else", () => {
  const chunks = [{ index: 0, firstFrame: 0, endFrame: 1000, startTick: 0, endTick: undefined, seekTick: undefined, preRollFrames: 0 }];
  expect(candidatesOf(H264, 16, { chunks })[0]?.lanes).toBe(1);
  expect(new Set(candidatesOf(H264, 2, { lanes: 3 }).map(({ lanes }) => lanes))).toEqual(new Set([3]));
});

it("memory buys quality before lanes: settings that are lowered have one lane", () => {
  const candidates = candidatesOf(H264, 2);
  expect(candidates.slice(0, 2).map(({ lanes, lowered }) => [lanes, lowered.length])).toEqual([
    [2, 0],
    [1, 0],
  ]);
  expect(candidates.slice(2).every(({ lanes, lowered, usefulLanes }) => lanes === 1 && lowered.length > 0 && usefulLanes === 2)).toBe(true);
  expect(candidates[0]?.peakBytes).toBeGreaterThan((candidates[1]?.peakBytes ?? GIB) * 1.5);
});
