/** Reads what a pixel format is from its name (libavutil/pixdesc.c). */
export type PixelLayout = { readonly bitDepth: number; readonly chroma: "4:0:0" | "4:2:0" | "4:2:2" | "4:4:4" | "unknown" };

const PLANAR = /^yuv[aj]?(420|422|444)p(\d+)?(?:le|be)?$/;
const GRAY = /^gray(\d+)?(?:le|be)?$/;
/** Chroma interleaved in one plane: nv12 and its kin, and the p0xx of hardware decoders. */
const SEMI_PLANAR: Readonly<Record<string, PixelLayout>> = {
  nv12: { bitDepth: 8, chroma: "4:2:0" },
  nv21: { bitDepth: 8, chroma: "4:2:0" },
  nv16: { bitDepth: 8, chroma: "4:2:2" },
  nv20le: { bitDepth: 10, chroma: "4:2:2" },
  p010le: { bitDepth: 10, chroma: "4:2:0" },
};

export function layoutOf(pixelFormat: string): PixelLayout {
  const planar = PLANAR.exec(pixelFormat);
  if (planar !== null) {
    return { bitDepth: Number(planar[2] ?? 8), chroma: planar[1] === "420" ? "4:2:0" : planar[1] === "422" ? "4:2:2" : "4:4:4" };
  }
  const gray = GRAY.exec(pixelFormat);
  if (gray !== null) return { bitDepth: Number(gray[1] ?? 8), chroma: "4:0:0" };
  return SEMI_PLANAR[pixelFormat] ?? { bitDepth: 8, chroma: "unknown" };
}
