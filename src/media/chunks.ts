/**
 * Where a video is cut into chunks. The cuts depend on the input alone, so the same input gives the same video packets at any
 * memory limit at which the plan lowers nothing.
 */
import { assert } from "../base/index.ts";
import type { Rational, VideoTrack } from "./container/types.ts";
import { type FrameMap, firstShowing } from "./frame-map.ts";
import { lowerBound, tickAt } from "./ticks.ts";

/** Frames [first, end) of the output, and what of the input they are made of. */
export type Chunk = {
  readonly index: number;
  readonly firstFrame: number;
  readonly endFrame: number;
  /** Ticks of the input's first frame that is used, and of the first one that is not any more: undefined = to its end. */
  readonly startTick: number;
  readonly endTick: number | undefined;
  /** Tick of the sync packet to seek to; undefined = decode from the start of the file. */
  readonly seekTick: number | undefined;
  /** Frames decoded and thrown away before the first of the chunk. */
  readonly preRollFrames: number;
};

const SHORTEST_SECONDS = 2;
const ABOUT_SECONDS = 10;
/** For slow pictures: what a failed chunk may cost. */
const LONGEST_SECONDS = 20;
/** x264 and x265 begin a group of pictures after so many frames at the latest. A cut there costs nothing; one elsewhere is a keyframe more. */
const GROUP_FRAMES = 250;
/** Decoding a frame costs about an eighth of decoding and encoding it (x264 medium, 1080p, measured): 15 % of the work at most is pre-roll. */
const PRE_ROLL_FRAMES_PER_FRAME = 0.15 * 8;

/** What of the input is used: frames [first, end), one for one or as a map says, with filters that may begin anywhere or not. */
export type CutRequest = {
  readonly sourceFrames: { readonly first: number; readonly end: number };
  readonly frameMap: FrameMap | undefined;
  /** Of the output. */
  readonly frameRate: Rational;
  readonly isCuttable: boolean;
  /** A decoder sent to a sync frame gives every frame from there on; else all frames are decoded from the first, in one chunk. */
  readonly canSeek: boolean;
};

/**
 * Cuts the picture at keyframes of the input into chunks of 2 to about 10 s. A group of pictures longer than that is cut inside while the
 * pre-roll stays under 15 % of the work; else the chunk is longer.
 */
export function cutChunks(video: VideoTrack, request: CutRequest): Chunk[] {
  const { first, end } = request.sourceFrames;
  assert(first < end && end <= video.ticks.length, "chunks need frames");
  const cuts = request.isCuttable && request.canSeek ? sourceCuts(video, first, end, longestSeconds(request.frameRate)) : [];
  const frames = framesAtCuts(cuts, request);
  return frames.slice(0, -1).map((firstFrame, index) => {
    const endFrame = frames[index + 1] ?? firstFrame;
    const used = sourceOf(firstFrame, request);
    const endSource = index + 2 < frames.length ? unusedAfter(endFrame, request) : end;
    return {
      index,
      firstFrame,
      endFrame,
      startTick: tickAt(video, used),
      endTick: endSource < video.ticks.length ? tickAt(video, endSource) : undefined,
      ...(request.canSeek ? entryPoint(video, used) : { seekTick: undefined, preRollFrames: used }),
    };
  });
}

/** The frame of the input that a frame of the output is made of. */
function sourceOf(frame: number, { sourceFrames, frameMap }: CutRequest): number {
  return frameMap === undefined ? sourceFrames.first + frame : (frameMap[frame] ?? sourceFrames.first);
}

/**
 * The first frame of the input that a chunk ending at `endFrame` has no use for. A change of rate reads one frame more than it shows: only
 * the next one tells how long a frame is shown.
 */
function unusedAfter(endFrame: number, request: CutRequest): number {
  const last = sourceOf(endFrame - 1, request);
  return Math.min(request.sourceFrames.end, request.frameMap === undefined ? last + 1 : last + 2);
}

