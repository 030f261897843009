/** Frames and the ticks they are shown at. */
import type { Rational } from "./container/types.ts";

export type FrameTimes = {
  readonly ticks: Float64Array;
  readonly timeBase: Rational;
  readonly frameRate: Rational;
  readonly lastDurationTicks: number;
};

/** Tick of a displayed frame; for the frame after the last, where the last one ends. */
export function tickAt({ ticks, timeBase, frameRate, lastDurationTicks }: FrameTimes, frame: number): number {
  const tick = ticks[frame];
  if (tick !== undefined) return tick;
  const nominal = (frameRate.den * timeBase.den) / (frameRate.num * timeBase.num);
  return (ticks.at(-1) ?? 0) + (lastDurationTicks > 0 ? lastDurationTicks : Math.max(1, Math.round(nominal)));
}

/** Index of the first value >= wanted in an ascending array. */
export function lowerBound(values: Float64Array | Uint32Array, wanted: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
