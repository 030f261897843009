import type { Chroma, PictureShape } from "./types.ts";

export function align(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** Bytes of one sample in memory: 1 for 8 bit, 2 above. */
export function sampleBytes(bitDepth: number): number {
  return bitDepth > 8 ? 2 : 1;
}

/** Samples of both chroma planes per luma sample. */
function chromaShare(chroma: Chroma): number {
  return { "4:2:0": 0.5, "4:2:2": 1, "4:4:4": 2 }[chroma];
}

/** Lines of a chroma plane per luma line. */
export function chromaLines(chroma: Chroma): number {
  return chroma === "4:2:0" ? 0.5 : 1;
}

/** Bytes of one picture with tight rows, as in rawvideo. */
export function pictureBytes(shape: PictureShape): number {
  return Math.ceil(shape.width * shape.height * (1 + chromaShare(shape.chroma))) * sampleBytes(shape.bitDepth);
}
