/** Sequence parameter set of H.264 (Rec. ITU-T H.264, sections 7.3.2.1.1 and E.1.1). */
import { MalformedInputError } from "../../base/index.ts";
import { BitReader } from "./bit-reader.ts";
import { MOST_DPB_FRAMES, readH264Usability } from "./h264-usability.ts";
import { rawPayload } from "./nal.ts";
import { CHROMA_FORMATS, type SequenceParameters } from "./sequence.ts";

/** Baseline has no B-frames. */
const BASELINE_PROFILE = 66;
/** Profiles that write chroma format, bit depths and scaling matrices. */
const HIGH_PROFILES = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);
/** Profiles that may promise by constraint_set3_flag to hold no reordered pictures (intra only). */
const INTRA_PROFILES = new Set([44, 86, 100, 110, 122, 244]);
const CONSTRAINT_SET3 = 0x10;
/** MaxDpbMbs by level_idc (table A-1); level 1b is 9 or 11 with constraint_set3_flag, and no smaller than 1. */
const MAX_DPB_MACROBLOCKS: Readonly<Record<number, number>> = {
  9: 396,
  10: 396,
  11: 900,
  12: 2376,
  13: 2376,
  20: 2376,
  21: 4752,
  22: 8100,
  30: 8100,
  31: 18_000,
  32: 20_480,
  40: 32_768,
  41: 32_768,
  42: 34_816,
  50: 110_400,
  51: 184_320,
  52: 184_320,
  60: 696_320,
  61: 696_320,
  62: 696_320,
};

/** @throws MalformedInputError when the unit is no sequence parameter set a decoder could use */
export function parseH264Sps(unit: Uint8Array): SequenceParameters {
  const reader = new BitReader(rawPayload(unit, 1));
  const profile = reader.bits(8);
  const constraints = reader.bits(8);
  const level = reader.bits(8);
  reader.ueAtMost(31, "seq_parameter_set_id");
  const samples = HIGH_PROFILES.has(profile) ? readSampleFormat(reader) : { chromaFormat: 1, bitDepth: 8, hasColourPlane: false };
  const { chromaFormat, bitDepth, hasColourPlane } = samples;
  const frameNumberBits = 4 + reader.ueAtMost(12, "log2_max_frame_num_minus4");
  const isOutputInDecodingOrder = readPictureOrder(reader) === 2;
  const refFrames = reader.ueAtMost(16, "max_num_ref_frames");
  reader.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(reader, chromaFormat);
  const usability = reader.flag() ? readH264Usability(reader) : {};
  const levelFrames = Math.floor((MAX_DPB_MACROBLOCKS[level] ?? Number.POSITIVE_INFINITY) / size.macroblocks);
  const mostFrames = Math.max(refFrames, 1, Math.min(levelFrames, MOST_DPB_FRAMES));
  const isIntraOnly = INTRA_PROFILES.has(profile) && (constraints & CONSTRAINT_SET3) !== 0;
  const dpbFrames = Math.min(MOST_DPB_FRAMES, Math.max(usability.dpbFrames ?? (isIntraOnly ? 1 : mostFrames), refFrames, 1));
  const mayReorder = !isOutputInDecodingOrder && !isIntraOnly && profile !== BASELINE_PROFILE;
  return {
    profile,
    level,
    width: size.width,
    height: size.height,
    bitDepth,
    chroma: CHROMA_FORMATS[chromaFormat] ?? "4:2:0",
    isProgressive: size.isFramesOnly ? true : undefined,
    dpbFrames,
    refFrames,
    reorderFrames: Math.min(dpbFrames, usability.reorderFrames ?? (mayReorder ? dpbFrames : 0)),
    usability: usability.description ?? {},
    ...(size.isFramesOnly ? {} : { fieldSyntax: { frameNumberBits, hasColourPlane, delayBits: usability.delayBits } }),
  };
}

function readSampleFormat(reader: BitReader): { chromaFormat: number; bitDepth: number; hasColourPlane: boolean } {
  const chromaFormat = reader.ueAtMost(3, "chroma_format_idc");
  const hasColourPlane = chromaFormat === 3 && reader.flag();
  const bitDepth = 8 + reader.ueAtMost(6, "bit_depth_luma_minus8");
  reader.ueAtMost(6, "bit_depth_chroma_minus8");
  reader.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (reader.flag()) {
    const lists = chromaFormat === 3 ? 12 : 8;
    for (let list = 0; list < lists; list++) if (reader.flag()) skipScalingList(reader, list < 6 ? 16 : 64);
  }
  return { chromaFormat, bitDepth, hasColourPlane };
}

function skipScalingList(reader: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let at = 0; at < size && next !== 0; at++) {
    next = (((last + reader.se()) % 256) + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** @returns pic_order_cnt_type */
function readPictureOrder(reader: BitReader): number {
  const type = reader.ueAtMost(2, "pic_order_cnt_type");
  if (type === 0) reader.ueAtMost(12, "log2_max_pic_order_cnt_lsb_minus4");
  if (type === 1) {
    reader.skip(1); // delta_pic_order_always_zero_flag
    reader.se();
    reader.se();
    const frames = reader.ueAtMost(255, "num_ref_frames_in_pic_order_cnt_cycle");
    for (let frame = 0; frame < frames; frame++) reader.se();
  }
  return type;
}

type Size = { readonly width: number; readonly height: number; readonly isFramesOnly: boolean; readonly macroblocks: number };

function readSize(reader: BitReader, chromaFormat: number): Size {
  const columns = 1 + reader.ueAtMost(2047, "pic_width_in_mbs_minus1");
  const rows = 1 + reader.ueAtMost(2047, "pic_height_in_map_units_minus1");
  const isFramesOnly = reader.flag();
  if (!isFramesOnly) reader.skip(1); // mb_adaptive_frame_field_flag
  reader.skip(1); // direct_8x8_inference_flag
  const rowsPerUnit = isFramesOnly ? 1 : 2;
  const codedWidth = columns * 16;
  const codedHeight = rows * 16 * rowsPerUnit;
  const [left, right, top, bottom] = reader.flag() ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()] : [0, 0, 0, 0];
  const width = codedWidth - (left + right) * (chromaFormat === 1 || chromaFormat === 2 ? 2 : 1);
  const height = codedHeight - (top + bottom) * (chromaFormat === 1 ? 2 : 1) * rowsPerUnit;
  if (width <= 0 || height <= 0) throw new MalformedInputError("the video's headers crop the whole picture away");
  return { width, height, isFramesOnly, macroblocks: columns * rows * rowsPerUnit };
}
