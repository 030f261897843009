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
  /** PSNR of luma in dB, or of alpha where that is lower; Infinity when equal. */
  readonly lumaPsnr: number;
  /** SSIM over all planes, weighted by samples as ffmpeg's "All". */
  readonly ssim: number;
  /** Mean absolute luma difference to the frame before, 8-bit scale. */
  readonly sceneChange: number;
};

export type PictureScore = {
  readonly frames: number;
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

/** Adaptive quantisation and B-frames go this far above the quantiser that is reported once per frame. */
const QUANTISER_SPREAD = 4;

/**
 * The lowest luma PSNR an honest encode can have: every coefficient below two thirds of a step, which the dead zone drops, is lost. The
 * step is 2^((QP - 4) / 6) in H.264 (8.5.9) and HEVC (8.6.4.2) alike, on the scale of 8 bits.
 *
 * @param quantiser - highest one the encoder reported, 0 to 51
 * @returns dB
 */
export function lowestLumaPsnr(quantiser: number): number {
  const step = 2 ** ((Math.min(51, quantiser + QUANTISER_SPREAD) - 4) / 6);
  return 20 * Math.log10(255 / ((2 / 3) * step));
}

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
  const psnr = (plane: number): number => {
    const shape = layout.planes[plane];
    return psnrOf(planes[plane]?.squaredError ?? 0, shape === undefined ? 0 : shape.width * shape.height, peak);
  };
  // A fourth plane is alpha: a picture that lost it is as damaged as one that lost its luma.
  const lumaPsnr = layout.planes.length < 4 ? psnr(0) : Math.min(psnr(0), psnr(3));
  return { frame, samples, squaredError, peak, lumaPsnr, ssim: weightedSsim / samples, sceneChange };
}

/** @returns dB; Infinity for no error, NaN for no samples */
export function psnrOf(squaredError: number, samples: number, peak: number): number {
  return 10 * Math.log10((peak * peak * samples) / squaredError);
}

/** @param lowestPsnr - luma PSNR in dB below which a frame is not the source's */
export function summarise(scores: readonly FrameScore[], complaint: string, lowestPsnr: number): PictureScore {
  const sum = (of: (score: FrameScore) => number): number => scores.reduce((total, score) => total + of(score), 0);
  const squaredError = sum((score) => score.squaredError);
  const samples = sum((score) => score.samples);
  const peak = scores[0]?.peak ?? 255;
  return {
    frames: scores.length,
    psnr: psnrOf(squaredError, samples, peak),
    ssim: sum((score) => score.ssim) / scores.length,
    squaredError,
    samples,
    peak,
    outliers: outliersOf(scores, lowestPsnr),
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
    psnr: psnrOf(squaredError, samples, peak),
    ssim: sum((part) => part.ssim * part.frames) / frames,
    squaredError,
    samples,
    peak,
    outliers: parts.flatMap((part) => part.outliers),
    complaint: parts.map((part) => part.complaint).find((text) => text !== "") ?? "",
  };
}

function outliersOf(scores: readonly FrameScore[], lowestPsnr: number): { frame: number; lumaPsnr: number }[] {
  const sorted = scores.map((score) => score.lumaPsnr).sort((a, b) => a - b);
  const median = sorted[sorted.length >> 1] ?? 0;
  return scores
    .filter(({ lumaPsnr, sceneChange }) => {
      if (lumaPsnr < lowestPsnr) return true;
      return lumaPsnr < Math.min(median - OUTLIER_BELOW_MEDIAN_DB, OUTLIER_LUMA_PSNR) && sceneChange < SCENE_CUT;
    })
    .map(({ frame, lumaPsnr }) => ({ frame, lumaPsnr }));
}
