import { MIB } from "../../base/index.ts";
import { type Floors, floorsOf, type LeakSeries } from "./floors.ts";
import { quantile, type Trend, trendOf } from "./trend.ts";

/**
 * leak: it grows, steadily and without an end in sight. growing: it may, and more time would tell. plateau: it grew and has stopped or slowed
 * down. steady: it does not grow by an amount that matters. too-short: too little was seen to say.
 */
export type LeakWord = "leak" | "growing" | "plateau" | "steady" | "too-short";

export type LeakVerdict = {
  readonly verdict: LeakWord;
  /** Of the floors after the warm-up, with the bounds of 95 % confidence; all 0 when too little was seen. */
  readonly slopeBytesPerSecond: number;
  readonly lowBytesPerSecond: number;
  readonly highBytesPerSecond: number;
  /** What the slope makes over the time that was judged. */
  readonly riseBytes: number;
  /** How many floors the verdict rests on, and from when on. */
  readonly floors: number;
  readonly judgedFromMs: number;
  /** From the end of the series until the limit is reached at that slope; absent without a limit or without growth. */
  readonly timeToLimitMs?: number;
  /** How much longer to run for a leak of this slope to be proven nine times out of ten. Absent where no time would do, and where it is proven. */
  readonly runLongerMs?: number;
};

export type LeakOptions = {
  /** What the series may not exceed. */
  readonly limitBytes?: number;
};

/** Share of the series that is not judged: programs fill caches and compile when they start. */
const WARM_UP_SHARE = 1 / 3;
const FEWEST_FLOORS = 10;
/** Below this a program is all warm-up. */
const SHORTEST_JUDGED_MS = 2000;
/** A rise that matters: over the time judged, in bytes and as a share of where it began. */
const LEAST_RISE_BYTES = 2 * MIB;
const LEAST_RISE_SHARE = 0.02;
/** Mann-Kendall's z for one error in a hundred. */
const LEAST_Z = 2.326;
/** A slope seen over a short time is a poor forecast: at least this much as long. */
const LEAST_FACTOR = 2;
/** The z that is reached nine times out of ten when a series is expected to reach it. */
const POWER_Z = LEAST_Z + 1.282;
/** It levels off when the later half is slower than this share of the earlier one, or surely slower than that, or the end is surely that slow. */
const LEAST_SLOPE_KEPT = 0.2;
const LEAST_SLOPE_SURELY_KEPT = 0.7;
const LEAST_SLOPE_AT_END = 0.3;
/** Floors are compared in pairs: seven steps. */
const PARTS = 8;
/** Student's t of seven steps that are as often down as up, exceeded seven times in a hundred. */
const LEAST_STEP_T = 1.7;

/**
 * Judges whether memory leaks. `leak` needs all of: a slope above 0 with 95 % confidence, Mann-Kendall below 0.01, a rise of at least 2 MiB
 * and 2 %, steps up that chance alone seldom makes (a random walk does not have them, nor a cache that grew twice), a pace that is kept, and no return
 * at the end.
 *
 * Source: `npm run bench -- leaks`, which prints how often each kind of series is called a leak.
 */
export function judgeLeak(series: LeakSeries, options: LeakOptions = {}): LeakVerdict {
  const count = series.bytes.length;
  const startMs = series.atMs[0] ?? 0;
  const endMs = series.atMs[count - 1] ?? 0;
  const judgedFromMs = startMs + (endMs - startMs) * WARM_UP_SHARE;
  const floors = floorsOf(series, judgedFromMs);
  const judgedMs = endMs - judgedFromMs;
  if (floors.bytes.length < FEWEST_FLOORS || judgedMs < SHORTEST_JUDGED_MS) return tooShort(floors, judgedFromMs, judgedMs);

  const trend = trendOf(floors.atMs, floors.bytes);
  const riseBytes = trend.slope * judgedMs;
  const figures = {
    slopeBytesPerSecond: trend.slope * 1000,
    lowBytesPerSecond: trend.low * 1000,
    highBytesPerSecond: trend.high * 1000,
    riseBytes,
    floors: floors.bytes.length,
    judgedFromMs,
  };
  const lastBytes = floors.bytes[floors.bytes.length - 1] ?? 0;
  const timeToLimitMs =
    options.limitBytes === undefined || trend.low <= 0 ? undefined : Math.max(0, options.limitBytes - lastBytes) / trend.slope;
  const withLimit = timeToLimitMs === undefined ? figures : { ...figures, timeToLimitMs };

  const verdict = wordFor(series, floors, trend, riseBytes);
  if (verdict !== "growing") return { ...withLimit, verdict };
  const runLongerMs = longerForProof(trend, riseBytes, leastRise(floors), endMs - startMs);
  return runLongerMs === undefined ? { ...withLimit, verdict } : { ...withLimit, verdict, runLongerMs };
}

