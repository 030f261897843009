/** Sequence parameter set of H.265 (Rec. ITU-T H.265, sections 7.3.2.2, 7.3.3 and E.2.1). */
import { MalformedInputError } from "../../base/index.ts";
import { BitReader } from "./bit-reader.ts";
import { skipScalingLists, skipShortTermSets } from "./hevc-reference-sets.ts";
import { rawPayload } from "./nal.ts";
import { CHROMA_FORMATS, type SequenceParameters, type Usability } from "./sequence.ts";
import { readSignalDescription } from "./usability.ts";

const HEADER_BYTES = 2;
/** Larger than any level allows (level 6.2: 16,888 luma samples across at most). */
const LONGEST_SIDE = 65_535;

/** @throws MalformedInputError when the unit is no sequence parameter set a decoder could use */
export function parseHevcSps(unit: Uint8Array): SequenceParameters {
  const reader = new BitReader(rawPayload(unit, HEADER_BYTES));
  reader.skip(4); // sps_video_parameter_set_id
  const subLayers = reader.bits(3);
  reader.skip(1); // sps_temporal_id_nesting_flag
  const profile = readProfile(reader, subLayers);
  reader.ueAtMost(15, "sps_seq_parameter_set_id");
  const chromaFormat = reader.ueAtMost(3, "chroma_format_idc");
  if (chromaFormat === 3) reader.skip(1); // separate_colour_plane_flag
  const size = readSize(reader, chromaFormat);
  const bitDepth = 8 + reader.ueAtMost(8, "bit_depth_luma_minus8");
  reader.ueAtMost(8, "bit_depth_chroma_minus8");
  const orderBits = 4 + reader.ueAtMost(12, "log2_max_pic_order_cnt_lsb_minus4");
  const buffering = readBuffering(reader, subLayers);
  const vui = readRest(reader, orderBits);
  const isProgressive = vui.isFieldSequence ? false : profile.isProgressive;
  return {
    profile: profile.profile,
    level: profile.level,
    ...size,
    bitDepth,
    chroma: CHROMA_FORMATS[chromaFormat] ?? "4:2:0",
    isProgressive,
    dpbFrames: buffering.pictures,
    refFrames: Math.max(1, buffering.pictures - 1),
    reorderFrames: buffering.reorder,
    usability: vui.usability,
  };
}

type Profile = { readonly profile: number; readonly level: number; readonly isProgressive: boolean | undefined };

/** profile_tier_level(1, subLayers) */
function readProfile(reader: BitReader, subLayers: number): Profile {
  reader.skip(3); // general_profile_space, general_tier_flag
  const profile = reader.bits(5);
  reader.skip(32); // general_profile_compatibility_flag
  const isProgressiveSource = reader.flag();
  const isInterlacedSource = reader.flag();
  reader.skip(46); // remaining constraint flags and reserved bits
  const level = reader.bits(8);
  const present: { profile: boolean; level: boolean }[] = [];
  for (let layer = 0; layer < subLayers; layer++) present.push({ profile: reader.flag(), level: reader.flag() });
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (const layer of present) reader.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0));
  // Both flags set or both clear: the source is mixed or not known.
  return { profile, level, isProgressive: isProgressiveSource === isInterlacedSource ? undefined : isProgressiveSource };
}

function readSize(reader: BitReader, chromaFormat: number): { width: number; height: number } {
  const codedWidth = reader.ueAtMost(LONGEST_SIDE, "pic_width_in_luma_samples");
  const codedHeight = reader.ueAtMost(LONGEST_SIDE, "pic_height_in_luma_samples");
  const [left, right, top, bottom] = reader.flag() ? [reader.ue(), reader.ue(), reader.ue(), reader.ue()] : [0, 0, 0, 0];
  const width = codedWidth - (left + right) * (chromaFormat === 1 || chromaFormat === 2 ? 2 : 1);
  const height = codedHeight - (top + bottom) * (chromaFormat === 1 ? 2 : 1);
  if (width <= 0 || height <= 0) throw new MalformedInputError("the video's headers crop the whole picture away");
  return { width, height };
}

/** The numbers of the highest sub-layer, which is what a decoder of the whole stream needs. */
function readBuffering(reader: BitReader, subLayers: number): { pictures: number; reorder: number } {
  let pictures = 1;
  let reorder = 0;
  const isPerLayer = reader.flag();
  for (let layer = isPerLayer ? 0 : subLayers; layer <= subLayers; layer++) {
    pictures = 1 + reader.ueAtMost(15, "sps_max_dec_pic_buffering_minus1");
    reorder = reader.ueAtMost(15, "sps_max_num_reorder_pics");
    reader.ue(); // sps_max_latency_increase_plus1
  }
  return { pictures, reorder: Math.min(reorder, pictures) };
}

/** From the block sizes to the usability information. Nothing before the latter matters here, but it must be walked through. */
function readRest(reader: BitReader, orderBits: number): { usability: Usability; isFieldSequence: boolean } {
  try {
    for (let field = 0; field < 6; field++) reader.ue();
    if (reader.flag() && reader.flag()) skipScalingLists(reader);
    reader.skip(2); // amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if (reader.flag()) {
      reader.skip(8); // pcm bit depths
      reader.ue();
      reader.ue();
      reader.skip(1);
    }
    skipShortTermSets(reader);
    if (reader.flag()) reader.skip(reader.ueAtMost(32, "num_long_term_ref_pics_sps") * (orderBits + 1));
    reader.skip(2); // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
    return reader.flag() ? readUsability(reader) : { usability: {}, isFieldSequence: false };
  } catch (error) {
    if (!(error instanceof MalformedInputError)) throw error;
    return { usability: {}, isFieldSequence: false };
  }
}

function readUsability(reader: BitReader): { usability: Usability; isFieldSequence: boolean } {
  const description = readSignalDescription(reader);
  reader.skip(1); // neutral_chroma_indication_flag
  const isFieldSequence = reader.flag();
  reader.skip(1); // frame_field_info_present_flag
  if (reader.flag()) for (let side = 0; side < 4; side++) reader.ue(); // default_display_window
  if (!reader.flag()) return { usability: description, isFieldSequence };
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const frameRate = unitsInTick > 0 && timeScale > 0 ? { frameRate: { num: timeScale, den: unitsInTick } } : {};
  return { usability: { ...description, ...frameRate }, isFieldSequence };
}
