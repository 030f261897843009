/** Whether a series rises, and how fast, without asking how its noise is distributed. */

export type Trend = {
  /** Theil-Sen: the median of the slopes of all pairs. Units of y per unit of x, like `low` and `high`. */
  readonly slope: number;
  /** The bounds of 95 % confidence. */
  readonly low: number;
  readonly high: number;
  /** Mann-Kendall: how many standard deviations the count of rising over falling pairs is from none. Positive when it rises. */
  readonly z: number;
};

const Z_OF_95_PERCENT = 1.96;

/**
 * The cost grows with the square of the length: 300 points take 6 ms.
 *
 * Source: Sen 1968 for slope and bounds (as in Gilbert 1987, 16.4), Mann 1945 and Kendall 1975 for z, and Hamed and Rao 1998 for the
 * variance of series whose neighbours resemble each other, without which a flat series of that kind is called rising every third time.
 *
 * @param x - ascending
 */
export function trendOf(x: Float64Array, y: Float64Array): Trend {
  const count = y.length;
  const slopes = new Float64Array((count * (count - 1)) / 2);
  let pairs = 0;
  let score = 0;
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      const rise = (y[j] ?? 0) - (y[i] ?? 0);
      const run = (x[j] ?? 0) - (x[i] ?? 0);
      score += Math.sign(rise);
      if (run > 0) slopes[pairs++] = rise / run;
    }
  }
  const sorted = slopes.subarray(0, pairs).sort();
  const slope = quantile(sorted, 0.5);
  const deviation = Math.sqrt(scoreVariance(y) * inflation(x, y, slope));
  const reach = pairs === 0 ? 0 : (Z_OF_95_PERCENT * deviation) / (2 * pairs);
  return {
    slope,
    low: quantile(sorted, 0.5 - reach),
    high: quantile(sorted, 0.5 + reach),
    z: deviation === 0 ? 0 : (score - Math.sign(score)) / deviation,
  };
}

/** @param share - 0 to 1; what lies outside is clamped */
export function quantile(sorted: Float64Array, share: number): number {
  const at = Math.min(1, Math.max(0, share)) * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  return below + ((sorted[Math.ceil(at)] ?? 0) - below) * (at % 1);
}

/** Of the Mann-Kendall score of independent values, less what ties take from it. */
function scoreVariance(y: Float64Array): number {
  const spread = (size: number) => size * (size - 1) * (2 * size + 5);
  let sum = spread(y.length);
  const sorted = Float64Array.from(y).sort();
  for (let start = 0, end = 0; start < sorted.length; start = end) {
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    sum -= spread(end - start);
  }
  return sum / 18;
}

/** By how much neighbours that resemble each other widen that variance; at least 1. */
function inflation(x: Float64Array, y: Float64Array, slope: number): number {
  const count = y.length;
  const ranks = centredRanks(y.map((each, at) => each - slope * ((x[at] ?? 0) - (x[0] ?? 0))));
  const square = lagged(ranks, 0);
  if (square === 0) return 1;
  const significant = Z_OF_95_PERCENT / Math.sqrt(count);
  let sum = 0;
  for (let lag = 1; lag < count - 2; lag++) {
    const correlation = lagged(ranks, lag) / square;
    if (Math.abs(correlation) > significant) sum += (count - lag) * (count - lag - 1) * (count - lag - 2) * correlation;
  }
  return Math.max(1, 1 + (2 * sum) / (count * (count - 1) * (count - 2)));
}

function lagged(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let at = lag; at < values.length; at++) sum += (values[at] ?? 0) * (values[at - lag] ?? 0);
  return sum;
}

/** Ranks less their mean; ties share the middle of theirs. */
function centredRanks(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Float64Array(values.length);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end++;
    for (let at = start; at < end; at++) ranks[order[at] ?? 0] = (start + end - 1) / 2 - (order.length - 1) / 2;
  }
  return ranks;
}