function wordFor(series: LeakSeries, floors: Floors, trend: Trend, riseBytes: number): LeakWord {
  const matters = riseBytes >= leastRise(floors);
  if (trend.z <= 0 || riseBytes < LEAST_RISE_BYTES / 4) return "steady";
  if (cameBack(series, floors, riseBytes)) return matters ? "plateau" : "steady";
  const pace = paceOf(floors);
  if (pace !== "kept") return matters ? (pace === "slower" ? "growing" : "plateau") : "steady";
  const isProven = trend.low > 0 && trend.z > LEAST_Z && stepT(floors) > LEAST_STEP_T;
  if (isProven) return matters ? "leak" : "growing";
  return matters && trend.z > 1 ? "growing" : "steady";
}

function leastRise({ bytes }: Floors): number {
  const startBytes = quantile(Float64Array.from(bytes.subarray(0, Math.ceil(bytes.length / PARTS))).sort(), 0.5);
  return Math.max(LEAST_RISE_BYTES, LEAST_RISE_SHARE * startBytes);
}

/** Whether all of it was freed at the end: the last two values are nearer to the first floor than to the last. */
function cameBack({ bytes }: LeakSeries, floors: Floors, riseBytes: number): boolean {
  const half = (floors.bytes[0] ?? 0) + riseBytes / 2;
  return bytes.length > 2 && bytes.subarray(-2).every((each) => each < half);
}

/** Whether it rises to the end as it did before; slower, but surely; or no longer. */
function paceOf({ atMs, bytes }: Floors): "kept" | "slower" | "lost" {
  const count = bytes.length;
  const part = (start: number, end: number) => trendOf(atMs.subarray(start, end), bytes.subarray(start, end));
  const early = part(0, Math.ceil(count / 2)).slope;
  const late = part(Math.floor(count / 2), count);
  const end = part(Math.floor((count * 3) / 4), count);
  if (end.high < LEAST_SLOPE_AT_END * early) return "lost";
  if (late.slope >= LEAST_SLOPE_KEPT * early && late.high >= LEAST_SLOPE_SURELY_KEPT * early) return "kept";
  return late.low > LEAST_SLOPE_KEPT * early ? "slower" : "lost";
}

/** Student's t of the steps from the lowest of each part to that of the next. */
function stepT({ bytes }: Floors): number {
  const edge = (part: number) => Math.floor((part * bytes.length) / PARTS);
  const lowest = Array.from({ length: PARTS }, (_, part) => Math.min(...bytes.subarray(edge(part), edge(part + 1))));
  const steps = lowest.slice(1).map((each, at) => each - (lowest[at] ?? 0));
  const mean = steps.reduce((sum, each) => sum + each, 0) / steps.length;
  const variance = steps.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (steps.length - 1);
  return mean / Math.sqrt(variance / steps.length);
}

/** The error of a slope shrinks with the power 3/2 of the time it is measured over; the rise grows with the time itself. */
function longerForProof(trend: Trend, riseBytes: number, neededBytes: number, totalMs: number): number | undefined {
  const z = (3.92 * trend.slope) / (trend.high - trend.low);
  if (!(z > 0) || !(riseBytes > 0)) return undefined;
  const factor = Math.max((POWER_Z / z) ** (2 / 3), neededBytes / riseBytes, LEAST_FACTOR);
  return totalMs * (factor - 1);
}

function tooShort(floors: Floors, judgedFromMs: number, judgedMs: number): LeakVerdict {
  const none = { slopeBytesPerSecond: 0, lowBytesPerSecond: 0, highBytesPerSecond: 0, riseBytes: 0 };
  const factor = Math.max(SHORTEST_JUDGED_MS / judgedMs, FEWEST_FLOORS / floors.bytes.length);
  const more = Number.isFinite(factor) ? { runLongerMs: (judgedMs / (1 - WARM_UP_SHARE)) * (factor - 1) } : {};
  return { verdict: "too-short", ...none, floors: floors.bytes.length, judgedFromMs, ...more };
}
