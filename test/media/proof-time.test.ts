import { describe, expect, it } from "vitest";
import type { MediaIndex } from "../../src/media/container/index.ts";
import type { Picture } from "../../src/media/picture.ts";
import { type PictureClaim, proveTime as prove, type TimeProof } from "../../src/media/proof-time.ts";
import { startSeconds } from "../../src/media/timeline.ts";

type Shape = { ticks: number[]; den: number; container?: string; soundStart?: number };

/** An index with just what the proof reads; sound in milliseconds. */
function index({ ticks, den, container = "mp4", soundStart }: Shape): MediaIndex {
  const audio = soundStart === undefined ? [] : [{ streamIndex: 1, startTicks: soundStart, timeBase: { num: 1, den: 1000 } }];
  return { container, video: { ticks: Float64Array.from(ticks), timeBase: { num: 1, den } }, audio } as unknown as MediaIndex;
}

/** Claims that the output shows all frames of the input. */
function proveTime(input: MediaIndex, output: MediaIndex, isEncoded: boolean, length?: PictureClaim): TimeProof {
  const { ticks, timeBase } = input.video;
  const offsetSeconds = ((ticks[0] ?? 0) * timeBase.num) / timeBase.den - startSeconds(input);
  const picture = { ...input.video, startSeconds: 0, offsetSeconds } as unknown as Picture;
  return prove(output, { input, picture, sound: { streamIndex: 1, isEncoded }, length });
}

const thirty = Array.from({ length: 30 }, (_, at) => at * 512);

describe("proveTime", () => {
  it("accepts the same ticks, also from another start", () => {
    const shifted = thirty.map((tick) => tick + 15_360);
    const proof = proveTime(index({ ticks: thirty, den: 15_360 }), index({ ticks: shifted, den: 15_360 }), false);
    expect(proof).toMatchObject({ framesIn: 30, framesOut: 30, soundShiftSeconds: 0 });
    expect(proof.worstSeconds).toBeLessThan(1e-9);
  });

  it("names a missing frame", () => {
    expect(() => proveTime(index({ ticks: thirty, den: 15_360 }), index({ ticks: thirty.slice(1), den: 15_360 }), false)).toThrow(
      /29 frames.*30/,
    );
  });

  it("names a frame that is one tick off in MP4", () => {
    const moved = thirty.map((tick, at) => (at === 7 ? tick + 2 : tick));
    expect(() => proveTime(index({ ticks: thirty, den: 15_360 }), index({ ticks: moved, den: 15_360 }), false)).toThrow(
      /away from its time/,
    );
  });

  it("gives a frame that the input shows at the time of the one before it the next tick", () => {
    const twice = thirty.map((tick, at) => (at === 7 ? tick - 512 : tick));
    const stored = twice.map((tick, at) => (at === 7 ? tick + 1 : tick));
    proveTime(index({ ticks: twice, den: 15_360 }), index({ ticks: stored, den: 15_360 }), false);
    expect(() => proveTime(index({ ticks: thirty, den: 15_360 }), index({ ticks: stored, den: 15_360 }), false)).toThrow(/away from/);
  });

  it("accepts Matroska's rounding to milliseconds and nothing coarser", () => {
    const ntsc = Array.from({ length: 300 }, (_, at) => at * 1001);
    const rounded = ntsc.map((tick) => Math.round((tick + 400) / 30));
    const source = index({ ticks: ntsc, den: 30_000 });
    expect(proveTime(source, index({ ticks: rounded, den: 1000, container: "matroska" }), false).worstSeconds).toBeLessThanOrEqual(0.0005);
    const late = rounded.map((tick, at) => (at === 100 ? tick + 1 : tick));
    expect(() => proveTime(source, index({ ticks: late, den: 1000, container: "matroska" }), false)).toThrow(/away from its time/);
  });

  it("accepts the priming of sound only where there is one", () => {
    const source = index({ ticks: thirty, den: 15_360, soundStart: 0 });
    const shifted = { ticks: thirty, den: 15_360, soundStart: -21 };
    expect(() => proveTime(source, index(shifted), false)).toThrow(/21.0 ms further apart/);
    proveTime(source, index(shifted), true);
    proveTime(source, index({ ...shifted, container: "matroska" }), false);
    expect(() => proveTime(source, index({ ...shifted, soundStart: -95 }), true)).toThrow(/95.0 ms/);
  });

  it("accepts a picture as long as the input's to the tick of the movie, and nothing shorter", () => {
    const source = index({ ticks: thirty, den: 15_360 });
    const lasting = (seconds: number) => proveTime(source, source, false, { wantedSeconds: 1, found: { seconds, roundingSeconds: 0.001 } });
    lasting(1.001);
    expect(() => lasting(0.967)).toThrow(/0.967 s .* 1.000 s/);
    expect(() => lasting(1.5)).toThrow(/1.500 s .* 1.000 s/);
    expect(() => proveTime(source, source, false, { wantedSeconds: 1, found: undefined })).toThrow(/an unknown time/);
  });
});
