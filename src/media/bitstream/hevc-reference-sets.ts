/** Parts of the H.265 sequence parameter set whose length depends on their content (sections 7.3.4 and 7.3.7). */
import { MalformedInputError } from "../../base/index.ts";
import type { BitReader } from "./bit-reader.ts";

export function skipScalingLists(reader: BitReader): void {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!reader.flag()) {
        reader.ue(); // scaling_list_pred_matrix_id_delta
        continue;
      }
      if (size > 1) reader.se(); // scaling_list_dc_coef_minus8
      const coefficients = Math.min(64, 2 ** (4 + 2 * size));
      for (let at = 0; at < coefficients; at++) reader.se();
    }
  }
}

export function skipShortTermSets(reader: BitReader): void {
  const sets = reader.ueAtMost(64, "num_short_term_ref_pic_sets");
  let pictures = 0;
  for (let set = 0; set < sets; set++) {
    pictures = set > 0 && reader.flag() ? skipPredictedSet(reader, pictures) : skipExplicitSet(reader);
    if (pictures > 16) throw new MalformedInputError("a reference picture set in the video's headers holds more than 16 pictures");
  }
}

/** @returns pictures in the set */
function skipPredictedSet(reader: BitReader, picturesBefore: number): number {
  reader.skip(1); // delta_rps_sign
  reader.ue(); // abs_delta_rps_minus1
  let pictures = 0;
  for (let picture = 0; picture <= picturesBefore; picture++) {
    const isUsed = reader.flag();
    if (isUsed || reader.flag()) pictures++;
  }
  return pictures;
}

function skipExplicitSet(reader: BitReader): number {
  const pictures = reader.ueAtMost(16, "num_negative_pics") + reader.ueAtMost(16, "num_positive_pics");
  for (let picture = 0; picture < pictures; picture++) {
    reader.ue();
    reader.skip(1);
  }
  return pictures;
}
