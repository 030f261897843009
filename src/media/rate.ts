/** What decides how many bits a picture gets. */
export type Rate =
  | { readonly kind: "quality"; readonly crf: number }
  /** Mean bits per second over the whole output; with two passes the first one only measures. */
  | { readonly kind: "bitrate"; readonly bitsPerSecond: number; readonly passes: 1 | 2 };

export function rateArguments(rate: Rate): string[] {
  return rate.kind === "quality" ? ["-crf", String(rate.crf)] : ["-b:v", String(rate.bitsPerSecond)];
}

/** In one or two words for people. */
export function describeRate(rate: Rate): string {
  if (rate.kind === "quality") return `crf ${rate.crf}`;
  return `${Math.round(rate.bitsPerSecond / 1000)} kbit/s${rate.passes === 2 ? " in two passes" : ""}`;
}
