import { describe, expect, it } from "vitest";
import { type Chunk, cutChunks as cut, earlierEntry } from "../../src/media/chunks.ts";
import type { VideoTrack } from "../../src/media/container/index.ts";
import { lowerBound, tickAt } from "../../src/media/ticks.ts";

/** A track of `frames` frames at 30 per second in ticks of 1/15360, with a sync frame at each of `keys`. */
function track(frames: number, keys: number[], spacing = 512): VideoTrack {
  const ticks = Float64Array.from({ length: frames }, (_, at) => at * spacing);
  return {
    ticks,
    keyframes: Uint32Array.from(keys),
    keySeekTicks: Float64Array.from(keys, (key) => key * spacing),
    timeBase: { num: 1, den: 15360 },
    frameRate: { num: 30, den: 1 },
    lastDurationTicks: spacing,
  } as unknown as VideoTrack;
}

/** Chunks of the first `frames` frames. */
function cutChunks(video: VideoTrack, frames: number): Chunk[] {
  return cut(video, {
    sourceFrames: { first: 0, end: frames },
    frameMap: undefined,
    isCuttable: true,
    canSeek: true,
    frameRate: video.frameRate,
  });
}

const every = (frames: number, step: number): number[] => Array.from({ length: Math.ceil(frames / step) }, (_, at) => at * step);

describe("cutChunks", () => {
  it("covers every frame once and in order, whatever the length and the key frame distance", () => {
    for (const frames of [1, 2, 59, 300, 301, 360, 599, 601, 1000, 10_883]) {
      for (const step of [1, 7, 60, 250, 1000, 20_000]) {
        const chunks = cutChunks(track(frames, every(frames, step)), frames);
        let next = 0;
        for (const chunk of chunks) {
          expect(chunk.firstFrame).toBe(next);
          expect(chunk.endFrame).toBeGreaterThan(chunk.firstFrame);
          next = chunk.endFrame;
        }
        expect(next).toBe(frames);
      }
    }
  });

  it("cuts 12 seconds with a key frame every 2 into two chunks of 6", () => {
    const chunks = cutChunks(track(360, every(360, 60)), 360);
    expect(chunks.map((chunk) => [chunk.firstFrame, chunk.endFrame])).toEqual([
      [0, 180],
      [180, 360],
    ]);
  });

  it("cuts where an encoder begins a group of pictures anyway: every 250 frames, about 10 seconds, 20 at most", () => {
    const firstCut = (framesPerSecond: number): number | undefined => {
      const video = {
        ...track(3000, every(3000, 25)),
        timeBase: { num: 1, den: 512 * framesPerSecond },
        frameRate: { num: framesPerSecond, den: 1 },
      };
      const sourceFrames = { first: 0, end: 3000 };
      return cut(video, { sourceFrames, frameMap: undefined, isCuttable: true, canSeek: true, frameRate: video.frameRate })[0]?.endFrame;
    };
    expect([60, 30, 25, 24, 13].map(firstCut)).toEqual([500, 250, 250, 250, 250]);
    expect(firstCut(5)).toBe(100);
  });

  it("keeps chunks between 2 and 10 seconds while key frames allow it", () => {
    const chunks = cutChunks(track(10_883, every(10_883, 45)), 10_883);
    for (const chunk of chunks) {
      const seconds = (chunk.endFrame - chunk.firstFrame) / 30;
      expect(seconds).toBeGreaterThanOrEqual(2);
      expect(seconds).toBeLessThanOrEqual(10);
    }
  });

  it("cuts inside a group of pictures of 20 seconds, with the pre-roll this costs on record", () => {
    const chunks = cutChunks(track(600, [0]), 600);
    expect(chunks.map((chunk) => [chunk.firstFrame, chunk.preRollFrames])).toEqual([
      [0, 0],
      [200, 200],
    ]);
    expect(chunks[1]?.seekTick).toBe(0);
  });

  it("makes a longer chunk where the pre-roll would be above 15 % of the work", () => {
    for (const chunk of cutChunks(track(3000, [0]), 3000)) {
      expect(chunk.preRollFrames * 0.125).toBeLessThanOrEqual(0.15 * (chunk.endFrame - chunk.firstFrame));
    }
  });

  it("depends on the frames that are used and not on what follows them", () => {
    const long = cutChunks(track(1200, every(1200, 60)), 120);
    expect(long).toHaveLength(1);
    expect(long[0]?.endFrame).toBe(120);
  });
});

