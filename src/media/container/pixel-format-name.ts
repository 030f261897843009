/** Reads what a pixel format is from its name (libavutil/pixdesc.c). */
export type PixelLayout = {
  /** Of the deepest component. */
  readonly bitDepth: number;
  /** RGB counts as "4:4:4": every sample of every plane is there. */
  readonly chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4" | "unknown";
  readonly hasAlpha: boolean;
};

const PLANAR = /^yuv(a|j)?(420|422|444)p(\d+)?(?:le|be)?$/;
const GRAY = /^gray(\d+)?(?:le|be)?$/;
const PLANAR_RGB = /^gbr(a)?p(\d+)?(?:le|be)?$/;
/** The number is bits per pixel. */
const PACKED_RGB = /^(?:rgb|bgr)(24|48)(?:le|be)?$/;
/** "0": a byte that is not used. The number is bits per pixel. */
const PADDED_RGB = /^(?:(?:rgb|bgr)(a|0)|(a|0)(?:rgb|bgr))(64)?(?:le|be)?$/;
/** Chroma interleaved in one plane, packed pixels of 4:2:2, and gray with alpha. */
const OTHERS: Readonly<Record<string, PixelLayout>> = {
  nv12: { bitDepth: 8, chroma: "4:2:0", hasAlpha: false },
  nv21: { bitDepth: 8, chroma: "4:2:0", hasAlpha: false },
  nv16: { bitDepth: 8, chroma: "4:2:2", hasAlpha: false },
  nv20le: { bitDepth: 10, chroma: "4:2:2", hasAlpha: false },
  p010le: { bitDepth: 10, chroma: "4:2:0", hasAlpha: false },
  yuyv422: { bitDepth: 8, chroma: "4:2:2", hasAlpha: false },
  uyvy422: { bitDepth: 8, chroma: "4:2:2", hasAlpha: false },
  yvyu422: { bitDepth: 8, chroma: "4:2:2", hasAlpha: false },
  ayuv64le: { bitDepth: 16, chroma: "4:4:4", hasAlpha: true },
  x2rgb10le: { bitDepth: 10, chroma: "4:4:4", hasAlpha: false },
  ya8: { bitDepth: 8, chroma: "4:0:0", hasAlpha: true },
  ya16le: { bitDepth: 16, chroma: "4:0:0", hasAlpha: true },
  ya16be: { bitDepth: 16, chroma: "4:0:0", hasAlpha: true },
};
const CHROMA = { 420: "4:2:0", 422: "4:2:2", 444: "4:4:4" } as const;

export function layoutOf(pixelFormat: string): PixelLayout {
  const planar = PLANAR.exec(pixelFormat);
  if (planar !== null) {
    const chroma = CHROMA[planar[2] as unknown as keyof typeof CHROMA];
    return { bitDepth: Number(planar[3] ?? 8), chroma, hasAlpha: planar[1] === "a" };
  }
  const gray = GRAY.exec(pixelFormat);
  if (gray !== null) return { bitDepth: Number(gray[1] ?? 8), chroma: "4:0:0", hasAlpha: false };
  return rgbLayoutOf(pixelFormat) ?? OTHERS[pixelFormat] ?? { bitDepth: 8, chroma: "unknown", hasAlpha: false };
}

function rgbLayoutOf(pixelFormat: string): PixelLayout | undefined {
  const planes = PLANAR_RGB.exec(pixelFormat);
  if (planes !== null) return { bitDepth: Number(planes[2] ?? 8), chroma: "4:4:4", hasAlpha: planes[1] === "a" };
  const packed = PACKED_RGB.exec(pixelFormat);
  if (packed !== null) return { bitDepth: Number(packed[1]) / 3, chroma: "4:4:4", hasAlpha: false };
  const padded = PADDED_RGB.exec(pixelFormat);
  if (padded === null) return undefined;
  return { bitDepth: Number(padded[3] ?? 32) / 4, chroma: "4:4:4", hasAlpha: (padded[1] ?? padded[2]) === "a" };
}
