/**
 * Static HDR metadata. The messages of H.264 and H.265 (section D.2.28, D.2.35) and the mdcv and clli boxes of MP4 hold the same bytes.
 */
import { MalformedInputError } from "../../base/index.ts";

/** Units of SMPTE ST 2086. */
export type MasteringDisplay = {
  /** Chromaticity in steps of 0.00002, order red, green, blue, white; each [x, y]. */
  readonly primaries: readonly (readonly [number, number])[];
  /** Luminance in steps of 0.0001 cd/m2. */
  readonly maxLuminance: number;
  readonly minLuminance: number;
};

/** Units of CTA-861.3: cd/m2. */
export type ContentLight = { readonly maxCll: number; readonly maxFall: number };

/** @throws MalformedInputError when there are fewer than 24 bytes */
export function parseMasteringDisplay(bytes: Uint8Array): MasteringDisplay {
  const view = viewOf(bytes, 24);
  const pair = (at: number): readonly [number, number] => [view.getUint16(at), view.getUint16(at + 2)];
  // In the stream: green, blue, red, white.
  const primaries = [pair(8), pair(0), pair(4), pair(12)];
  return { primaries, maxLuminance: view.getUint32(16), minLuminance: view.getUint32(20) };
}

/** @throws MalformedInputError when there are fewer than 4 bytes */
export function parseContentLight(bytes: Uint8Array): ContentLight {
  const view = viewOf(bytes, 4);
  return { maxCll: view.getUint16(0), maxFall: view.getUint16(2) };
}

function viewOf(bytes: Uint8Array, needed: number): DataView {
  if (bytes.length < needed) throw new MalformedInputError("static HDR metadata of the video is cut short");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
