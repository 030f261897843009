import { priceOf } from "./prices.ts";
import type { EncoderSettings, LaneShape } from "./types.ts";

/** One step down: the settings after it, what changed, and what it costs. */
export type LoweringStep = {
  readonly settings: EncoderSettings;
  readonly setting: string;
  readonly from: string;
  readonly to: string;
  readonly price: string;
};

const LOOKAHEADS = [40, 30, 20, 15, 10, 5];

/** Successive settings below `settings`, cheapest loss of quality first; each step builds on the one before. */
export function loweringLadder(settings: EncoderSettings, shape: LaneShape): LoweringStep[] {
  const steps: LoweringStep[] = [];
  let current = settings;
  const lower = (setting: string, next: EncoderSettings, from: number | boolean, to: number | boolean) => {
    steps.push({ settings: next, setting, from: String(from), to: String(to), price: priceOf(shape.encoder.codec, setting) });
    current = next;
  };
  if (current.codec === "h264" && !current.slicedThreads && current.threads > 1) {
    lower("sliced-threads", { ...current, slicedThreads: true, lookaheadThreads: current.threads }, false, true);
  }
  if (current.codec === "hevc" && current.frameThreads > 1)
    lower("frame-threads", { ...current, frameThreads: 1 }, current.frameThreads, 1);
  for (const lookahead of LOOKAHEADS) {
    if (lookahead < current.lookahead && (current.codec === "h264" || lookahead > current.bframes)) {
      lower("rc-lookahead", { ...current, lookahead }, current.lookahead, lookahead);
    }
  }
  if (current.refs > 1) lower("ref", { ...current, refs: 1 }, current.refs, 1);
  if (current.bframes > 0) lower("bframes", { ...current, bframes: 0, bAdapt: 0 }, current.bframes, 0);
  return steps;
}
