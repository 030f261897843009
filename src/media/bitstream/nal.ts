/**
 * Network abstraction layer units. Units are views of the bytes they are found in; only the removal of emulation prevention copies,
 * and only where there is some. Sources: H.264 annex B and section 7.4.1, ISO/IEC 14496-15.
 */
import { MalformedInputError } from "../../base/index.ts";
import { safeSlice } from "../../memory/index.ts";

const START_CODE = Buffer.from([0, 0, 1]);
/** Parameter sets and messages are far smaller; more is not worth unpacking. */
const LONGEST_PAYLOAD_BYTES = 64 * 1024;

/** Units between start codes of three or four bytes; zeros before a start code belong to it. */
export function* annexBUnits(bytes: Uint8Array): Generator<Uint8Array> {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let found = haystack.indexOf(START_CODE);
  while (found >= 0) {
    const start = found + START_CODE.length;
    found = haystack.indexOf(START_CODE, start);
    let end = found < 0 ? bytes.length : found;
    while (end > start && bytes[end - 1] === 0) end--;
    if (end > start) yield bytes.subarray(start, end);
  }
}

/**
 * Units that each follow their length.
 *
 * @param lengthBytes - size of the length field, 1 to 4
 * @throws MalformedInputError when a length points outside
 */
export function* lengthPrefixedUnits(bytes: Uint8Array, lengthBytes: number): Generator<Uint8Array> {
  let at = 0;
  while (at + lengthBytes <= bytes.length) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + (bytes[at + i] ?? 0);
    const start = at + lengthBytes;
    const unit = safeSlice(bytes, start, length);
    if (unit === undefined) throw new MalformedInputError("a unit of the video is longer than its packet");
    if (length > 0) yield unit;
    at = start + length;
  }
}

/** The payload behind the unit's header, without emulation prevention bytes; the beginning of it when it is longer than 64 KiB. */
export function rawPayload(unit: Uint8Array, headerBytes: number): Uint8Array {
  const escaped = unit.subarray(headerBytes, headerBytes + LONGEST_PAYLOAD_BYTES);
  if (nextEscape(escaped, 0) < 0) return escaped;
  const payload = new Uint8Array(escaped.length);
  let length = 0;
  let from = 0;
  for (let at = nextEscape(escaped, 0); at >= 0; at = nextEscape(escaped, from)) {
    payload.set(escaped.subarray(from, at), length);
    length += at - from;
    from = at + 1;
  }
  payload.set(escaped.subarray(from), length);
  return payload.subarray(0, length + escaped.length - from);
}

/** Where the next 3 of a 0 0 3 is. `from` is the byte after the last one, so zeros before it do not count. */
function nextEscape(bytes: Uint8Array, from: number): number {
  for (let at = from + 2; at < bytes.length; at++) {
    if (bytes[at] === 3 && bytes[at - 1] === 0 && bytes[at - 2] === 0) return at;
  }
  return -1;
}
