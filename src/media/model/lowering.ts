import { predictLane } from "./lane.ts";
import { type PricedSetting, pricePercent, priceText } from "./prices.ts";
import type { EncoderSettings, H264EncoderSettings, HevcEncoderSettings, LaneShape } from "./types.ts";

/** One setting that is below what was asked for, and what that costs. */
export type LoweredSetting = {
  readonly setting: string;
  readonly from: string;
  readonly to: string;
  readonly price: string;
};

/**
 * Successive settings below `settings`, cheapest loss of quality first. Each step builds on the one before and needs less memory on
 * this lane; rungs that would raise a setting or save nothing are left out.
 */
export function loweringLadder(settings: EncoderSettings, shape: LaneShape): EncoderSettings[] {
  return settings.codec === "h264" ? climbDown(settings, shape, h264Rungs(settings)) : climbDown(settings, shape, HEVC_RUNGS);
}

/** Frame threads come in three for two cores; slices are worth one for each core. */
function h264Rungs(settings: H264EncoderSettings): readonly Partial<H264EncoderSettings>[] {
  const cores = settings.slicedThreads ? settings.threads : Math.ceil((settings.threads * 2) / 3);
  return [
    { refs: 3 },
    { lookahead: 30 },
    { lookahead: 20 },
    { threads: cores },
    { lookahead: 15 },
    ...(cores > 1 ? [{ slicedThreads: true, lookaheadThreads: cores }] : []),
    { bframes: 3 },
    { lookahead: 12 },
    { lookahead: 10, bAdapt: 1 },
    { lookahead: 8 },
    { lookahead: 5 },
    { refs: 2, bframes: 1 },
    { refs: 1, bframes: 0, bAdapt: 0 },
    { lookahead: 0 },
  ];
}

const HEVC_RUNGS: readonly Partial<HevcEncoderSettings>[] = [
  { refs: 4 },
  { lookahead: 30 },
  { lookahead: 20 },
  { bframes: 3 },
  { lookahead: 15 },
  { frameThreads: 1 },
  { lookahead: 10 },
  { bframes: 2 },
  { lookahead: 5 },
  { refs: 2, bframes: 1 },
  { refs: 1, bframes: 0, bAdapt: 0 },
  { ctu: 32 },
];

function climbDown<S extends EncoderSettings>(settings: S, shape: LaneShape, rungs: readonly Partial<S>[]): S[] {
  const steps: S[] = [];
  let current = settings;
  for (const rung of rungs) {
    const next = { ...current, ...withoutRaises(current, rung) };
    if (predictLane({ ...shape, encoder: next }).totalBytes >= predictLane({ ...shape, encoder: current }).totalBytes) continue;
    steps.push(next);
    current = next;
  }
  return steps;
}

function withoutRaises<S extends EncoderSettings>(current: S, rung: Partial<S>): Partial<S> {
  const kept: Partial<S> = { ...rung };
  for (const setting in rung) {
    const [before, after] = [current[setting], rung[setting]];
    if (typeof before === "number" && typeof after === "number" && after > before && !RAISED.has(setting)) delete kept[setting];
  }
  return kept;
}

/** Goes up together with sliced threads: lookahead in slices costs nothing. */
const RAISED: ReadonlySet<string> = new Set(["lookaheadThreads"]);

/** Settings as the encoders call them, with the value a price is known for. What is not here follows from the others. */
function pricedValues(settings: EncoderSettings): [PricedSetting, number][] {
  const both: [PricedSetting, number][] = [
    ["rc-lookahead", settings.lookahead],
    ["ref", settings.refs],
    ["bframes", settings.bframes],
  ];
  if (settings.codec === "h264") return [...both, ["sliced-threads", settings.slicedThreads ? settings.threads : 1]];
  return [...both, ["frame-threads", settings.frameThreads], ["ctu", settings.ctu]];
}

/** What is lower in `chosen` than in `wanted`, a line per setting with its price. */
export function describeLowering(wanted: EncoderSettings, chosen: EncoderSettings): LoweredSetting[] {
  const after = new Map(pricedValues(chosen));
  const lowered = pricedValues(wanted).flatMap(([setting, from]): LoweredSetting[] => {
    const to = after.get(setting) ?? from;
    if (to === from) return [];
    const price = priceText(pricePercent(wanted.codec, setting, from, to));
    if (setting === "sliced-threads") return [{ setting: "threads", from: threadsOf(wanted), to: threadsOf(chosen), price }];
    return [{ setting, from: String(from), to: String(to), price }];
  });
  if (threadsOf(wanted) !== threadsOf(chosen) && !lowered.some(({ setting }) => setting === "threads")) {
    lowered.push({ setting: "threads", from: threadsOf(wanted), to: threadsOf(chosen), price: "no loss, fewer pictures coded at once" });
  }
  return lowered;
}

/** "3 frame", "2 sliced": threads that each code a picture, or share one. */
function threadsOf(settings: EncoderSettings): string {
  return settings.codec === "h264" ? `${settings.threads} ${settings.slicedThreads ? "sliced" : "frame"}` : "";
}
