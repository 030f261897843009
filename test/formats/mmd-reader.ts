// A second reader of delta files, written from docs/formats/mmd.md alone: what it restores is what that page says.

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { ByteReader, readColumn } from "./mmd-column.js";
import { xxh64 } from "./xxh64.js";

const NAMES = [
  ...["kinds", "pieceBytes", "pieceResidues", "headerSteps", "headerNumbers", "headerLengths", "headerText", "representatives", "starts"],
  ...["residueCounts", "copies", "copyRests", "edits", "editLengths", "residues", "storedResidues", "shapes", "insertCounts", "insertGaps"],
  ...["insertLengths", "insertBytes", "maskCounts", "maskRuns", "textLengths", "textBytes"],
];
const COMPLEMENTS = new Map([..."ACGTRYKMBVDH"].map((base, index) => [base, "TGCAYRMKVBHD"[index] ?? ""]));

interface Block {
  readonly position: number;
  readonly representatives: number;
  readonly dataHash: bigint;
  readonly outputHash: bigint;
  readonly filterBytes: number;
  readonly dataBytes: number;
}

interface Shape {
  readonly width: number;
  readonly lineEnd: string;
  readonly endsLine: boolean;
}

type Columns = (name: string) => ByteReader;

const check = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** Residues of the sequence lines of one record, in upper case. */
function residuesOf(record: string): string {
  const lines = record.split("\n").slice(1);
  return lines
    .filter((line) => !line.startsWith(";"))
    .join("")
    .replace(/[\t-\r 0-9]/g, "")
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

function* fieldsOf(header: string): Generator<string> {
  yield* header.match(/[0-9]{1,18}|[^0-9 \t|_=,;:./-]*[ \t|_=,;:./-]|[^0-9 \t|_=,;:./-]+/g) ?? [];
}

function readHeader(before: string, columns: Columns): string {
  const fields = [...fieldsOf(before)];
  let header = "";
  for (;;) {
    const step = columns("headerSteps").u8();
    if (step === 0) return header;
    if (step === 1) return header + fields.join("");
    if (step <= 62) header += fields.splice(0, step - 1).join("");
    else if (step === 66) {
      const literal = Buffer.from(columns("headerText").take(columns("headerLengths").varint())).toString("latin1");
      fields.splice(0, [...fieldsOf(literal)].length);
      header += literal;
    } else {
      const was = fields.shift() ?? "";
      const now = String(BigInt(was) + BigInt(columns("headerNumbers").signed()));
      header += step === 64 ? now.padStart(was.length, "0") : now;
    }
  }
}

/** What an entry that is being restored carries over to the next. */
class Carried {
  header = "";
  representative = 0;
  residues = 0;
}

function readMember(kind: number, count: number, carried: Carried, columns: Columns, residuesOfRecord: (record: number) => string): string {
  carried.representative += columns("representatives").signed();
  const representative = residuesOfRecord(carried.representative);
  let position = columns("starts").varint();
  const copy = (length: number): string => {
    position += kind === 2 ? length : -length;
    if (kind === 2) return representative.slice(position - length, position);
    const a = kind === 4 ? "U" : "T";
    const reversed = [...representative.slice(position, position + length)].reverse();
    return reversed.map((base) => (base === "A" ? a : base === "U" ? "A" : (COMPLEMENTS.get(base) ?? base))).join("");
  };
  let made = "";
  for (;;) {
    const edit = columns("edits").u8();
    if ((edit & 3) === 0) return made + copy(count - made.length);
    const low = columns("copies").u8();
    made += copy(low < 128 ? low : (low & 127) + 128 * columns("copyRests").varint());
    const length = edit >> 2 === 63 ? columns("editLengths").varint() : edit >> 2;
    if ((edit & 3) !== 3) made += Buffer.from(columns("residues").take(length)).toString("latin1");
    if ((edit & 3) !== 2) position += kind === 2 ? length : -length;
  }
}

function layOut(residues: string, followsHeader: boolean, shapes: readonly Shape[], columns: Columns): string {
  let rest = "";
  let isLower = false;
  let at = 0;
  for (let changes = columns("maskCounts").varint(); changes >= 0; changes--) {
    const end = changes === 0 ? residues.length : at + columns("maskRuns").varint();
    const run = residues.slice(at, end);
    rest += isLower ? run.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : run;
    isLower = !isLower;
    at = end;
  }
  let text = "";
  const shape = shapes[columns("shapes").u8() - 1];
  if (shape === undefined) {
    for (let inserts = columns("insertCounts").varint(); inserts > 0; inserts--) {
      const gap = columns("insertGaps").varint();
      text += rest.slice(0, gap) + Buffer.from(columns("insertBytes").take(columns("insertLengths").varint())).toString("latin1");
      rest = rest.slice(gap);
    }
    return text + rest;
  }
  if (followsHeader) text += shape.lineEnd;
  const width = shape.width === 0 ? Math.max(rest.length, 1) : shape.width;
  for (let from = 0; from < rest.length; from += width) {
    const isLast = from + width >= rest.length;
    text += rest.slice(from, from + width) + (isLast && !shape.endsLine ? "" : shape.lineEnd);
  }
  return text;
}

function readBlock(data: Uint8Array, representatives: string, from: number, residuesOfRecord: (record: number) => string): string {
  const input = new ByteReader(data);
  const entries = input.varint();
  const readers = new Map<string, ByteReader>();
  const shapes: Shape[] = [];
  NAMES.forEach((name, column) => {
    for (let left = column === 3 ? input.u8() : 0; left > 0; left--) {
      const width = input.varint();
      const flags = input.u8();
      shapes.push({ width, lineEnd: (flags & 1) === 0 ? "\n" : "\r\n", endsLine: (flags & 2) !== 0 });
    }
    readers.set(name, new ByteReader(readColumn(input)));
  });
  const columns: Columns = (name) => readers.get(name) ?? new ByteReader(new Uint8Array());
  const carried = new Carried();
  let position = from;
  let output = "";
  for (let entry = 0; entry < entries; entry++) {
    const flags = columns("kinds").u8();
    const kind = flags & 7;
    const startsRecord = (flags & 8) === 0;
    if (kind <= 1) {
      const length = columns("pieceBytes").varint();
      if (kind === 0 && (flags & 16) !== 0) columns("pieceResidues").varint();
      output += representatives.slice(position, position + length);
      position += length;
    } else if (kind === 6) {
      output += Buffer.from(columns("textBytes").take(columns("textLengths").varint())).toString("latin1");
    } else {
      if (startsRecord) {
        carried.header = readHeader(carried.header, columns);
        output += `>${carried.header}`;
      }
      carried.residues += columns("residueCounts").signed();
      const isStored = kind === 5;
      const residues = isStored
        ? Buffer.from(columns("storedResidues").take(carried.residues)).toString("latin1")
        : readMember(kind, carried.residues, carried, columns, residuesOfRecord);
      output += layOut(residues, startsRecord, shapes, columns);
    }
  }
  check(input.isAtEnd && [...readers.values()].every((reader) => reader.isAtEnd), "bytes are left over");
  return output;
}

/** Numbers of the records that are representatives: the kinds of all blocks say it. */
function representativeNumbers(blocks: readonly Uint8Array[]): number[] {
  const numbers: number[] = [];
  let record = 0;
  for (const data of blocks) {
    const input = new ByteReader(data);
    input.varint();
    for (const kind of readColumn(input)) {
      if ((kind & 8) !== 0) continue;
      if ((kind & 7) <= 1) numbers.push(record);
      record++;
    }
  }
  return numbers;
}

/** The input that was reduced. Throws where a hash is wrong. */
export function restoreDeltaFile(deltas: Uint8Array, representativeBytes: Uint8Array): Buffer {
  const header = new ByteReader(deltas);
  check(Buffer.from(header.take(8)).toString("hex") === "4d4d44890d0a1a0a", "no delta file");
  check(header.u32() === 1, "another version");
  const isNucleotide = header.u8() === 0;
  header.take(11);
  const inputBytes = Number(header.u64());
  const sha256 = Buffer.from(header.take(32));
  check(Number(header.u64()) === representativeBytes.length, "representatives of another length");
  check(header.u64() === xxh64(representativeBytes), "other representatives");
  const [, , footerPosition, blockCount] = [header.u64(), header.u64(), Number(header.u64()), Number(header.u64())];
  header.u64();
  check(header.u64() === xxh64(deltas.subarray(0, 120)), "damaged header");

  const footer = new ByteReader(deltas.subarray(footerPosition));
  const blocks: Block[] = [];
  for (let block = 0; block < blockCount; block++) {
    const position = Number(footer.u64());
    footer.u64();
    const representatives = Number(footer.u64());
    footer.take(16);
    const [dataHash, outputHash, filterBytes, , dataBytes] = [footer.u64(), footer.u64(), footer.u32(), footer.u32(), footer.u32()];
    footer.take(12);
    blocks.push({ position, representatives, dataHash, outputHash, filterBytes, dataBytes });
  }
  check(footer.u64() === xxh64(footer.bytes.subarray(0, blockCount * 80)) && footer.isAtEnd, "damaged footer");
  const data = blocks.map((block) => deltas.subarray(block.position + block.filterBytes).subarray(0, block.dataBytes));

  const text = Buffer.from(representativeBytes).toString("latin1");
  const records = text.split(/(?<=\n)(?=>)/);
  const indexes = new Map(representativeNumbers(data).map((number, index) => [number, index]));
  const residuesOfRecord = (record: number): string => {
    const residues = residuesOf(records[indexes.get(record) ?? -1] ?? "");
    return isNucleotide && residues.length > 65_536 ? residues + residues : residues;
  };
  const output = blocks.map((block, index) => {
    const bytes = data[index] ?? new Uint8Array();
    check(xxh64(bytes) === block.dataHash, "damaged block");
    const restored = Buffer.from(readBlock(bytes, text, block.representatives, residuesOfRecord), "latin1");
    check(xxh64(restored) === block.outputHash, "a block restores other bytes");
    return restored;
  });
  const whole = Buffer.concat(output);
  check(whole.length === inputBytes && createHash("sha256").update(whole).digest().equals(sha256), "this is not the input");
  return whole;
}
