import { Refusal } from "./refusal.ts";

/** The characters up to the first byte that is no UTF-8, and whether there was one. A byte order mark is left out. */
export type Decoded = { readonly text: string; readonly isBroken: boolean };

export function decode(bytes: Uint8Array): Decoded {
  const [a, b, c, d] = bytes;
  const isUtf16 = (a === 0xfe && b === 0xff) || (a === 0xff && b === 0xfe);
  const isEbcdic = a === 0x4c && b === 0x6f && c === 0xa7 && d === 0x94;
  if (isUtf16 || isEbcdic || a === 0 || b === 0) throw new Refusal("XML_ENCODING", 0);
  const start = a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
  const end = validEnd(bytes, start);
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, end)), isBroken: end < bytes.length };
}

/** Where the first byte is that does not belong to a whole and shortest sequence (Unicode 15, table 3-7). */
function validEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0) return at;
    at += length;
  }
  return at;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  const rest = (count: number) => {
    for (let i = 2; i <= count; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return false;
    return true;
  };
  const isBetween = (low: number, high: number) => second >= low && second <= high;
  if (first >= 0xc2 && first <= 0xdf) return isBetween(0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const isRight = isBetween(first === 0xe0 ? 0xa0 : 0x80, first === 0xed ? 0x9f : 0xbf);
    return isRight && rest(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const isRight = isBetween(first === 0xf0 ? 0x90 : 0x80, first === 0xf4 ? 0x8f : 0xbf);
    return isRight && rest(3) ? 4 : 0;
  }
  return 0;
}
