import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { PictureShape } from "./types.ts";

/** Planes of a picture as ffmpeg's own decoders allocate them (get_buffer.c, utils.c): rows in steps of the widest vector registers. */
export function decodedPlaneBytes(shape: PictureShape): number {
  const hasFullChroma = shape.chroma === "4:4:4";
  const bytes = align(shape.width, 16) * sampleBytes(shape.bitDepth);
  // All rows grow until those of chroma, half as long, are aligned too.
  const row = align(bytes, hasFullChroma ? 64 : 128);
  const height = align(shape.height, 32) + 2;
  return row * height + 2 * (hasFullChroma ? row : row / 2) * height * chromaLines(shape.chroma);
}
