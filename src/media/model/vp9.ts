import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { EncoderMemory, EngineVersion, PictureShape, Vp9Settings } from "./types.ts";

/** VP9_ENC_BORDER_IN_PIXELS, on each side of a picture. */
const BORDER = 160;
/** Filtered, scaled and last source pictures (vp9_encoder.c, alloc_raw_frame_buffers, alloc_util_frame_buffers). */
const WORKING_PICTURES = 4;
/** Last, golden and key frame, and the one being coded. */
const CODED_PICTURES = 4;
/** Alternate references, and what a forecast of them reconstructs (vp9_encoder.c, init_gop_frames); measured. */
const FORECAST_PICTURES = 5;
/** Modes, vectors and segments of a block of 8 x 8 (vp9_enc_alloc_mi, mbmi_ext_base, mbgraph_stats, frame_mvs). */
const BLOCK_BYTES = 660;
/** Room for every coefficient of a macroblock in three full planes: 16 x 16 x 3 + 4 tokens of 16 bytes (get_token_alloc). */
const MACROBLOCK_TOKEN_BYTES = 772 * 16;
/** Search trees of one thread (vp9_setup_pc_tree), which do not depend on the picture; measured. */
const THREAD_BYTES = 6_430_000;
/** struct VP9_COMP, cost tables; measured at 64 x 64. */
const STATE_BYTES = 1_500_000;

/**
 * libvpx's VP9 encoder, from its own allocations (1.7 of December 2018 to 1.12) and checked against a live count of them. It clears
 * what it allocates, so all of it is resident from the first picture on, whatever the content.
 */
export function vp9Memory(picture: PictureShape, settings: Vp9Settings, engine: EngineVersion): EncoderMemory {
  const queued = Math.max(1, settings.lag) + 1;
  const forecast = forecastOf(settings, engine);
  const columns = Math.ceil(picture.width / 8);
  const rows = Math.ceil(picture.height / 8);
  const macroblocks = Math.ceil(picture.width / 16) * Math.ceil(picture.height / 16);
  const blocks = columns * rows * BLOCK_BYTES + align(columns, 8) * align(rows, 8) * forecast.blockBytes;
  return {
    inputFrames: queued,
    inputFrameBytes: pictureBufferBytes(picture),
    codedFrames: WORKING_PICTURES + CODED_PICTURES + forecast.pictures,
    codedFrameBytes: pictureBufferBytes(picture),
    threadBytes: blocks + macroblocks * MACROBLOCK_TOKEN_BYTES + settings.threads * THREAD_BYTES + STATE_BYTES,
  };
}

/** yv12config.c, vpx_realloc_frame_buffer. */
function pictureBufferBytes({ width, height, bitDepth, chroma }: PictureShape): number {
  const row = align(align(width, 8) + 2 * BORDER, 32);
  const luma = row * (align(height, 8) + 2 * BORDER);
  const chromaShare = chroma === "4:4:4" ? 2 : chromaLines(chroma);
  return luma * (1 + chromaShare) * sampleBytes(bitDepth);
}

/**
 * The forecast of what other pictures take from each block: 48 bytes for each of 50 pictures. Before 1.8 (February 2019) room for it was
 * always made, since then only in a second pass.
 */
function forecastOf({ lag }: Vp9Settings, { major, minor }: EngineVersion): { blockBytes: number; pictures: number } {
  const isEager = major < 4 || (major === 4 && minor < 2);
  if (isEager) return { blockBytes: 50 * 48, pictures: 0 };
  return lag > 0 ? { blockBytes: 50 * 48, pictures: FORECAST_PICTURES } : { blockBytes: 0, pictures: 0 };
}
