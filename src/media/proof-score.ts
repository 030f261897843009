/** From squared errors to a verdict: PSNR, SSIM, and which frames are too far from the source to be the work of an encoder. */
import type { FrameLayout } from "../memory/index.ts";
import type { PlaneScore } from "./kernels.ts";

export type FrameScore = {
  /** Number of the frame in the video, from 0. */
  readonly frame: number;
  readonly samples: number;
  readonly squaredError: number;
  /** Peak sample value: 255 for 8 bits. */
  readonly peak: number;
  /** PSNR of luma in dB; Infinity when equal. */
  readonly lumaPsnr: number;
  /** SSIM over all planes, weighted by samples as ffmpeg's "All". */
  readonly ssim: number;
  /** Mean absolute luma difference to the frame before, 8-bit scale. */
  readonly sceneChange: number;
};

export type PictureScore = {
  readonly frames: number;
  readonly identical: number;
  /** Over all samples of all frames, in dB; Infinity when all are equal, NaN when nothing was compared. */
  readonly psnr: number;
  readonly ssim: number;
  readonly squaredError: number;
  readonly samples: number;
  readonly peak: number;
  /** Frames that are not what an encoder makes of the source. */
  readonly outliers: readonly { readonly frame: number; readonly lumaPsnr: number }[];
  /** What the decoder of the encoded chunk complained about, or why the comparison ended early; "" when nothing. */
  readonly complaint: string;
};

/** No encoder setting mm offers goes below this: x264 and x265 at crf 51 leave more than 20 dB of luma on any clip tried. */
const LOWEST_LUMA_PSNR = 17;
/** A frame this far below the median of its chunk, and this coarse, is damaged, unless a new scene has just begun. */
const OUTLIER_BELOW_MEDIAN_DB = 10;
const OUTLIER_LUMA_PSNR = 30;
/** Above this mean difference a frame starts another scene (8-bit scale). */
const SCENE_CUT = 30;

export function scoreOf(frame: number, layout: FrameLayout, planes: readonly PlaneScore[], sceneChange: number): FrameScore {
  const peak = 2 ** layout.bitsPerSample - 1;
  let samples = 0;
  let squaredError = 0;
  let weightedSsim = 0;
  layout.planes.forEach((plane, at) => {
    const score = planes[at];
    if (score === undefined) return;
    const count = plane.width * plane.height;
    samples += count;
    squaredError += score.squaredError;
    weightedSsim += score.ssim * count;
  });
  const luma = layout.planes[0];
  const lumaSamples = luma === undefined ? 0 : luma.width * luma.height;
  const lumaPsnr = psnrOf(planes[0]?.squaredError ?? 0, lumaSamples, peak);
  return { frame, samples, squaredError, peak, lumaPsnr, ssim: weightedSsim / samples, sceneChange };
}

/** @returns dB; Infinity for no error, NaN for no samples */
export function psnrOf(squaredError: number, samples: number, peak: number): number {
  return 10 * Math.log10((peak * peak * samples) / squaredError);
}

export function summarise(scores: readonly FrameScore[], complaint: string): PictureScore {
  const sum = (of: (score: FrameScore) => number): number => scores.reduce((total, score) => total + of(score), 0);
  const squaredError = sum((score) => score.squaredError);
  const samples = sum((score) => score.samples);
  const peak = scores[0]?.peak ?? 255;
  return {
    frames: scores.length,
    identical: scores.filter((score) => score.squaredError === 0).length,
    psnr: psnrOf(squaredError, samples, peak),
    ssim: sum((score) => score.ssim) / scores.length,
    squaredError,
    samples,
    peak,
    outliers: outliersOf(scores),
    complaint,
  };
}

/** All chunks of a run as one score. */
export function combine(parts: readonly PictureScore[]): PictureScore {
  const sum = (of: (part: PictureScore) => number): number => parts.reduce((total, part) => total + (part.frames === 0 ? 0 : of(part)), 0);
  const frames = sum((part) => part.frames);
  const squaredError = sum((part) => part.squaredError);
  const samples = sum((part) => part.samples);
  const peak = parts[0]?.peak ?? 255;
  return {
    frames,
    identical: sum((part) => part.identical),
    psnr: psnrOf(squaredError, samples, peak),
    ssim: sum((part) => part.ssim * part.frames) / frames,
    squaredError,
    samples,
    peak,
    outliers: parts.flatMap((part) => part.outliers),
    complaint: parts.map((part) => part.complaint).find((text) => text !== "") ?? "",
  };
}

function outliersOf(scores: readonly FrameScore[]): { frame: number; lumaPsnr: number }[] {
  const sorted = scores.map((score) => score.lumaPsnr).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return scores
    .filter(({ lumaPsnr, sceneChange }) => {
      if (lumaPsnr < LOWEST_LUMA_PSNR) return true;
      return lumaPsnr < Math.min(median - OUTLIER_BELOW_MEDIAN_DB, OUTLIER_LUMA_PSNR) && sceneChange < SCENE_CUT;
    })
    .map(({ frame, lumaPsnr }) => ({ frame, lumaPsnr }));
}