describe("cutChunks of a part, or at another rate", () => {
  const video = track(900, every(900, 60));
  const whole = { isCuttable: true, canSeek: true, frameRate: { num: 30, den: 1 } };

  it("counts frames of the output from 0 and cuts at keyframes of the input", () => {
    const chunks = cut(video, { sourceFrames: { first: 45, end: 645 }, frameMap: undefined, ...whole });
    expect(chunks.map(({ firstFrame, endFrame }) => [firstFrame, endFrame])).toEqual([
      [0, 195],
      [195, 375],
      [375, 600],
    ]);
    expect(chunks[0]).toMatchObject({ startTick: 45 * 512, endTick: 240 * 512, seekTick: 0, preRollFrames: 45 });
    expect(chunks[2]).toMatchObject({ startTick: 420 * 512, endTick: 645 * 512, seekTick: 420 * 512, preRollFrames: 0 });
  });

  it("reads one frame of the input more than it shows where the rate changes", () => {
    const frameMap = Uint32Array.from({ length: 300 }, (_, at) => 2 * at);
    const chunks = cut(video, { sourceFrames: { first: 0, end: 600 }, frameMap, ...whole, frameRate: { num: 15, den: 1 } });
    expect(chunks.map(({ firstFrame, endFrame }) => [firstFrame, endFrame])).toEqual([
      [0, 150],
      [150, 300],
    ]);
    expect(chunks[0]?.endTick).toBe(300 * 512);
    expect(chunks[1]?.startTick).toBe(300 * 512);
    expect(chunks[1]?.endTick).toBe(600 * 512);
  });

  it("decodes from the first frame where no keyframe can be sought", () => {
    const chunks = cut(video, { sourceFrames: { first: 300, end: 900 }, frameMap: undefined, ...whole, canSeek: false });
    expect(chunks).toMatchObject([{ firstFrame: 0, endFrame: 600, seekTick: undefined, preRollFrames: 300, startTick: 300 * 512 }]);
  });

  it("makes one chunk of what must not be cut", () => {
    expect(cut(video, { sourceFrames: { first: 0, end: 900 }, frameMap: undefined, ...whole, isCuttable: false })).toHaveLength(1);
  });
});

describe("earlierEntry", () => {
  it("goes back one sync frame, and to the start of the file from the first", () => {
    const video = track(360, every(360, 60));
    const second = cutChunks(video, 360)[1];
    expect(second?.seekTick).toBe(180 * 512);
    const back = second && earlierEntry(video, second);
    expect(back?.seekTick).toBe(120 * 512);
    expect(back?.preRollFrames).toBe(60);
    const first = track(360, [0]);
    expect(
      earlierEntry(first, {
        index: 1,
        firstFrame: 180,
        endFrame: 360,
        startTick: 180 * 512,
        endTick: undefined,
        seekTick: 0,
        preRollFrames: 180,
      }).seekTick,
    ).toBeUndefined();
  });
});

describe("tickAt", () => {
  it("gives the end of the last frame for the frame after it", () => {
    expect(tickAt(track(10, [0]), 10)).toBe(10 * 512);
    expect(tickAt({ ...track(10, [0]), lastDurationTicks: 0 }, 10)).toBe(10 * 512);
  });
});

describe("lowerBound", () => {
  it("finds the first value that is not below the wanted one", () => {
    const values = Float64Array.of(0, 10, 10, 20);
    expect([0, 1, 10, 11, 20, 21].map((wanted) => lowerBound(values, wanted))).toEqual([0, 1, 1, 3, 3, 4]);
  });
});