/** Frames of the output at which chunks begin, and the one behind the last. */
function framesAtCuts(cuts: readonly number[], { sourceFrames, frameMap }: CutRequest): number[] {
  const count = frameMap === undefined ? sourceFrames.end - sourceFrames.first : frameMap.length;
  const frames = cuts.map((cut) => (frameMap === undefined ? cut - sourceFrames.first : firstShowing(frameMap, cut)));
  return [...new Set([0, ...frames.filter((frame) => frame < count), count])];
}

/** For sums of seconds that ought to be equal. */
const ROUNDING_SECONDS = 1e-6;

/** Whole groups of pictures of the encoder, so many as last about 10 s. */
function longestSeconds({ num, den }: Rational): number {
  const groupSeconds = (GROUP_FRAMES * den) / num;
  return Math.min(LONGEST_SECONDS, groupSeconds * Math.max(1, Math.floor(ABOUT_SECONDS / groupSeconds))) + ROUNDING_SECONDS;
}

/** Frames of the input at which chunks begin, without the first. */
function sourceCuts(video: VideoTrack, firstFrame: number, endFrame: number, longest: number): number[] {
  const secondsPerTick = video.timeBase.num / video.timeBase.den;
  const secondsAt = (frame: number): number => tickAt(video, frame) * secondsPerTick;
  const endSeconds = secondsAt(endFrame);
  const cuts: number[] = [];
  let first = firstFrame;
  for (;;) {
    const startSeconds = secondsAt(first);
    const leftSeconds = endSeconds - startSeconds;
    if (leftSeconds <= longest) return cuts;
    const aimSeconds = startSeconds + leftSeconds / Math.ceil(leftSeconds / longest);
    first = nextCut(video, endFrame, first, { startSeconds, aimSeconds, latestSeconds: startSeconds + longest, endSeconds, secondsAt });
    if (first >= endFrame) return cuts;
    cuts.push(first);
  }
}

type Span = {
  readonly startSeconds: number;
  readonly aimSeconds: number;
  readonly latestSeconds: number;
  readonly endSeconds: number;
  readonly secondsAt: (frame: number) => number;
};

function nextCut(video: VideoTrack, endFrame: number, first: number, at: Span): number {
  const fits = (frame: number): boolean => {
    const seconds = at.secondsAt(frame);
    return seconds - at.startSeconds >= SHORTEST_SECONDS && at.endSeconds - seconds >= SHORTEST_SECONDS;
  };
  let best: number | undefined;
  let after: number | undefined;
  for (const key of video.keyframes) {
    if (key <= first || key >= endFrame || !fits(key)) continue;
    const seconds = at.secondsAt(key);
    if (seconds > at.latestSeconds) {
      after = key;
      break;
    }
    if (best === undefined || Math.abs(seconds - at.aimSeconds) < Math.abs(at.secondsAt(best) - at.aimSeconds)) best = key;
  }
  if (best !== undefined) return best;
  const inside = frameAtSeconds(video, endFrame, at.aimSeconds);
  const longestPreRoll = (inside - first) * PRE_ROLL_FRAMES_PER_FRAME;
  if (inside > first && fits(inside) && entryPoint(video, inside).preRollFrames <= longestPreRoll) return inside;
  return after ?? endFrame;
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
  return { ...chunk, seekTick, preRollFrames: lowerBound(video.ticks, chunk.startTick) - shownFrom };
}

function frameAtSeconds(video: VideoTrack, endFrame: number, seconds: number): number {
  const tick = (seconds * video.timeBase.den) / video.timeBase.num;
  return Math.min(endFrame, lowerBound(video.ticks, tick));
}

function lastAtOrBefore(values: Float64Array, wanted: number): number | undefined {
  const index = lowerBound(values, wanted + 1) - 1;
  return index >= 0 ? values[index] : undefined;
}
