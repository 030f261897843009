/**
 * Where a video is cut into chunks. The cuts depend on the input alone, so the same input gives the same video packets at any
 * memory limit at which the plan lowers nothing.
 */
import { assert } from "../base/index.ts";
import type { VideoTrack } from "./container/types.ts";

/** Frames [first, end) of the displayed frames, and the sync packet whose time the decoder is sent to. */
export type Chunk = {
  readonly index: number;
  readonly firstFrame: number;
  readonly endFrame: number;
  /** Tick of the sync packet to seek to; undefined = decode from the start of the file. */
  readonly seekTick: number | undefined;
  /** Frames decoded and thrown away before the first of the chunk. */
  readonly preRollFrames: number;
};

const SHORTEST_SECONDS = 2;
const LONGEST_SECONDS = 10;
/** Decoding a frame costs about an eighth of decoding and encoding it (x264 medium, 1080p, measured): 15 % of the work at most is pre-roll. */
const PRE_ROLL_FRAMES_PER_FRAME = 0.15 * 8;

/**
 * Cuts frames [0, frameCount) at keyframes into chunks of 2 to 10 s. A group of pictures longer than that is cut inside while the
 * pre-roll stays under 15 % of the work; else the chunk is longer.
 *
 * @param frameCount - displayed frames to use, counted from the first; at least 1
 */
export function cutChunks(video: VideoTrack, frameCount: number): Chunk[] {
  assert(frameCount >= 1 && frameCount <= video.ticks.length, "chunks need frames");
  const secondsPerTick = video.timeBase.num / video.timeBase.den;
  const secondsAt = (frame: number): number => tickAt(video, frame) * secondsPerTick;
  const endSeconds = secondsAt(frameCount);
  const chunks: Chunk[] = [];
  let first = 0;
  while (first < frameCount) {
    const startSeconds = secondsAt(first);
    const leftSeconds = endSeconds - startSeconds;
    let end = frameCount;
    if (leftSeconds > LONGEST_SECONDS) {
      const aimSeconds = startSeconds + leftSeconds / Math.ceil(leftSeconds / LONGEST_SECONDS);
      end = nextCut(video, frameCount, first, { startSeconds, aimSeconds, endSeconds, secondsAt });
    }
    chunks.push({ index: chunks.length, firstFrame: first, endFrame: end, ...entryPoint(video, first) });
    first = end;
  }
  return chunks;
}

type CutRequest = {
  readonly startSeconds: number;
  readonly aimSeconds: number;
  readonly endSeconds: number;
  readonly secondsAt: (frame: number) => number;
};

function nextCut(video: VideoTrack, frameCount: number, first: number, at: CutRequest): number {
  const fits = (frame: number): boolean => {
    const seconds = at.secondsAt(frame);
    return seconds - at.startSeconds >= SHORTEST_SECONDS && at.endSeconds - seconds >= SHORTEST_SECONDS;
  };
  let best: number | undefined;
  let after: number | undefined;
  for (const key of video.keyframes) {
    if (key <= first || key >= frameCount || !fits(key)) continue;
    const seconds = at.secondsAt(key);
    if (seconds - at.startSeconds > LONGEST_SECONDS) {
      after = key;
      break;
    }
    if (best === undefined || Math.abs(seconds - at.aimSeconds) < Math.abs(at.secondsAt(best) - at.aimSeconds)) best = key;
  }
  if (best !== undefined) return best;
  const inside = frameAtSeconds(video, frameCount, at.aimSeconds);
  const longestPreRoll = (inside - first) * PRE_ROLL_FRAMES_PER_FRAME;
  if (inside > first && fits(inside) && entryPoint(video, inside).preRollFrames <= longestPreRoll) return inside;
  return after ?? frameCount;
}

/** The last sync packet at or before a frame. */
function entryPoint(video: VideoTrack, frame: number): { seekTick: number | undefined; preRollFrames: number } {
  if (frame === 0) return { seekTick: undefined, preRollFrames: 0 };
  const tick = video.ticks[frame] ?? 0;
  const seekTick = lastAtOrBefore(video.keySeekTicks, tick);
  if (seekTick === undefined) return { seekTick: undefined, preRollFrames: frame };
  const shownFrom = lowerBound(video.ticks, seekTick);
  return { seekTick, preRollFrames: frame - shownFrom };
}

/** The sync packet before the one a chunk seeks to, for a second try on streams whose first one does not decode cleanly. */
export function earlierEntry(video: VideoTrack, chunk: Chunk): Chunk {
  const seekTick = chunk.seekTick === undefined ? undefined : lastAtOrBefore(video.keySeekTicks, chunk.seekTick - 1);
  const shownFrom = seekTick === undefined ? 0 : lowerBound(video.ticks, seekTick);
  return { ...chunk, seekTick, preRollFrames: chunk.firstFrame - shownFrom };
}

/** Tick of a displayed frame; for the frame after the last, where the last one ends. */
export function tickAt(video: VideoTrack, frame: number): number {
  const tick = video.ticks[frame];
  if (tick !== undefined) return tick;
  const last = video.ticks[video.ticks.length - 1] ?? 0;
  const nominal = (video.frameRate.den * video.timeBase.den) / (video.frameRate.num * video.timeBase.num);
  return last + (video.lastDurationTicks > 0 ? video.lastDurationTicks : Math.max(1, Math.round(nominal)));
}

function frameAtSeconds(video: VideoTrack, frameCount: number, seconds: number): number {
  const tick = (seconds * video.timeBase.den) / video.timeBase.num;
  return Math.min(frameCount, lowerBound(video.ticks, tick));
}

/** Index of the first value >= wanted in an ascending array. */
export function lowerBound(values: Float64Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lastAtOrBefore(values: Float64Array, wanted: number): number | undefined {
  const index = lowerBound(values, wanted + 1) - 1;
  return index >= 0 ? values[index] : undefined;
}
