import { Buffer } from "node:buffer";

/** Reads numbers one after the other; past the end is an error. */
export class ByteReader {
  at = 0;
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }
  take(count: number): Uint8Array {
    if (count > this.bytes.length - this.at) throw new Error("the bytes end too soon");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  u8(): number {
    return this.take(1)[0] ?? 0;
  }
  u16(): number {
    return Buffer.from(this.take(2)).readUInt16LE();
  }
  u32(): number {
    return Buffer.from(this.take(4)).readUInt32LE();
  }
  u64(): bigint {
    return Buffer.from(this.take(8)).readBigUInt64LE();
  }
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function decodeRans(input: ByteReader, length: number): Uint8Array {
  const frequencies: { symbol: number; frequency: number; first: number }[] = [];
  let first = 0;
  for (let left = input.u8() + 1; left > 0; left--) {
    const symbol = input.u8();
    const frequency = input.varint();
    frequencies.push({ symbol, frequency, first });
    first += frequency;
  }
  if (first !== 4096) throw new Error("frequencies do not add up");
  const slots = frequencies.flatMap((entry) => Array.from({ length: entry.frequency }, () => entry));
  const states = [input.u32(), input.u32(), input.u32(), input.u32()];
  const column = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const state = states[index % 4] ?? 0;
    const entry = slots[state % 4096];
    if (entry === undefined) throw new Error("no such slot");
    column[index] = entry.symbol;
    const next = entry.frequency * Math.floor(state / 4096) + (state % 4096) - entry.first;
    states[index % 4] = next < 65536 ? next * 65536 + input.u16() : next;
  }
  if (states.some((state) => state !== 65536) || !input.isAtEnd) throw new Error("the states do not end where they began");
  return column;
}

function joinRepeats(input: ByteReader, length: number): Uint8Array {
  const [literals, literalLengths, repeatLengths, distances] = [0, 1, 2, 3].map(() => new ByteReader(readColumn(input)));
  if (literals === undefined || literalLengths === undefined || repeatLengths === undefined || distances === undefined) throw new Error();
  const column: number[] = [];
  let distance = 0;
  while (!literalLengths.isAtEnd) {
    column.push(...literals.take(literalLengths.varint()));
    const count = repeatLengths.varint() + 4;
    distance += distances.signed();
    for (let copied = 0; copied < count; copied++) column.push(column[column.length - distance] ?? 0);
  }
  column.push(...literals.take(literals.bytes.length - literals.at));
  if (column.length !== length || !repeatLengths.isAtEnd || !distances.isAtEnd) throw new Error("repeats do not make the column");
  return Uint8Array.from(column);
}

export function readColumn(input: ByteReader): Uint8Array {
  const coding = input.u8();
  if (coding === 0) return new Uint8Array();
  const length = input.varint();
  if (coding === 1) return input.take(length);
  if (coding === 2) return new Uint8Array(length).fill(input.u8());
  if (coding === 3) return decodeRans(new ByteReader(input.take(input.varint())), length);
  if (coding === 4) return joinRepeats(input, length);
  throw new Error(`coding ${coding} is unknown`);
}
