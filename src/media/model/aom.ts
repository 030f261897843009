import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { AomSettings, EncoderMemory, EngineVersion, PictureShape } from "./types.ts";

/** Slots of references, alternate references and working pictures; counted. */
const CODED_PICTURES = 16;
/** Forecast of what other pictures take from a block of 16 x 16, in each picture held back. */
const FORECAST_BLOCK_BYTES = 200;
/** Modes, coefficients, filters: counted at 240 and 480 lines. */
const PIXEL_BYTES = 52;

/** Border of a picture and bytes of each thread and of the rest: libaom 3, and 1.0 of ffmpeg 4.1, which was measured at 240 lines only. */
const RELEASES = {
  current: { border: 96, threadBytes: 1_300_000, stateBytes: 1_000_000 },
  first: { border: 288, threadBytes: 134_000_000, stateBytes: 37_000_000 },
} as const;

/** libaom's memory, from a live count of its blocks (3.6) at two sizes and two lengths of lookahead. */
export function aomMemory(picture: PictureShape, settings: AomSettings, engine: EngineVersion): EncoderMemory {
  const { border, threadBytes, stateBytes } = engine.major >= 5 ? RELEASES.current : RELEASES.first;
  const chromaShare = picture.chroma === "4:4:4" ? 2 : chromaLines(picture.chroma);
  const bytes = sampleBytes(picture.bitDepth);
  const pictureBufferBytes = plane(picture, border) * (1 + chromaShare) * bytes;
  const blocks = (align(picture.width, 128) / 16) * (align(picture.height, 128) / 16);
  return {
    inputFrames: settings.lag,
    inputFrameBytes: pictureBufferBytes + plane(picture, 32) * bytes + blocks * FORECAST_BLOCK_BYTES,
    codedFrames: CODED_PICTURES,
    codedFrameBytes: pictureBufferBytes,
    threadBytes: settings.threads * threadBytes + stateBytes + picture.width * picture.height * PIXEL_BYTES,
  };
}

/** Of luma, with a border on each side. */
function plane({ width, height }: PictureShape, border: number): number {
  return align(align(width, 8) + 2 * border, 32) * (align(height, 8) + 2 * border);
}
