import { pictureBytes } from "./pixels.ts";
import type { EngineVersion, PictureShape } from "./types.ts";

/**
 * Bytes of a coded picture of noise, the worst there is: 10.9 bits per pixel at crf 1, 7.1 at 12, 4.3 at 23, 1.2 at 40 (libx264, medium,
 * 1080p, measured).
 */
export function noisePictureBytes(picture: PictureShape, crf: number): number {
  const bitsPerPixel = Math.max(1.2, 11.2 - 0.3 * crf);
  return Math.round(((pictureBytes({ ...picture, bitDepth: 8 }) / 1.5) * bitsPerPixel) / 8);
}

/**
 * What a decoder or demuxer holds of coded pictures of this size: the packets read to learn what the stream is, those on their way, and the
 * picture without its escape bytes. Measured with noise of 2.8 MB a picture: 5.3 of them in ffmpeg 5.1, 2.1 to 2.9 in 4.1.
 */
export function heldPacketBytes(packetBytes: number, engine: EngineVersion): number {
  return Math.round(packetBytes * (engine.major >= 5 ? 5.5 : 3));
}

/** ffmpeg's -probesize: it reads no more than this to learn what the streams are, and keeps what it read until it is decoded. */
const PROBED_BYTES = 5_000_000;
/** A packet in a list, its buffer and what malloc adds; measured 5.5 MiB in all. */
const PROBED_SHARE = 1.16;

/**
 * What the demuxer reads ahead to learn frame rates and orders: nothing where the container's tables say it. Measured with 33 MB of H.264
 * in each: 4.1 reads ahead in Matroska, AVI and FLV, 5.1 in AVI, FLV and less in MPEG-TS.
 */
export function readAheadBytes(container: string, byteLength: number, engine: EngineVersion): number {
  const isTold = container === "mp4" || container === "mov" || (engine.major >= 5 && (container === "matroska" || container === "webm"));
  return isTold ? 0 : Math.round(Math.min(PROBED_BYTES, byteLength) * PROBED_SHARE);
}
