import { assert } from "../base/index.ts";
import { PIXEL_FORMATS, type PixelFormat } from "./pixel-format.ts";

export type FramePlane = {
  /** Bytes from the start of the frame. */
  readonly offsetBytes: number;
  /** Bytes from one row to the next; rows are tight, so also the bytes of a row. */
  readonly strideBytes: number;
  /** Samples per row; interleaved components count each (nv12 chroma, rgb24, rgba). */
  readonly width: number;
  /** Rows. */
  readonly height: number;
  /** Explicit, so that the last plane never ends at an unused offset. */
  readonly lengthBytes: number;
};

/** Where the planes of a frame lie: one after the other with tight rows, byte for byte as `ffmpeg -f rawvideo` writes them. */
export class FrameLayout {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly planes: readonly FramePlane[];
  readonly frameBytes: number;
  readonly bitsPerSample: 8 | 10 | 12;

  private constructor(width: number, height: number, format: PixelFormat) {
    const shape = PIXEL_FORMATS[format];
    const bytesPerSample = shape.bitsPerSample > 8 ? 2 : 1;
    let offsetBytes = 0;
    this.planes = shape.planes.map((plane) => {
      const samples = halve(width, plane.halvedAcross) * plane.samplesPerPixel;
      const rows = halve(height, plane.halvedDown);
      const strideBytes = samples * bytesPerSample;
      const placed = { offsetBytes, strideBytes, width: samples, height: rows, lengthBytes: strideBytes * rows };
      offsetBytes += placed.lengthBytes;
      return placed;
    });
    this.width = width;
    this.height = height;
    this.format = format;
    this.frameBytes = offsetBytes;
    this.bitsPerSample = shape.bitsPerSample;
  }

  /** @param width pixels @param height pixels; both at least 1 and at most 65535 (H.264 and HEVC levels end far below) */
  static of(width: number, height: number, format: PixelFormat): FrameLayout {
    for (const side of [width, height]) assert(Number.isInteger(side) && side >= 1 && side <= 65535, `frame side of ${side} pixels`);
    return new FrameLayout(width, height, format);
  }
}

/** An odd side rounds up: a 5-pixel row has 3 chroma samples (ITU-T H.264 6.2 with cropping; ffmpeg's AV_CEIL_RSHIFT). */
function halve(pixels: number, times: 0 | 1): number {
  return times === 0 ? pixels : Math.ceil(pixels / 2);
}
