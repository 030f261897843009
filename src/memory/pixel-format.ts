/** Pixel formats a frame can have, by their ffmpeg names. Samples above 8 bits are 16-bit little endian. */
export type PixelFormat =
  | "yuv420p"
  | "yuv422p"
  | "yuv444p"
  | "yuv420p10le"
  | "yuv422p10le"
  | "yuv444p10le"
  | "yuv420p12le"
  | "yuv422p12le"
  | "yuv444p12le"
  | "yuva420p"
  | "gray"
  | "gray10le"
  | "gray12le"
  | "nv12"
  | "rgb24"
  | "rgba";

/** One plane: how far chroma subsampling halves it (0 or 1 times each way), and samples stored side by side per pixel. */
type PlaneShape = { readonly halvedAcross: 0 | 1; readonly halvedDown: 0 | 1; readonly samplesPerPixel: number };
export type PixelFormatShape = { readonly bitsPerSample: 8 | 10 | 12; readonly planes: readonly PlaneShape[] };

const full = (samplesPerPixel: number): PlaneShape => ({ halvedAcross: 0, halvedDown: 0, samplesPerPixel });
const yuv = (bitsPerSample: 8 | 10 | 12, halvedAcross: 0 | 1, halvedDown: 0 | 1): PixelFormatShape => {
  const chroma = { halvedAcross, halvedDown, samplesPerPixel: 1 };
  return { bitsPerSample, planes: [full(1), chroma, chroma] };
};

/** Source: libavutil/pixdesc.c of ffmpeg 5.1 (log2_chroma_w, log2_chroma_h, depth, step). */
export const PIXEL_FORMATS: Readonly<Record<PixelFormat, PixelFormatShape>> = {
  yuv420p: yuv(8, 1, 1),
  yuv422p: yuv(8, 1, 0),
  yuv444p: yuv(8, 0, 0),
  yuv420p10le: yuv(10, 1, 1),
  yuv422p10le: yuv(10, 1, 0),
  yuv444p10le: yuv(10, 0, 0),
  yuv420p12le: yuv(12, 1, 1),
  yuv422p12le: yuv(12, 1, 0),
  yuv444p12le: yuv(12, 0, 0),
  yuva420p: { bitsPerSample: 8, planes: [...yuv(8, 1, 1).planes, full(1)] },
  gray: { bitsPerSample: 8, planes: [full(1)] },
  gray10le: { bitsPerSample: 10, planes: [full(1)] },
  gray12le: { bitsPerSample: 12, planes: [full(1)] },
  nv12: { bitsPerSample: 8, planes: [full(1), { halvedAcross: 1, halvedDown: 1, samplesPerPixel: 2 }] },
  rgb24: { bitsPerSample: 8, planes: [full(3)] },
  rgba: { bitsPerSample: 8, planes: [full(4)] },
};

export function isPixelFormat(name: string): name is PixelFormat {
  return Object.hasOwn(PIXEL_FORMATS, name);
}
