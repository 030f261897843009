import { assert, BudgetExceededError, formatBytes } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { MemoryTag } from "./tags.ts";

/** FNV-1a, 32 bits (a public-domain hash), over UTF-16 units. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Slots for each string: half of them stay empty, so that a search is short. */
const SLOTS_PER_STRING = 2;
/** Start, length with the width in its lowest bit, and hash of a string. */
const ENTRY_WORDS = 3;

export type StringInternerOptions = {
  /** Different strings at most. */
  readonly capacity: number;
  /** For their text: a byte for each UTF-16 unit, two where a string has a unit above 255. */
  readonly textBytes: number;
};

/**
 * Each different string once, outside the V8 heap, and a number for it that is compared and stored in its place. The text is kept unit by
 * unit, so every string comes back as it was, lone surrogates too.
 */
export class StringInterner implements Disposable {
  readonly #segment: HeapSegment;
  readonly #text: Buffer;
  /** Numbers + 1 by hash, linear probing; 0 = empty. */
  readonly #slots: Uint32Array;
  readonly #entries: Uint32Array;
  readonly #capacity: number;
  readonly #tag: MemoryTag;
  #size = 0;
  #usedBytes = 0;

  constructor(budget: Budget, tag: MemoryTag, { capacity, textBytes }: StringInternerOptions) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, `an interner of ${capacity} strings`);
    assert(textBytes < 2 ** 32, `an interner with ${textBytes} B of text`);
    const slotCount = 2 ** Math.ceil(Math.log2(capacity * SLOTS_PER_STRING));
    const entryBytes = capacity * ENTRY_WORDS * 4;
    this.#segment = new HeapSegment(budget, tag, slotCount * 4 + entryBytes + textBytes);
    const { buffer, byteOffset } = this.#segment.bytes();
    this.#slots = new Uint32Array(buffer, byteOffset, slotCount);
    this.#entries = new Uint32Array(buffer, byteOffset + slotCount * 4, capacity * ENTRY_WORDS);
    this.#text = Buffer.from(buffer, byteOffset + slotCount * 4 + entryBytes, textBytes);
    this.#capacity = capacity;
    this.#tag = tag;
  }

  /** Different strings so far; their numbers are 0 to this. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of text in use. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * The number of a string, the same for the same string.
   *
   * @throws BudgetExceededError when it is new and there is no room: the size was the plan's
   */
  intern(text: string): number {
    const hash = hashOf(text);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let id = (this.#slots[slot] ?? 0) - 1; id >= 0; id = (this.#slots[slot] ?? 0) - 1) {
      if (this.#isSame(id, text, hash)) return id;
      slot = (slot + 1) & mask;
    }
    const id = this.#add(text, hash);
    this.#slots[slot] = id + 1;
    return id;
  }

  /** The string of a number that `intern` gave. */
  resolve(id: number): string {
    assert(Number.isSafeInteger(id) && id >= 0 && id < this.#size, `there is no string ${id} of ${this.#size}`);
    const [start, length, isWide] = this.#entryOf(id);
    return isWide ? this.#text.toString("utf16le", start, start + 2 * length) : this.#text.toString("latin1", start, start + length);
  }

  [Symbol.dispose](): void {
    this.#segment.close();
    this.#size = 0;
  }

  #add(text: string, hash: number): number {
    const isWide = hasWideUnit(text);
    const byteLength = text.length * (isWide ? 2 : 1);
    if (this.#size === this.#capacity || this.#usedBytes + byteLength > this.#text.length) throw this.#full(byteLength);
    this.#text.write(text, this.#usedBytes, isWide ? "utf16le" : "latin1");
    this.#entries.set([this.#usedBytes, text.length * 2 + (isWide ? 1 : 0), hash], this.#size * ENTRY_WORDS);
    this.#usedBytes += byteLength;
    this.#size += 1;
    return this.#size - 1;
  }

  #isSame(id: number, text: string, hash: number): boolean {
    if (this.#entries[id * ENTRY_WORDS + 2] !== hash) return false;
    const [start, length, isWide] = this.#entryOf(id);
    if (length !== text.length) return false;
    for (let at = 0; at < length; at += 1) {
      const unit = isWide ? this.#text.readUInt16LE(start + 2 * at) : this.#text[start + at];
      if (unit !== text.charCodeAt(at)) return false;
    }
    return true;
  }

  #entryOf(id: number): [start: number, length: number, isWide: boolean] {
    const packed = this.#entries[id * ENTRY_WORDS + 1] ?? 0;
    return [this.#entries[id * ENTRY_WORDS] ?? 0, packed >>> 1, (packed & 1) === 1];
  }

  #full(wantedBytes: number): BudgetExceededError {
    const held = `${this.#size} strings of ${this.#capacity}, ${formatBytes(this.#usedBytes)} of ${formatBytes(this.#text.length)}`;
    return new BudgetExceededError(`the interner of ${this.#tag} is full: ${held}`, {
      details: { tag: this.#tag, wantedBytes, usedBytes: this.#usedBytes },
      hint: "raise --max-memory, from which the plan sizes its interners",
    });
  }
}

function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  // The low bits choose the slot, and of them FNV mixes least.
  return (hash ^ (hash >>> 15)) >>> 0;
}

function hasWideUnit(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 255) return true;
  return false;
}
