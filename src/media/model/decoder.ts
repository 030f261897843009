import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { DecoderShape } from "./types.ts";

export type DecoderMemory = { readonly frames: number; readonly frameBytes: number; readonly threadBytes: number };

/** H264Context and HEVCContext of one thread with their row buffers; with frame threads there is one more than threads. */
const CONTEXT_BYTES = 800_000;

/**
 * ffmpeg's native h264 and hevc decoders (h264_slice.c, hevc_refs.c, get_buffer.c), checked against a live count of their blocks:
 * the stream's own buffer, one picture being decoded, one on its way through the filters, one more per further thread.
 */
export function decoderMemory(shape: DecoderShape, frames: number): DecoderMemory {
  const contexts = shape.threads > 1 ? shape.threads + 1 : 1;
  return {
    frames: Math.min(shape.dpbFrames + 1 + shape.threads, frames + 1),
    frameBytes: decodedFrameBytes(shape),
    threadBytes: contexts * CONTEXT_BYTES,
  };
}

function decodedFrameBytes(shape: DecoderShape): number {
  const bytes = sampleBytes(shape.bitDepth);
  const width = align(shape.width, 16);
  const height = align(shape.height, 16) + 2;
  const row = align(width * bytes, 64);
  const chromaRow = align((shape.chroma === "4:4:4" ? width : width / 2) * bytes, 64);
  const planes = row * height + 2 * chromaRow * height * chromaLines(shape.chroma);
  return planes + motionBytes(shape, width * height);
}

/** Vectors, types and references: 140 bytes for each macroblock of H.264; for HEVC vectors of the smallest blocks, lists of the largest. */
function motionBytes(shape: DecoderShape, pixels: number): number {
  if (shape.codec === "h264") return (pixels / 256) * 140;
  const { largest, smallest } = shape.codingBlocks ?? { largest: 32, smallest: 8 };
  return pixels * (12 / (smallest / 2) ** 2 + 528 / largest ** 2);
}
