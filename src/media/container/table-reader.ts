/** Reads the entries of one sample table in order, a few thousand at a time. */
import type { Box, BoxWalker } from "./isobmff-boxes.ts";
import type { MovieTrack } from "./isobmff-track.ts";

const ENTRIES_PER_READ = 4096;
/** Version, flags and the number of entries. */
const HEADER_BYTES = 8;

export class TableReader {
  /** Entries the table says it has; 0 when it is missing. */
  readonly count: number;
  /** False when the table is missing or longer than its box. */
  readonly isSound: boolean;
  readonly entryBytes: number;
  readonly #walker: BoxWalker;
  readonly #box: Box | undefined;
  /** A copy, since several tables are read at once and a view lives until the next read. */
  #entries = new DataView(new ArrayBuffer(0));
  #at = 0;
  #read = 0;

  constructor(walker: BoxWalker, track: MovieTrack, type: string, entryBytes: number) {
    this.#walker = walker;
    this.entryBytes = entryBytes;
    this.#box = track.tables.get(type);
    this.count = (this.#box && walker.content(this.#box, HEADER_BYTES)?.getUint32(4)) ?? 0;
    const bytes = HEADER_BYTES + this.count * entryBytes;
    this.isSound = this.#box !== undefined && this.#box.contentStart + bytes <= Math.min(this.#box.end, walker.input.byteLength);
  }

  /** Moves to the next entry. False behind the last one, and in a table that is not sound. */
  next(): boolean {
    this.#at += this.entryBytes;
    return this.#at < this.#entries.byteLength || this.#refill();
  }

  /** A 32-bit field of the entry. */
  number(offset: number): number {
    return this.#entries.getUint32(this.#at + offset);
  }

  signed(offset: number): number {
    return this.#entries.getInt32(this.#at + offset);
  }

  /** The 64 bits of the entry. */
  long(): number {
    return Number(this.#entries.getBigUint64(this.#at));
  }

  #refill(): boolean {
    const entries = Math.min(ENTRIES_PER_READ, this.count - this.#read);
    if (this.#box === undefined || !this.isSound || entries <= 0) return false;
    const start = this.#box.contentStart + HEADER_BYTES + this.#read * this.entryBytes;
    const view = this.#walker.content({ ...this.#box, contentStart: start }, entries * this.entryBytes);
    if (view === undefined) return false;
    const copy = new Uint8Array(view.byteLength);
    copy.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    this.#entries = new DataView(copy.buffer);
    this.#read += entries;
    this.#at = 0;
    return true;
  }
}
