/** Sizes of frames, as `--scale` gives them. */
import { reduced } from "./container/rational.ts";
import type { Rational } from "./container/types.ts";

/** Luma samples; -2 in one of them = what keeps the aspect, as an even number. */
export type FrameSize = { readonly width: number; readonly height: number };

/** The frame as it is stored, and the sample aspect ratio that keeps the shape it is shown in. */
export function scaledSize(
  from: FrameSize & { readonly sar: Rational },
  asked: FrameSize,
  isTurned: boolean,
): FrameSize & { readonly sar: Rational } {
  const stored = isTurned ? { width: asked.height, height: asked.width } : asked;
  const width = stored.width > 0 ? stored.width : evenShare(from.width, stored.height, from.height);
  const height = stored.height > 0 ? stored.height : evenShare(from.height, stored.width, from.width);
  if (from.sar.num === 0) return { width, height, sar: from.sar };
  return { width, height, sar: reduced(from.sar.num * height * from.width, from.sar.den * width * from.height) };
}

function evenShare(side: number, other: number, fromOther: number): number {
  return Math.max(2, 2 * Math.round((side * other) / fromOther / 2));
}
