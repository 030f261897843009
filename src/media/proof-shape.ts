/** What the proof of picture needs, known before anything runs: the layout of its frames and how many of them. */
import { FrameLayout, isPixelFormat, type PixelFormat } from "../memory/index.ts";
import type { Picture } from "./picture.ts";

/** Filled frames that may wait for the comparison, per decoder. */
export const CREDIT_FRAMES = 1;

export type ProofForecast = {
  /** Source and chunk decoded at the same time, or the source's frames parked on disk first. */
  readonly mode: "side-by-side" | "parked";
  readonly sourceDecoderBytes: number;
  readonly chunkDecoderBytes: number;
  readonly slotCount: number;
  readonly poolBytes: number;
  readonly totalBytes: number;
};

/** Layout of the frames that the proof compares. "yuvj" names full range, the bytes lie as in "yuv". */
export function proofFormat({ pixelFormat }: Picture): PixelFormat | undefined {
  const name = pixelFormat.replace("yuvj", "yuv");
  return isPixelFormat(name) ? name : undefined;
}

/** Two decoders, each with one frame being filled, CREDIT_FRAMES waiting and one being compared; one more is the scene before. */
export function proofSlotCount(): number {
  return 2 * (CREDIT_FRAMES + 2) + 1;
}

/** Bytes of a raw frame. */
export function proofFrameBytes(picture: Picture): number {
  return FrameLayout.of(picture.width, picture.height, proofFormat(picture) ?? "yuv444p12le").frameBytes;
}

/** True when the kernels can compare such frames. */
export function canProvePicture(picture: Picture): boolean {
  return proofFormat(picture) !== undefined;
}
