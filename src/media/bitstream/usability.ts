/** The first half of the video usability information, which H.264 (annex E.1.1) and H.265 (annex E.2.1) write alike. */
import type { BitReader } from "./bit-reader.ts";
import type { Usability } from "./sequence.ts";

/** aspect_ratio_idc 1 to 16 (H.264 table E-1). */
const SAMPLE_ASPECT_RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
  [24, 11],
  [20, 11],
  [32, 11],
  [80, 33],
  [18, 11],
  [15, 11],
  [64, 33],
  [160, 99],
  [4, 3],
  [3, 2],
  [2, 1],
];
const EXTENDED_SAR = 255;

/** Reads up to and including the chroma location. */
export function readSignalDescription(reader: BitReader): Usability {
  const sar = reader.flag() ? readSampleAspectRatio(reader) : undefined;
  if (reader.flag()) reader.skip(1); // overscan_appropriate_flag
  let isFullRange: boolean | undefined;
  let color: Usability["color"];
  if (reader.flag()) {
    reader.skip(3); // video_format
    isFullRange = reader.flag();
    if (reader.flag()) color = { primaries: reader.bits(8), transfer: reader.bits(8), matrix: reader.bits(8) };
  }
  let chromaLocation: number | undefined;
  if (reader.flag()) {
    chromaLocation = reader.ueAtMost(5, "chroma_sample_loc_type_top_field");
    reader.ue();
  }
  return {
    ...(sar === undefined ? {} : { sar }),
    ...(isFullRange === undefined ? {} : { isFullRange }),
    ...(color === undefined ? {} : { color }),
    ...(chromaLocation === undefined ? {} : { chromaLocation }),
  };
}

function readSampleAspectRatio(reader: BitReader): Usability["sar"] {
  const code = reader.bits(8);
  if (code === EXTENDED_SAR) {
    const num = reader.bits(16);
    const den = reader.bits(16);
    return num > 0 && den > 0 ? { num, den } : undefined;
  }
  const ratio = SAMPLE_ASPECT_RATIOS[code - 1];
  return ratio === undefined ? undefined : { num: ratio[0], den: ratio[1] };
}
