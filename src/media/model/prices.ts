import type { EncoderName } from "./types.ts";

/** Settings with a quality price, as encoders call them. */
export type PricedSetting =
  | "sliced-threads"
  | "frame-threads"
  | "rc-lookahead"
  | "ref"
  | "bframes"
  | "ctu"
  | "lag-in-frames"
  | "lookahead"
  | "hierarchical-levels";

type Prices = Readonly<Partial<Record<PricedSetting, Readonly<Record<number, number>>>>>;

/**
 * Bitrate at equal PSNR, in percent of preset medium with this one setting changed: mean Bjontegaard delta over three real clips
 * at CRF 21, 26, 31 (SVT-AV1 25, 35, 45; libvpx in two passes of preset superfast at 1200, 600, 300 kbit/s). Made by `npm run bench -- calibrate prices`; per clip in bench/calibration/prices.jsonl.
 */
const PRICES = {
  libx264: {
    "sliced-threads": { 1: 0, 2: 2.0, 4: 6.6 },
    "rc-lookahead": { 60: 0, 40: 0, 30: 0.1, 20: 0.5, 15: 1.3, 10: 3.5, 5: 7.8, 0: 21.7 },
    ref: { 16: 0.1, 5: -0.1, 3: 0, 2: 0.2, 1: 1.4 },
    bframes: { 8: -2.8, 3: 0, 2: 1.6, 1: 5.4, 0: 16.7 },
  },
  libx265: {
    "frame-threads": { 2: 0.1, 1: 0 },
    "rc-lookahead": { 40: -0.4, 20: 0, 15: 0.2, 10: 1.1, 5: 5.4 },
    ref: { 5: -0.1, 3: 0, 2: 0.2, 1: 0.3 },
    bframes: { 8: 0.2, 4: 0, 3: 0.1, 2: 1.1, 1: 2.7, 0: 9.9 },
    ctu: { 64: 0, 32: 6.9 },
  },
  "libvpx-vp9": {},
  libsvtav1: {
    lookahead: { 1: 0, 0: 2.7 },
    "hierarchical-levels": { 4: 0, 3: -2.0, 2: 2.7 },
  },
  "libaom-av1": {},
} as const satisfies Readonly<Record<EncoderName, Prices>>;

function pricesOf(encoder: string): Prices {
  return Object.hasOwn(PRICES, encoder) ? PRICES[encoder as EncoderName] : {};
}

/** What the plan prints where nobody measured. */
export const NOT_PRICED = "a loss that was not measured";

export function isPriced(encoder: string, setting: PricedSetting): boolean {
  return pricesOf(encoder)[setting] !== undefined;
}

/** Bitrate the change adds at equal quality, in percent; a value between two measured ones is read off the line between them. */
export function pricePercent(encoder: string, setting: PricedSetting, from: number, to: number): number {
  return ((100 + priceAt(encoder, setting, to)) / (100 + priceAt(encoder, setting, from)) - 1) * 100;
}

function priceAt(encoder: string, setting: PricedSetting, value: number): number {
  const known = Object.entries(pricesOf(encoder)[setting] ?? {})
    .map(([at, percent]) => ({ at: Number(at), percent }))
    .sort((a, b) => a.at - b.at);
  const above = known.find((point) => point.at >= value) ?? known.at(-1);
  const below = known.findLast((point) => point.at <= value) ?? known[0];
  if (above === undefined || below === undefined) return 0;
  if (above.at === below.at) return above.percent;
  return below.percent + ((above.percent - below.percent) * (value - below.at)) / (above.at - below.at);
}

/** The price as the plan prints it. */
export function priceText(percent: number): string {
  return percent < 0.05 ? "no measurable loss" : `about +${percent.toFixed(1)} % bitrate at equal PSNR`;
}
