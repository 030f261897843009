import { noisePictureBytes } from "./coded.ts";
import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { EncoderMemory, EngineVersion, PictureShape, X264Settings } from "./types.ts";

/**
 * What x264 makes of settings at crf 0 with 8 bits, which is lossless: no B-frames, rate control or tree, so no lookahead (encoder.c,
 * validate_parameters; its own list in the stream says bframes=0).
 */
export function losslessX264<S extends X264Settings>(settings: S): S {
  return { ...settings, lookahead: 0, bframes: 0, bAdapt: 0 };
}

const PAD_LINES = 64;
const HUGE_PAGE_BYTES = 2 * 1024 * 1024;
/** From this size on x264 asks the kernel for huge pages for its bitstream buffers, and the first byte costs a whole one. */
const HUGE_BUFFER_PIXELS = 1_000_000;
const HUGE_SLACK_BYTES = HUGE_PAGE_BYTES / 8;
/** struct x264_frame_t and allocator overhead of one picture; measured. */
const FRAME_STRUCT_BYTES = 20_000;
/** struct x264_t of one thread, with its threads' scratch. */
const THREAD_STRUCT_BYTES = 400_000;

/**
 * libx264's memory, from its own allocations (common/frame.c, common/macroblock.c, encoder/encoder.c of cores 157 and 164) and
 * checked against a live count of them: every picture is one block, taken from a list that grows up to these numbers.
 */
export function x264Memory(
  picture: PictureShape,
  settings: X264Settings,
  engine: EngineVersion,
  frames: number,
  crf = CALIBRATED_CRF,
): EncoderMemory {
  const planes = planeBytes(picture, settings, engine);
  return {
    inputFrames: Math.min(inputFrames(settings), frames),
    inputFrameBytes: blockBytes(inputFrameBytes(planes, settings)),
    codedFrames: Math.min(codedFrames(settings), frames),
    codedFrameBytes: blockBytes(codedFrameBytes(planes, settings, picture)),
    threadBytes:
      threadBytes(planes, settings, picture) + costTableBytes(picture, settings, engine) + codedBytes(picture, settings, engine, crf),
  };
}

/** Coded pictures of noise at this quality and above are within the rest of the model. */
const CALIBRATED_CRF = 23;
/** Copies of a coded picture that exist at once beside one in each frame thread: measured 1.4 in ffmpeg 5, 3.4 in 4. */
const codedCopies = (engine: EngineVersion): number => (engine.major >= 5 ? 2 : 4);

/** What coded pictures may take more than at the quality the model was measured at: the worst case, noise. */
function codedBytes(picture: PictureShape, settings: X264Settings, engine: EngineVersion, crf: number): number {
  const larger = Math.max(0, noisePictureBytes(picture, crf) - noisePictureBytes(picture, CALIBRATED_CRF));
  return larger * (frameThreads(settings) + codedCopies(engine));
}

/** Motion costs of every quantizer over the level's range of vectors (analyse.c): 512 samples up to level 5.2, 8192 above. */
function costTableBytes(picture: PictureShape, settings: X264Settings, engine: EngineVersion): number {
  const takesTimeBaseForRate = engine.major < 5 && settings.frameRate === undefined;
  const isAboveLevel5 = takesTimeBaseForRate || picture.width * picture.height > LEVEL_5_PIXELS;
  return (picture.bitDepth > 8 ? 82 : 70) * (isAboveLevel5 ? 8192 : 512) * 32;
}

/** MaxFS of level 5.2: 36,864 macroblocks. */
const LEVEL_5_PIXELS = 36_864 * 256;

/** x264 asks for huge pages for blocks that fill one to seven eighths (common/base.c): the last one is then resident as a whole. */
function blockBytes(bytes: number): number {
  if (bytes < HUGE_PAGE_BYTES - HUGE_SLACK_BYTES) return bytes;
  return Math.max(bytes, Math.floor((bytes + HUGE_SLACK_BYTES) / HUGE_PAGE_BYTES) * HUGE_PAGE_BYTES);
}

type PlaneBytes = {
  readonly macroblocks: number;
  readonly luma: number;
  readonly chroma: number;
  readonly lowres: number;
  /** Of luma and chroma, without the lines above and below that only reference pictures get. */
  readonly written: number;
};

/** Columns around a row: 32 + 32 before January 2021 (ffmpeg 4.4), 64 + 32 since. */
function padColumns(engine: EngineVersion): number {
  return engine.major < 4 || (engine.major === 4 && engine.minor < 4) ? 64 : 96;
}

/** Rows are kept off multiples of 1 KiB, where they would share cache sets. */
function stride(samples: number, step: number, avoid: number): number {
  const padded = align(samples, step);
  return padded % avoid === 0 ? padded + step : padded;
}

