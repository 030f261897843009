/** Decoder configuration records of MP4 and Matroska: parameter sets kept beside the packets (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1). */
import { MalformedInputError } from "../../base/index.ts";
import { safeSlice } from "../../memory/index.ts";

export type DecoderConfiguration = {
  /** Size of the length field in front of every unit of a packet. */
  readonly lengthBytes: number;
  /** Parameter sets and messages, as views of the record. */
  readonly units: readonly Uint8Array[];
};

/** @throws MalformedInputError when the record is cut short or of another version */
export function parseAvcConfiguration(record: Uint8Array): DecoderConfiguration {
  if (record.length < 7 || record[0] !== 1) throw malformed();
  const units: Uint8Array[] = [];
  const afterSequenceSets = readUnits(record, 6, (record[5] ?? 0) & 0x1f, units);
  const pictureSets = record[afterSequenceSets] ?? 0;
  readUnits(record, afterSequenceSets + 1, pictureSets, units);
  return { lengthBytes: ((record[4] ?? 0) & 3) + 1, units };
}

/** @throws MalformedInputError when the record is cut short or of another version */
export function parseHevcConfiguration(record: Uint8Array): DecoderConfiguration {
  // Version 0 was written before the standard was final, in the same shape.
  if (record.length < 23 || (record[0] ?? 0) > 1) throw malformed();
  const units: Uint8Array[] = [];
  const arrays = record[22] ?? 0;
  let at = 23;
  for (let array = 0; array < arrays; array++) {
    const count = (record[at + 1] ?? 0) * 256 + (record[at + 2] ?? 0);
    at = readUnits(record, at + 3, count, units);
  }
  return { lengthBytes: ((record[21] ?? 0) & 3) + 1, units };
}

/** Reads units that each follow a length of 16 bits. @returns the offset behind them */
function readUnits(record: Uint8Array, from: number, count: number, units: Uint8Array[]): number {
  let at = from;
  for (let unit = 0; unit < count; unit++) {
    const [high = 0, low = 0] = part(record, at, 2);
    const bytes = part(record, at + 2, high * 256 + low);
    units.push(bytes);
    at += 2 + bytes.length;
  }
  return at;
}

function part(record: Uint8Array, offset: number, length: number): Uint8Array {
  const bytes = safeSlice(record, offset, length);
  if (bytes === undefined) throw malformed();
  return bytes;
}

function malformed(): MalformedInputError {
  return new MalformedInputError("the video's decoder configuration is cut short or of an unknown version");
}
