/** Frames at a constant rate made of frames at any times, as ffmpeg's fps filter chooses them (vf_fps.c). */

import { UsageError } from "../base/index.ts";
import type { Rational, VideoTrack } from "./container/types.ts";
import { lowerBound } from "./ticks.ts";

/** For each frame of the output, the index of the input's frame it shows; ascending. */
export type FrameMap = Uint32Array;

/** 37 hours at 60 frames per second. A damaged file may say that it lasts for years. */
const MOST_FRAMES = 8_000_000;
/** A tick and an entry of the map. */
export const MAPPED_FRAME_BYTES = 8 + 4;

export type ConstantRate = {
  readonly frameRate: Rational;
  readonly timeBase: Rational;
  readonly ticks: Float64Array;
  readonly lastDurationTicks: number;
  readonly frameMap: FrameMap;
};

/** Ticks per second of the output at least: what depends on the track's clock, edit lists of sound among it, is finer than a sample then. */
const FINEST_TICKS_PER_SECOND = 10_000;

/**
 * @param part - input frames [first, end), and the tick where the last of them stops being shown
 * @param frameRate - frames per second
 * @throws UsageError for more frames than mm counts
 */
export function constantRate(
  { ticks, timeBase }: VideoTrack,
  { first, end, endTick }: { readonly first: number; readonly end: number; readonly endTick: number },
  frameRate: Rational,
): ConstantRate {
  const origin = ticks[first] ?? 0;
  const numberAt = (tick: number): number => rescaled(tick - origin, timeBase, frameRate);
  const count = Math.max(1, numberAt(endTick));
  if (count > MOST_FRAMES) {
    throw new UsageError(`--fps makes ${count} frames of this input, and mm counts ${MOST_FRAMES} at most`, {
      hint: "a smaller --fps, or a shorter part with --duration",
    });
  }
  const frameMap = new Uint32Array(count);
  let source = first;
  for (let at = 0; at < count; at++) {
    // The last frame that starts, rounded to the output's clock, at or before this one.
    while (source + 1 < end && numberAt(ticks[source + 1] ?? 0) <= at) source++;
    frameMap[at] = source;
  }
  const finer = Math.ceil(FINEST_TICKS_PER_SECOND / frameRate.num);
  const stepTicks = frameRate.den * finer;
  return {
    frameRate,
    timeBase: { num: 1, den: frameRate.num * finer },
    ticks: Float64Array.from({ length: count }, (_, at) => at * stepTicks),
    lastDurationTicks: stepTicks,
    frameMap,
  };
}

/** The first frame of the output that shows input frame `source` or a later one. */
export function firstShowing(frameMap: FrameMap, source: number): number {
  return lowerBound(frameMap, source);
}

/** Frames at `rate` in `ticks`, halves rounded up (av_rescale_q with AV_ROUND_NEAR_INF). */
function rescaled(ticks: number, timeBase: Rational, rate: Rational): number {
  const dividend = ticks * timeBase.num * rate.num;
  const divisor = timeBase.den * rate.den;
  const whole = Math.floor(dividend / divisor);
  return 2 * (dividend - whole * divisor) >= divisor ? whole + 1 : whole;
}
