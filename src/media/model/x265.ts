import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { EncoderMemory, EngineVersion, PictureShape, X265Settings } from "./types.ts";

/** One motion cost table per quantizer in use (bitcost.cpp): 8 to 20 were in use on real clips. */
const COST_TABLES = 20;
const COST_TABLE_BYTES = 524_300;
/** Analysis scratch of one worker at 64 x 64: ThreadLocalData and its prediction buffers. */
const WORKER_STRUCT_BYTES = 600_680;
const WORKER_PICTURE_BYTES = 1_000_000;

/**
 * libx265's memory, from its own allocations (common/picyuv.cpp, lowres.cpp, framedata.cpp, cudata.h of 2.9 and 3.5). The numbers of
 * frames are not in its source in one place: they were found by counting live allocations while one setting varied at a time.
 */
export function x265Memory(picture: PictureShape, settings: X265Settings, engine: EngineVersion, frames: number): EncoderMemory {
  const size = sizes(picture, settings, engine);
  const coded = codedFrames(settings);
  return {
    inputFrames: Math.min(settings.lookahead + settings.bframes + coded + 2, frames),
    inputFrameBytes: size.source + size.lowres + size.estimates,
    codedFrames: Math.min(coded, frames),
    codedFrameBytes: size.reconstruction + size.codingUnits,
    threadBytes: threadBytes(size, settings, picture),
  };
}

type Sizes = { source: number; lowres: number; estimates: number; reconstruction: number; codingUnits: number };

/** Motion vectors became 32 bit in x265 3.1 (2019), which ffmpeg 4.1 and earlier do not carry. */
function vectorBytes(engine: EngineVersion): number {
  return engine.major < 4 || (engine.major === 4 && engine.minor < 2) ? 4 : 8;
}

function sizes(picture: PictureShape, settings: X265Settings, engine: EngineVersion): Sizes {
  const bytes = sampleBytes(picture.bitDepth);
  const { ctu, bframes } = settings;
  const width = align(picture.width, ctu);
  const height = align(picture.height, ctu);
  const marginX = ctu + 32;
  const marginY = ctu + 16;
  const lines = chromaLines(picture.chroma);
  const chromaRow = (picture.chroma === "4:4:4" ? width : width / 2) + 2 * marginX;
  const rows = width + 2 * marginX + 2 * lines * chromaRow;
  const lowresBlocks = Math.ceil(picture.width / 16) * Math.ceil(picture.height / 16);
  const lowresRow = align(Math.floor(picture.width / 2) + 2 * marginX, 32);
  const lowresLines = align(Math.floor(picture.height / 2), 8) + 2 * marginY;
  const pairings = 2 * (bframes + 2) ** 2 + 2 * (bframes + 2) * (vectorBytes(engine) + 4);
  // ultrafast and superfast keep no quantizer offsets, and try fewer pairings than they have room for.
  const [offsets, triedShare] = isLean(settings) ? [0, 0.75] : [24, 1];
  const codingUnits = (width * height) / ctu ** 2;
  const coefficients = ctu ** 2 * (picture.chroma === "4:4:4" ? 3 : picture.chroma === "4:2:2" ? 2 : 1.5) * 2;
  const perPartition = 24 + 4 * vectorBytes(engine) + (bytes > 1 ? 8 : 4);
  return {
    source: rows * height * bytes,
    reconstruction: rows * (height + 2 * marginY) * bytes,
    lowres: 4 * lowresRow * lowresLines * bytes,
    estimates: lowresBlocks * (7 + offsets + pairings * triedShare) + 35_000,
    codingUnits: codingUnits * (coefficients + (ctu / 4) ** 2 * perPartition + 600),
  };
}

/** Presets without adaptive quantization. */
function isLean({ preset }: X265Settings): boolean {
  return preset === "ultrafast" || preset === "superfast";
}

/** Reconstructed pictures: references (two more than are reordered, at least), one per frame thread, one on its way out. */
function codedFrames(settings: X265Settings): number {
  const reorder = settings.bframes > 1 ? 2 : settings.bframes;
  return Math.max(settings.refs, reorder + 2) + 1 + settings.frameThreads;
}

function threadBytes(size: Sizes, settings: X265Settings, picture: PictureShape): number {
  const weightedReferences = settings.weightp * settings.frameThreads * settings.refs;
  const weightedLookahead = settings.weightp * (1 + (settings.pools >= 4 ? settings.pools : 0));
  const scratch = WORKER_STRUCT_BYTES + WORKER_PICTURE_BYTES * (settings.ctu / 64) ** 2 * sampleBytes(picture.bitDepth);
  return (
    weightedReferences * size.reconstruction + weightedLookahead * size.lowres + COST_TABLES * COST_TABLE_BYTES + settings.pools * scratch
  );
}
