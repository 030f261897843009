import type { Lowered } from "./command.ts";

/** `result` of a transcode report (docs/cli.md, "Report"). */
export type TranscodeResult = {
  readonly framesIn: number;
  readonly framesOut: number;
  readonly chunks: number;
  /** Of them, those that an earlier run had finished. */
  readonly resumedChunks: number;
  /** Chunks encoded side by side at the end. */
  readonly lanes: number;
  /** Before a finished chunk showed what a lane truly holds. */
  readonly lanesPlanned: number;
  /** "copy": the picture was not encoded. */
  /** plannedPeakBytes was planned with an estimate of the encoder. */
  readonly memoryEstimated: boolean;
  readonly route: "fused" | "copy";
  readonly lowered: readonly Lowered[];
  /** What one ffmpeg would need to do the same. */
  readonly encoderArgs: readonly string[];
  readonly durationSeconds: number;
  readonly outputBytes: number;
  readonly engine: { readonly path: string; readonly version: string };
  /** Of the frames compared in the proof of picture; null when the two are equal to the bit. */
  readonly psnr: number | null;
  /** null when the picture was not encoded. */
  readonly ssim: number | null;
  readonly framesCompared: number;
};
