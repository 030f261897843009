import { assert } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { MemoryTag } from "./tags.ts";

type Chunk = { readonly segment: HeapSegment; readonly values: Float64Array };

/**
 * Numbers in the order they came, in chunks that never move: growing costs no copy and at most one chunk of room, where an array that
 * doubles holds up to three times its content while it grows.
 */
export class ChunkedList implements Disposable, Iterable<number> {
  readonly #budget: Budget;
  readonly #tag: MemoryTag;
  readonly #chunkLength: number;
  readonly #chunks: Chunk[] = [];
  #last: Float64Array = new Float64Array(0);
  #filled = 0;

  /** @param chunkLength - numbers in a chunk; 512 fill a page */
  constructor(budget: Budget, tag: MemoryTag, chunkLength: number) {
    assert(Number.isSafeInteger(chunkLength) && chunkLength > 0, `chunks of ${chunkLength} numbers`);
    this.#budget = budget;
    this.#tag = tag;
    this.#chunkLength = chunkLength;
    this.#filled = chunkLength;
  }

  get length(): number {
    return this.#chunks.length === 0 ? 0 : (this.#chunks.length - 1) * this.#chunkLength + this.#filled;
  }

  /** @throws BudgetExceededError when there is no room for another chunk; the list is as it was then */
  push(value: number): void {
    if (this.#filled === this.#chunkLength) this.#addChunk();
    this.#last[this.#filled] = value;
    this.#filled += 1;
  }

  /** undefined outside the list. */
  at(index: number): number | undefined {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) return undefined;
    return this.#chunks[Math.floor(index / this.#chunkLength)]?.values[index % this.#chunkLength];
  }

  /** A view of each chunk in turn, as far as it is filled: the way to go through all of it fast. */
  *chunks(): Generator<Float64Array> {
    for (const [index, { values }] of this.#chunks.entries()) {
      yield index === this.#chunks.length - 1 ? values.subarray(0, this.#filled) : values;
    }
  }

  *[Symbol.iterator](): Generator<number> {
    for (const chunk of this.chunks()) yield* chunk;
  }

  [Symbol.dispose](): void {
    for (const { segment } of this.#chunks.splice(0)) segment.close();
    this.#last = new Float64Array(0);
    this.#filled = this.#chunkLength;
  }

  #addChunk(): void {
    const segment = new HeapSegment(this.#budget, this.#tag, this.#chunkLength * Float64Array.BYTES_PER_ELEMENT);
    const bytes = segment.bytes();
    this.#last = new Float64Array(bytes.buffer, bytes.byteOffset, this.#chunkLength);
    this.#chunks.push({ segment, values: this.#last });
    this.#filled = 0;
  }
}
