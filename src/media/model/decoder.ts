import { dav1dMemory, libaomMemory } from "./av1-decoder.ts";
import { heldPacketBytes } from "./coded.ts";
import { decodedPlaneBytes } from "./decoded-picture.ts";
import { pictureBytes } from "./pixels.ts";
import type { DecoderShape, EngineVersion, SourceCodec } from "./types.ts";

export type DecoderMemory = { readonly frames: number; readonly frameBytes: number; readonly threadBytes: number };

/**
 * The decoders that ffmpeg takes of itself, from their sources and checked against measurement: pictures and per-thread state. A picture
 * less than the stream's buffer is never assumed, since a header says what a stream may do and not what it does.
 */
export function decoderMemory(shape: DecoderShape, engine: EngineVersion, frames: number): DecoderMemory {
  const memory = DECODERS[shape.codec](shape, engine);
  return { ...memory, frames: Math.min(memory.frames, frames + 1) };
}

/** The model for a codec as ffmpeg names it, where the engine has these decoders: AV1 goes to libdav1d, without it to libaom. */
export function sourceCodec(name: string, decoders: readonly string[]): SourceCodec {
  if (name === "av1" && !decoders.includes("libdav1d")) return "av1-libaom";
  return Object.hasOwn(DECODERS, name) ? (name as SourceCodec) : "other";
}

/** Coded pictures between demuxer and decoder. Those of rawvideo are the pictures themselves. */
export function decoderPacketBytes({ codec, packetBytes = 0, readAheadBytes = 0, threads }: DecoderShape, engine: EngineVersion): number {
  if (codec === "rawvideo") return 0;
  const held = HELD_PACKETS[codec]?.(threads);
  return readAheadBytes + (held === undefined ? heldPacketBytes(packetBytes, engine) : Math.round(packetBytes * held));
}

/** Of these, none waits for the order of pictures to be known; frame threads hold several each. */
const HELD_PACKETS: Readonly<Partial<Record<SourceCodec, (threads: number) => number>>> = {
  mjpeg: () => 2.5,
  prores: (threads) => 2.5 + 5 * (threads - 1),
  ffv1: (threads) => 2.5 + threads - 1,
};

const DECODERS: Readonly<Record<SourceCodec, (shape: DecoderShape, engine: EngineVersion) => DecoderMemory>> = {
  h264: h264Memory,
  hevc: (shape) => referenced(shape, hevcMotionBytes(shape)),
  vp8: (shape) => ({ ...twoPerThread({ ...shape, dpbFrames: 2 }, 1 / 256), threadBytes: contexts(shape) * 200_000 }),
  vp9: (shape) => ({ ...twoPerThread(shape, VP9_MOTION_BYTES), threadBytes: contexts(shape) * 500_000 }),
  av1: dav1dMemory,
  "av1-libaom": libaomMemory,
  mpeg2video: (shape) => ({ ...pictures(4, shape), threadBytes: shape.threads * (400_000 + 0.4 * pixels(shape)) }),
  mpeg4: (shape) => ({ ...twoPerThread({ ...shape, dpbFrames: 3 }, 0), threadBytes: contexts(shape) * (600_000 + 0.65 * pixels(shape)) }),
  mjpeg: (shape) => ({ ...pictures(2, shape), threadBytes: 200_000 }),
  prores: (shape) => ({ ...pictures(1 + shape.threads, shape), threadBytes: contexts(shape) * 200_000 }),
  ffv1: ffv1Memory,
  rawvideo: (shape) => ({ frames: 2, frameBytes: pictureBytes(shape), threadBytes: 0 }),
  other: (shape) => referenced(shape, pixels(shape)),
};

/** ffmpeg 5 and 6 decode FFV1 in slices alone, the others several pictures at once. */
function ffv1Memory(shape: DecoderShape, { major }: EngineVersion): DecoderMemory {
  const hasFrameThreads = major < 5 || major >= 7;
  return { ...pictures(hasFrameThreads ? 1 + shape.threads : 2, shape), threadBytes: 500_000 };
}

/** A segment number and a pair of vectors for each 8 x 8 block, of blocks of 64. */
const VP9_MOTION_BYTES = (64 + 64 * 12) / 64 ** 2;
/** H264Context and HEVCContext of one thread with their row buffers. */
const CONTEXT_BYTES = 800_000;

/** With frame threads there is one context more than threads. */
function contexts({ threads }: DecoderShape): number {
  return threads > 1 ? threads + 1 : 1;
}

function pixels({ width, height }: DecoderShape): number {
  return width * height;
}

function pictures(frames: number, shape: DecoderShape, motionBytes = 0): Omit<DecoderMemory, "threadBytes"> {
  return { frames, frameBytes: decodedPlaneBytes(shape) + motionBytes };
}

/** The stream's own buffer, one picture being decoded, one on its way through the filters, one more per further thread. */
function referenced(shape: DecoderShape, motionBytes: number): DecoderMemory {
  return { ...pictures(shape.dpbFrames + 1 + shape.threads, shape, motionBytes), threadBytes: contexts(shape) * CONTEXT_BYTES };
}

/** Vectors, types and references are 140 bytes for each macroblock. Several threads hold one picture more, and row buffers of their own. */
function h264Memory(shape: DecoderShape): DecoderMemory {
  const memory = referenced(shape, (pixels(shape) / 256) * 140);
  if (shape.threads === 1) return memory;
  return { ...memory, frames: memory.frames + 1, threadBytes: contexts(shape) * (800_000 + 0.25 * pixels(shape)) };
}

/** Each further thread holds two pictures. */
function twoPerThread(shape: DecoderShape, motionBytesPerPixel: number): Omit<DecoderMemory, "threadBytes"> {
  return pictures(shape.dpbFrames + 2 * shape.threads, shape, motionBytesPerPixel * pixels(shape));
}

/** Vectors of the smallest blocks, lists of the largest. */
function hevcMotionBytes(shape: DecoderShape): number {
  const { largest, smallest } = shape.codingBlocks ?? { largest: 32, smallest: 8 };
  return pixels(shape) * (12 / (smallest / 2) ** 2 + 528 / largest ** 2);
}
