import type { DecoderMemory } from "./decoder.ts";
import { align, pictureBytes, sampleBytes } from "./pixels.ts";
import type { DecoderShape } from "./types.ts";

/** Side of the largest block of AV1: dav1d allocates whole ones. */
const BLOCK = 128;
/** Dav1dContext with its tables, and the state of one thread; measured. */
const DAV1D_BYTES = 1_500_000;
const DAV1D_THREAD_BYTES = 700_000;

/**
 * libdav1d (lib.c, decode.c, picture.c of 1.0): eight references, the pictures being decoded and one on its way. With several threads
 * it parses whole pictures ahead, and keeps the coefficients of each.
 */
export function dav1dMemory(shape: DecoderShape): DecoderMemory {
  const picture = { ...shape, width: align(shape.width, BLOCK), height: align(shape.height, BLOCK) };
  const pixels = picture.width * picture.height;
  const pictures = picturesAtOnce(shape.threads);
  // Coefficients of two or four bytes; blocks and their types, of which one byte per pixel is touched.
  const parsed = pictures > 1 ? 2 * sampleBytes(shape.bitDepth) * (pictureBytes({ ...picture, bitDepth: 8 }) / pixels) + 1 : 0;
  const filterBytes = 0.5;
  return {
    frames: shape.dpbFrames + 1 + pictures,
    frameBytes: pictureBytes(picture) + pixels * MOTION_BYTES,
    threadBytes: DAV1D_BYTES + shape.threads * DAV1D_THREAD_BYTES + pictures * pixels * (parsed + filterBytes),
  };
}

/** Five bytes for each block of 8 x 8. */
const MOTION_BYTES = 5 / 64;

/** Frame contexts that dav1d opens: the square root of its threads, rounded up. */
function picturesAtOnce(threads: number): number {
  return Math.ceil(Math.sqrt(threads));
}

/** Of every picture of libaom, left, right, above and below; and its samples have 16 bits at any depth. */
const LIBAOM_BORDER = 160;
/** References, scratch buffers, and the description of every 4 x 4 block, which is as large as several pictures. */
const LIBAOM_PICTURES = 19;
const LIBAOM_THREAD_BYTES = 3_000_000;
const LIBAOM_THREAD_PIXEL_BYTES = 6;

/** libaom 1.0, as ffmpeg 4.1 carries it: measured at 480p, 1080p and 4K, 8 and 10 bits. */
export function libaomMemory(shape: DecoderShape): DecoderMemory {
  const bordered = { ...shape, bitDepth: 16, width: shape.width + 2 * LIBAOM_BORDER, height: shape.height + 2 * LIBAOM_BORDER };
  const perThread = LIBAOM_THREAD_BYTES + LIBAOM_THREAD_PIXEL_BYTES * shape.width * shape.height;
  return { frames: LIBAOM_PICTURES, frameBytes: pictureBytes(bordered), threadBytes: (shape.threads - 1) * perThread };
}

/** What libaom reserves for its threads and hardly touches, per pixel. */
const LIBAOM_RESERVED_PIXEL_BYTES = 70;

/** Bytes of the data segment beyond the usual that the decoder reserves and does not write to. */
export function reservedDecoderBytes(shape: DecoderShape): number {
  if (shape.codec !== "av1-libaom" || shape.threads === 1) return 0;
  return LIBAOM_RESERVED_PIXEL_BYTES * shape.width * shape.height;
}
