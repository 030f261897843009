import { align, chromaLines, sampleBytes } from "./pixels.ts";
import type { AomSettings, EncoderMemory, EngineVersion, PictureShape } from "./types.ts";

const BORDER = 160;

export function aomMemory(picture: PictureShape, settings: AomSettings, engine: EngineVersion): EncoderMemory {
  const row = align(picture.width, 8) + 2 * BORDER;
  const chromaShare = picture.chroma === "4:4:4" ? 2 : chromaLines(picture.chroma);
  const pictureBufferBytes = row * (align(picture.height, 8) + 2 * BORDER) * (1 + chromaShare) * sampleBytes(picture.bitDepth);
  return {
    inputFrames: settings.lag + 2,
    inputFrameBytes: pictureBufferBytes,
    codedFrames: 24,
    codedFrameBytes: pictureBufferBytes,
    threadBytes: settings.threads * (engine.major >= 5 ? 4_000_000 : 130_000_000) + picture.width * picture.height * 20,
  };
}
