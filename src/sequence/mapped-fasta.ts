/** A FASTA file and its .fai, both read through mapped windows: of neither more than the windows is in memory, however many records. */
import { MalformedInputError } from "../base/index.ts";
import type { MappedInput } from "../memory/index.ts";

/** A line of a .fai file (faidx(5)). */
export type FastaIndexEntry = {
  /** From 1 on. */
  readonly line: number;
  /** Where the name is in the index: it may be of any length. */
  readonly name: { readonly offset: number; readonly byteLength: number };
  /** Residues of the record, and the byte of the first one. */
  readonly residues: number;
  readonly offset: number;
  /** Of each line but the last one: residues, and bytes with its end. */
  readonly lineResidues: number;
  readonly lineBytes: number;
};

const PIECE_BYTES = 64 * 1024;
/** Four decimal numbers and their tabs. */
const MOST_NUMBERS_BYTES = 4 * 21;
const NEWLINE = 10;
const RETURN = 13;
const RECORD_START = 62;

export class MappedFasta implements Disposable {
  readonly #sequences: MappedInput;
  readonly #index: MappedInput;

  private constructor(sequences: MappedInput, index: MappedInput) {
    this.#sequences = sequences;
    this.#index = index;
  }

  /** @throws InputMissingError · PermissionError · UnsupportedError for what is no regular file · BudgetExceededError */
  static async open(map: (path: string) => Promise<MappedInput>, path: string, indexPath: string): Promise<MappedFasta> {
    const sequences = await map(path);
    try {
      return new MappedFasta(sequences, await map(indexPath));
    } catch (error) {
      sequences[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#sequences[Symbol.dispose]();
    this.#index[Symbol.dispose]();
  }

  /** In the order of the index. @throws MalformedInputError with the line that is none of an index */
  *entries(): Generator<FastaIndexEntry> {
    let line = 1;
    for (let start = 0; start < this.#index.byteLength; line += 1) {
      const end = this.#find(this.#index, NEWLINE, start);
      yield this.#entry(line, start, end);
      start = end + 1;
    }
  }

  /** Why an entry does not describe what is in the file, if it does not: its name, where its lines end, and that it is all of the record. */
  problemOf(entry: FastaIndexEntry): string | undefined {
    const { residues, offset } = entry;
    const end = placeOf(entry, residues - 1) + 1;
    if (offset === 0 || end > this.#sequences.byteLength) return "leads out of the sequences";
    if (!this.#isHeader(entry, offset - 1)) return "is not behind the header of its record";
    if (!this.#hasLines(entry, end)) return "has lines of other lengths";
    return this.#isRecordEnd(end) ? undefined : "is not all of its record";
  }

  #entry(line: number, start: number, end: number): FastaIndexEntry {
    const tail = Math.min(end - start, MOST_NUMBERS_BYTES);
    const text = tail === 0 ? "" : Buffer.from(this.#index.read(end - tail, tail)).toString("latin1");
    const found = /\t(\d{1,16})\t(\d{1,16})\t(\d{1,16})\t(\d{1,16})$/.exec(text);
    const [residues = 0, offset = 0, lineResidues = 0, lineBytes = 0] = found?.slice(1).map(Number) ?? [];
    const byteLength = end - start - (found?.[0].length ?? 0);
    if (residues < 1 || lineResidues < 1 || lineBytes <= lineResidues || byteLength < 1) {
      throw this.#malformed(line, "is not a name and four numbers");
    }
    return { line, name: { offset: start, byteLength }, residues, offset, lineResidues, lineBytes };
  }

  #malformed(line: number, why: string): MalformedInputError {
    return new MalformedInputError(`${this.#index.path}:${line}: ${why}`, { hint: `samtools faidx ${this.#sequences.path}` });
  }

  /** Offset of the first such byte from `start` on, or the length of the file. */
  #find(input: MappedInput, byte: number, start: number): number {
    for (let at = start; at < input.byteLength; at += PIECE_BYTES) {
      const found = input.read(at, Math.min(PIECE_BYTES, input.byteLength - at)).indexOf(byte);
      if (found >= 0) return at + found;
    }
    return input.byteLength;
  }

  /** Whether the line that ends at `end` begins with the name. */
  #isHeader({ name }: FastaIndexEntry, end: number): boolean {
    if (this.#sequences.read(end, 1)[0] !== NEWLINE) return false;
    let start = end;
    for (let found = -1; found < 0 && start > 0; ) {
      const count = Math.min(PIECE_BYTES, start);
      found = this.#sequences.read(start - count, count).lastIndexOf(NEWLINE);
      start = found < 0 ? start - count : start - count + found + 1;
    }
    if (this.#sequences.read(start, 1)[0] !== RECORD_START || start + 1 + name.byteLength > end) return false;
    for (let at = 0; at < name.byteLength; at += PIECE_BYTES) {
      const count = Math.min(PIECE_BYTES, name.byteLength - at);
      const isSame = Buffer.from(this.#sequences.read(start + 1 + at, count)).equals(this.#index.read(name.offset + at, count));
      if (!isSame) return false;
    }
    return (this.#sequences.read(start + 1 + name.byteLength, 1)[0] ?? 0) <= 32;
  }

  /** Whether up to `end` lines end where the entry says, and nowhere else. */
  #hasLines({ offset, lineBytes }: FastaIndexEntry, end: number): boolean {
    let lineEnd = offset + lineBytes - 1;
    for (let at = offset; at < end; at += PIECE_BYTES) {
      const piece = this.#sequences.read(at, Math.min(PIECE_BYTES, end - at));
      for (let found = piece.indexOf(NEWLINE); found >= 0; found = piece.indexOf(NEWLINE, found + 1)) {
        if (at + found !== lineEnd) return false;
        lineEnd += lineBytes;
      }
    }
    return lineEnd >= end;
  }

  /** Only ends of lines up to the next record. */
  #isRecordEnd(end: number): boolean {
    let before = 0;
    for (let at = end; at < this.#sequences.byteLength; at += PIECE_BYTES) {
      for (const byte of this.#sequences.read(at, Math.min(PIECE_BYTES, this.#sequences.byteLength - at))) {
        if (byte === RECORD_START) return before === NEWLINE;
        if (byte !== NEWLINE && byte !== RETURN) return false;
        before = byte;
      }
    }
    return true;
  }
}

/** Byte of a residue, counted from 0. */
function placeOf({ offset, lineResidues, lineBytes }: FastaIndexEntry, residue: number): number {
  return offset + Math.floor(residue / lineResidues) * lineBytes + (residue % lineResidues);
}
