/** Whether pictures of H.264 are fields, and which comes first (sections 7.3.3 and D.2.3). */
import { BitReader } from "./bit-reader.ts";
import { rawPayload } from "./nal.ts";
import type { FieldSyntax } from "./sequence.ts";

export type FieldOrder = "progressive" | "tff" | "bff";

/**
 * pic_struct by its code (table D-1): a frame; top or bottom field alone; a pair of fields; three fields of a film frame; a frame two or
 * three times. Only the fields of the first four may be of different moments.
 */
const PICTURE_STRUCTURES: readonly FieldOrder[] = ["progressive", "tff", "bff", "tff", "bff", ...Array<FieldOrder>(4).fill("progressive")];
/** A slice header begins within this. */
const SLICE_HEAD_BYTES = 32;

/** From the payload of a picture timing message; undefined when it carries no pic_struct. */
export function fieldOrderOfTiming(payload: Uint8Array, { delayBits }: FieldSyntax): FieldOrder | undefined {
  if (delayBits === undefined) return undefined;
  const reader = new BitReader(payload);
  reader.skip(delayBits);
  return PICTURE_STRUCTURES[reader.bits(4)];
}

export type FieldPicture = { readonly order: FieldOrder; readonly isFirstSlice: boolean };

/** From the header of a slice: a picture that is one field. undefined for a frame, whose lines may still be of two moments. */
export function fieldPictureOf(unit: Uint8Array, { frameNumberBits, hasColourPlane }: FieldSyntax): FieldPicture | undefined {
  const reader = new BitReader(rawPayload(unit.subarray(0, SLICE_HEAD_BYTES), 1));
  const firstMacroblock = reader.ue();
  reader.ue(); // slice_type
  reader.ue(); // pic_parameter_set_id
  if (hasColourPlane) reader.skip(2);
  reader.skip(frameNumberBits);
  if (!reader.flag()) return undefined;
  return { order: reader.flag() ? "bff" : "tff", isFirstSlice: firstMacroblock === 0 };
}
