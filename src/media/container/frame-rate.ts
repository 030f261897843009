/** The nominal frame rate behind a list of presentation ticks. */
import { reduced } from "./rational.ts";
import type { Rational } from "./types.ts";

/** How far off a well-known rate may be and still be meant, beside the rounding of the ticks. */
const SLACK = 1e-4;
/** Two roundings move a spacing by a tick; cameras round a second time on the way. */
const ROUNDING_TICKS = 1.5;

/** Beyond what cameras and slide shows do. A rate outside is damage, and everything that is counted per second would follow it. */
const FASTEST: Rational = { num: 1000, den: 1 };
const SLOWEST: Rational = { num: 1, den: 3600 };

export type Cadence = {
  /** From one frame an hour to a thousand a second, whatever the file says. */
  readonly frameRate: Rational;
  /** True when spacings differ by more than rounding to ticks explains. */
  readonly isVariable: boolean;
};

/**
 * @param ticks - ascending
 * @param fallback - for a video of one frame
 */
export function cadenceOf(ticks: Float64Array, timeBase: Rational, fallback: Rational): Cadence {
  const gaps = ticks.length - 1;
  if (gaps < 1) return { frameRate: bounded(fallback), isVariable: false };
  const span = (ticks[gaps] ?? 0) - (ticks[0] ?? 0);
  const mean = span / gaps;
  let isVariable = false;
  let isExact = Number.isInteger(mean);
  for (let at = 1; at <= gaps; at++) {
    const spacing = (ticks[at] ?? 0) - (ticks[at - 1] ?? 0);
    isVariable ||= Math.abs(spacing - mean) > ROUNDING_TICKS;
    isExact &&= spacing === mean;
  }
  const spacing = isVariable ? medianSpacing(ticks) : mean;
  // Frames shown at one time have no spacing.
  const perSecond = timeBase.den / (timeBase.num * Math.max(spacing, 1e-9));
  if (isExact && mean > 0) return { frameRate: bounded(reduced(timeBase.den, timeBase.num * mean)), isVariable };
  return { frameRate: bounded(snapped(perSecond, SLACK + (isVariable ? 1 / spacing : 1 / span))), isVariable };
}

function medianSpacing(ticks: Float64Array): number {
  const spacings = new Float64Array(ticks.length - 1);
  for (let at = 0; at < spacings.length; at++) spacings[at] = (ticks[at + 1] ?? 0) - (ticks[at] ?? 0);
  return spacings.sort()[spacings.length >> 1] ?? 1;
}

/** A whole rate or a whole rate by 1.001 within the tolerance, whichever is nearer; else thousandths. */
function snapped(perSecond: number, tolerance: number): Rational {
  const whole = { num: Math.max(1, Math.round(perSecond)), den: 1 };
  const television = { num: Math.max(1, Math.round(perSecond * 1.001)) * 1000, den: 1001 };
  const offBy = ({ num, den }: Rational): number => Math.abs(num / den / perSecond - 1);
  const nearer = offBy(whole) <= offBy(television) ? whole : television;
  return offBy(nearer) <= tolerance ? nearer : reduced(Math.max(1, Math.round(perSecond * 1000)), 1000);
}

function bounded(rate: Rational): Rational {
  const perSecond = rate.num / rate.den;
  if (!(perSecond <= FASTEST.num / FASTEST.den)) return FASTEST;
  return perSecond < SLOWEST.num / SLOWEST.den ? SLOWEST : rate;
}
