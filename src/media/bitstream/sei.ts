/** Supplemental enhancement information: which messages a stream carries that an encoder would lose (annex D of H.264 and H.265). */
import { safeSlice } from "../../memory/index.ts";
import { type ContentLight, type MasteringDisplay, parseContentLight, parseMasteringDisplay } from "./hdr-metadata.ts";

/** What a message carries, in the words of MediaIndex. */
export type MessageName =
  | "mastering display"
  | "content light level"
  | "ambient viewing environment"
  | "Dolby Vision"
  | "HDR10+"
  | "HDR Vivid"
  | "closed captions"
  | "active format description"
  | "film grain"
  | "stereo 3D"
  | "display orientation"
  | "alpha";

export type SeiMessage = { readonly type: number; readonly payload: Uint8Array };

const USER_DATA_REGISTERED = 4;
const FILM_GRAIN = 19;
const FRAME_PACKING = 45;
const DISPLAY_ORIENTATION = 47;
const MASTERING_DISPLAY = 137;
const CONTENT_LIGHT = 144;
const AMBIENT_VIEWING = 148;
const ALPHA_CHANNEL = 165;

const NAMES: ReadonlyMap<number, MessageName> = new Map([
  [FILM_GRAIN, "film grain"],
  [FRAME_PACKING, "stereo 3D"],
  [DISPLAY_ORIENTATION, "display orientation"],
  [MASTERING_DISPLAY, "mastering display"],
  [CONTENT_LIGHT, "content light level"],
  [AMBIENT_VIEWING, "ambient viewing environment"],
  [ALPHA_CHANNEL, "alpha"],
]);

/** Messages of one unit, from its unescaped payload. A message that runs over the end is not yielded. */
export function* seiMessages(payload: Uint8Array): Generator<SeiMessage> {
  let at = 0;
  // The last byte that counts is the stop bit.
  while (at + 2 < payload.length) {
    const type = extendedNumber(payload, at);
    const size = extendedNumber(payload, type.next);
    const message = safeSlice(payload, size.next, size.value);
    if (message === undefined) return;
    yield { type: type.value, payload: message };
    at = size.next + size.value;
  }
}

/** Bytes of 255 add up until a smaller one ends the number. */
function extendedNumber(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  let at = from;
  while (bytes[at] === 255) {
    value += 255;
    at++;
  }
  return { value: value + (bytes[at] ?? 0), next: at + 1 };
}

/** The name of a message mm must keep or refuse; undefined for all others. */
export function nameOfMessage({ type, payload }: SeiMessage): MessageName | undefined {
  return type === USER_DATA_REGISTERED ? nameOfRegistered(payload) : NAMES.get(type);
}

export function masteringDisplayOf({ type, payload }: SeiMessage): MasteringDisplay | undefined {
  return type === MASTERING_DISPLAY && payload.length >= 24 ? parseMasteringDisplay(payload) : undefined;
}

export function contentLightOf({ type, payload }: SeiMessage): ContentLight | undefined {
  return type === CONTENT_LIGHT && payload.length >= 4 ? parseContentLight(payload) : undefined;
}

/** user_data_registered_itu_t_t35: the country, then the provider, then what the provider says it is. */
function nameOfRegistered(payload: Uint8Array): MessageName | undefined {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, at) => payload[at] === byte);
  // ATSC A/53 part 4 and SCTE 128: "GA94" type 3 is caption data with a count of triplets, "DTG1" the active format.
  if (starts(0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34, 0x03)) return ((payload[8] ?? 0) & 0x1f) > 0 ? "closed captions" : undefined;
  if (starts(0xb5, 0x00, 0x31, 0x44, 0x54, 0x47, 0x31)) return "active format description";
  if (starts(0xb5, 0x00, 0x3b)) return "Dolby Vision";
  // SMPTE ST 2094-40.
  if (starts(0xb5, 0x00, 0x3c, 0x00, 0x01, 0x04)) return "HDR10+";
  // AOMedia film grain.
  if (starts(0xb5, 0x58, 0x90, 0x00, 0x01)) return "film grain";
  // T/UWA 005.1.
  if (starts(0x26, 0x00, 0x04, 0x00, 0x05)) return "HDR Vivid";
  return undefined;
}
