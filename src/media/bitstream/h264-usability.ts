/** Video usability information of H.264 (Rec. ITU-T H.264, annex E.1.1). */
import { MalformedInputError } from "../../base/index.ts";
import type { BitReader } from "./bit-reader.ts";
import type { Usability } from "./sequence.ts";
import { readSignalDescription } from "./usability.ts";

/** The largest decoded picture buffer of any level. */
export const MOST_DPB_FRAMES = 16;

type H264Usability = {
  readonly description?: Usability;
  readonly reorderFrames?: number;
  readonly dpbFrames?: number;
  /** Bits of cpb_removal_delay and dpb_output_delay in picture timing messages; absent when those carry no pic_struct. */
  readonly delayBits?: number;
};

/** Some encoders cut this part short; what was read before that is kept, as decoders do. */
export function readH264Usability(reader: BitReader): H264Usability {
  let usability: H264Usability = {};
  try {
    usability = { description: readSignalDescription(reader) };
    const frameRate = reader.flag() ? readFrameRate(reader) : undefined;
    if (frameRate !== undefined) usability = { description: { ...usability.description, frameRate } };
    const nalDelayBits = reader.flag() ? readHrd(reader) : undefined;
    const vclDelayBits = reader.flag() ? readHrd(reader) : undefined;
    const delayBits = vclDelayBits ?? nalDelayBits;
    if (delayBits !== undefined) reader.skip(1); // low_delay_hrd_flag
    if (reader.flag()) usability = { ...usability, delayBits: delayBits ?? 0 };
    if (!reader.flag()) return usability;
    reader.skip(1); // motion_vectors_over_pic_boundaries_flag
    for (let field = 0; field < 4; field++) reader.ue();
    const reorderFrames = reader.ueAtMost(MOST_DPB_FRAMES, "max_num_reorder_frames");
    return { ...usability, reorderFrames, dpbFrames: reader.ueAtMost(MOST_DPB_FRAMES, "max_dec_frame_buffering") };
  } catch (error) {
    if (!(error instanceof MalformedInputError)) throw error;
    return usability;
  }
}

/** A tick is a field, so two make a frame. */
function readFrameRate(reader: BitReader): Usability["frameRate"] {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  reader.skip(1); // fixed_frame_rate_flag
  return unitsInTick > 0 && timeScale > 0 ? { num: timeScale, den: 2 * unitsInTick } : undefined;
}

/** @returns bits of cpb_removal_delay and dpb_output_delay together */
function readHrd(reader: BitReader): number {
  const schedules = 1 + reader.ueAtMost(31, "cpb_cnt_minus1");
  reader.skip(8);
  for (let schedule = 0; schedule < schedules; schedule++) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(5); // initial_cpb_removal_delay_length_minus1
  const delayBits = reader.bits(5) + 1 + reader.bits(5) + 1;
  reader.skip(5); // time_offset_length
  return delayBits;
}