function planeBytes(picture: PictureShape, { interlaced }: X264Settings, engine: EngineVersion): PlaneBytes {
  const bytes = sampleBytes(picture.bitDepth);
  const width = align(picture.width, 16);
  const height = align(picture.height, interlaced ? 32 : 16);
  const pad = padColumns(engine);
  const row = stride(width + pad, 64 / bytes, 1024 / bytes);
  const lowresRow = stride(width / 2 + pad, 64 / bytes, 2048 / bytes);
  const luma = row * (height + PAD_LINES * (interlaced ? 2 : 1)) * bytes;
  const chromaShare = picture.chroma === "4:4:4" ? 2 : chromaLines(picture.chroma);
  return {
    macroblocks: (width * height) / 256,
    luma,
    chroma: luma * chromaShare,
    written: row * height * bytes * (1 + chromaShare),
    lowres: lowresRow * (height / 2 + PAD_LINES) * bytes,
  };
}

/**
 * A picture waiting to be coded: its planes, four half-size planes, motion, and the cost of every pairing the lookahead tries, which with
 * b-adapt 1 are few. Measured 6.4 MiB at 1080p, this says 6.6.
 */
function inputFrameBytes(planes: PlaneBytes, settings: X264Settings): number {
  const b = settings.bframes;
  const pairings = settings.bAdapt === 2 ? (b + 2) ** 2 : Math.min((b + 2) ** 2, 2 * (b + 2));
  const perMacroblock = (b > 0 ? 2 : 1) * (b + 1) * 8 + 2 + 2 * pairings + 10;
  return planes.written + 4 * planes.lowres + planes.macroblocks * perMacroblock + FRAME_STRUCT_BYTES;
}

/** A reconstructed picture: luma four times for half-sample search (once in ultrafast), as much again for fields, vectors, types. */
function codedFrameBytes(planes: PlaneBytes, settings: X264Settings, picture: PictureShape): number {
  const lumaCopies = (settings.preset === "ultrafast" ? 1 : 4) * (settings.interlaced ? 2 : 1);
  const chroma = picture.chroma === "4:4:4" ? planes.chroma * lumaCopies : planes.chroma;
  const perMacroblock = 74 + (settings.bframes > 0 ? 68 : 0);
  return planes.luma * lumaCopies + chroma + planes.macroblocks * perMacroblock + FRAME_STRUCT_BYTES;
}

function frameThreads(settings: X264Settings): number {
  return settings.slicedThreads ? 1 : settings.threads;
}

function hasLookaheadThread(settings: X264Settings): boolean {
  return frameThreads(settings) > 1 && settings.syncLookahead !== 0;
}

/** encoder.c, frames.i_delay, and two more in hand. */
function inputFrames(settings: X264Settings): number {
  const lookahead = Math.min(settings.lookahead, settings.keyint);
  const decide = settings.bAdapt === 2 ? 4 * Math.max(settings.bframes, 3) : settings.bframes;
  const threads = frameThreads(settings);
  const syncLookahead = hasLookaheadThread(settings) ? settings.bframes + 1 : 0;
  const timestamps = 1;
  return Math.max(decide, lookahead) + (threads - 1) + syncLookahead + timestamps + 2;
}

/** set.c, max_dec_frame_buffering, and one being coded per frame thread. */
function codedFrames(settings: X264Settings): number {
  const pyramid = settings.bframes > 1;
  const reorder = pyramid ? 2 : settings.bframes;
  return Math.min(16, Math.max(settings.refs, 1 + reorder, pyramid ? 4 : 1)) + frameThreads(settings);
}

function threadBytes(planes: PlaneBytes, settings: X264Settings, picture: PictureShape): number {
  const threads = frameThreads(settings);
  const lookaheadThread = hasLookaheadThread(settings) ? 1 : 0;
  const vectorLists = (settings.refs + 2) * (settings.interlaced ? 2 : 1) + (settings.weightp === 2 ? 5 : 0);
  const weightedPlanes = picture.chroma === "4:2:2" ? 2 : 1;
  const weighted = [0, 1, picture.bitDepth === 8 ? 2 : 1][settings.weightp] ?? 0;
  const state = planes.macroblocks * (94 + 4 * vectorLists) + weighted * weightedPlanes * planes.luma;
  const pixels = picture.width * picture.height;
  const bitstream = pixels < HUGE_BUFFER_PIXELS ? pixels / 4 : HUGE_PAGE_BYTES;
  return (threads + lookaheadThread) * state + settings.threads * (bitstream + THREAD_STRUCT_BYTES) + bitstream;
}
