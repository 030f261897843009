import { encoderName } from "./arguments.ts";
import { predictLane } from "./lane.ts";
import { isPriced, NOT_PRICED, type PricedSetting, pricePercent, priceText } from "./prices.ts";
import type {
  AomEncoderSettings,
  EncoderSettings,
  H264EncoderSettings,
  HevcEncoderSettings,
  LaneShape,
  OtherEncoderSettings,
  SvtEncoderSettings,
  Vp9EncoderSettings,
} from "./types.ts";

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
 *
 * @param cores - that the lane may use
 */
export function loweringLadder(settings: EncoderSettings, shape: LaneShape, cores: number): EncoderSettings[] {
  switch (settings.codec) {
    case "h264":
      return climbDown(settings, shape, h264Rungs(cores));
    case "hevc":
      return climbDown(settings, shape, HEVC_RUNGS);
    case "vp9":
      return climbDown(settings, shape, VP9_RUNGS);
    case "av1":
      return settings.encoder === "libsvtav1" ? climbDown(settings, shape, SVT_RUNGS) : climbDown(settings, shape, AOM_RUNGS);
    case "other":
      return climbDown(settings, shape, OTHER_RUNGS);
  }
}

/** Slices are worth one for each core. */
function h264Rungs(cores: number): readonly Partial<H264EncoderSettings>[] {
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
  { frameThreads: 1 },
  { refs: 4 },
  { lookahead: 30 },
  { lookahead: 20 },
  { bframes: 3 },
  { lookahead: 15 },
  { lookahead: 10 },
  { bframes: 2 },
  { lookahead: 5 },
  { refs: 2, bframes: 1 },
  { refs: 1, bframes: 0, bAdapt: 0 },
  { ctu: 32 },
];

/** Held pictures are worth something in a second pass only; with one there are none, and nothing but threads to lower. */
const VP9_RUNGS: readonly Partial<Vp9EncoderSettings>[] = [
  { threads: 4 },
  { threads: 2 },
  { lag: 19 },
  { lag: 16 },
  { lag: 12 },
  { lag: 8 },
];

/** Processors cost no packet. Eight pictures in a group are as good as sixteen on the mean of real clips, four are not. */
const SVT_RUNGS: readonly Partial<SvtEncoderSettings>[] = [
  { lp: 1 },
  { hierarchicalLevels: 3 },
  { lookahead: 0 },
  { hierarchicalLevels: 2 },
];

const AOM_RUNGS: readonly Partial<AomEncoderSettings>[] = [
  { lag: 25 },
  { lag: 19 },
  { threads: 2 },
  { lag: 16 },
  { lag: 12 },
  { lag: 8 },
  { lag: 5 },
  { lag: 0 },
];

/** Nothing else is known of them. */
const OTHER_RUNGS: readonly Partial<OtherEncoderSettings>[] = [{ threads: 2 }, { threads: 1 }];

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
  switch (settings.codec) {
    case "h264":
      return [...pictureValues(settings), ["sliced-threads", settings.slicedThreads ? settings.threads : 1]];
    case "hevc":
      return [...pictureValues(settings), ["frame-threads", settings.frameThreads], ["ctu", settings.ctu]];
    case "vp9":
      return [["lag-in-frames", settings.lag]];
    case "av1":
      if (settings.encoder === "libaom-av1") return [["lag-in-frames", settings.lag]];
      return [
        ["lookahead", settings.lookahead],
        ["hierarchical-levels", settings.hierarchicalLevels],
      ];
    case "other":
      return [];
  }
}

function pictureValues({ lookahead, refs, bframes }: H264EncoderSettings | HevcEncoderSettings): [PricedSetting, number][] {
  return [
    ["rc-lookahead", lookahead],
    ["ref", refs],
    ["bframes", bframes],
  ];
}

/** What is lower in `chosen` than in `wanted`, a line per setting with its price. */
export function describeLowering(wanted: EncoderSettings, chosen: EncoderSettings): LoweredSetting[] {
  const after = new Map(pricedValues(chosen));
  const lowered = pricedValues(wanted).flatMap(([setting, from]): LoweredSetting[] => {
    const to = after.get(setting) ?? from;
    if (to === from) return [];
    const price = isPriced(encoderName(wanted), setting) ? priceText(pricePercent(encoderName(wanted), setting, from, to)) : NOT_PRICED;
    if (setting === "sliced-threads") return [{ setting: "threads", from: threadsOf(wanted), to: threadsOf(chosen), price }];
    return [{ setting, from: String(from), to: String(to), price }];
  });
  const [from, to] = [threadsOf(wanted), threadsOf(chosen)];
  if (from === to || lowered.some(({ setting }) => setting === "threads")) return lowered;
  // x264's frame threads each hold a picture; the others share one.
  const price = wanted.codec === "h264" ? "no loss, fewer pictures coded at once" : "no loss, slower";
  return [...lowered, { setting: "threads", from, to, price }];
}

/** "3 frame", "2 sliced": x264's threads each code a picture, or share one. */
function threadsOf(settings: EncoderSettings): string {
  switch (settings.codec) {
    case "h264":
      return `${settings.threads} ${settings.slicedThreads ? "sliced" : "frame"}`;
    case "hevc":
      return "";
    case "vp9":
      return String(settings.threads);
    case "av1":
      return String(settings.encoder === "libsvtav1" ? settings.lp : settings.threads);
    case "other":
      return String(settings.threads);
  }
}
