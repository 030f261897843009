import { assert, BudgetExceededError, formatBytes } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { MemorySegment } from "./segment.ts";
import type { MemoryTag } from "./tags.ts";

export type ArenaAlignment = 1 | 2 | 4 | 8 | 16 | 32 | 64;

/**
 * Many small things with one lifetime: each allocation moves a mark forward, and all are dropped at once by moving it
 * back. Bytes handed out before a rewind are reused by later allocations; their content is whatever was there.
 */
export class Arena implements Disposable {
  readonly #segment: MemorySegment;
  readonly #marks: symbol[] = [];
  #usedBytes = 0;
  #peakBytes = 0;

  constructor(budget: Budget, tag: MemoryTag, capacityBytes: number) {
    this.#segment = new HeapSegment(budget, tag, capacityBytes);
  }

  get capacityBytes(): number {
    return this.#segment.byteLength;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The most that was used at once. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /**
   * @param alignment bytes; holds for the address, since the segment begins on a page
   * @throws BudgetExceededError when the arena is full: its size was the plan's, and it does not grow
   */
  allocate(byteLength: number, alignment: ArenaAlignment = 8): Uint8Array {
    const start = this.#claim(byteLength, alignment);
    return this.#segment.bytes().subarray(start, start + byteLength);
  }

  /** Room for `count` doubles; their content is whatever was there. */
  float64(count: number): Float64Array {
    const bytes = this.#segment.bytes();
    const start = this.#claim(count * Float64Array.BYTES_PER_ELEMENT, 8);
    return new Float64Array(bytes.buffer, bytes.byteOffset + start, count);
  }

  /**
   * Remembers the fill; disposing drops what was allocated since. Marks nest: dropping one drops the marks inside it,
   * whose own disposal is then a no-op.
   */
  mark(): Disposable {
    const mark = Symbol("arena mark");
    const usedBytes = this.#usedBytes;
    this.#marks.push(mark);
    return {
      [Symbol.dispose]: () => {
        const depth = this.#marks.indexOf(mark);
        if (depth < 0) return;
        this.#marks.length = depth;
        this.#usedBytes = usedBytes;
      },
    };
  }

  /** Drops everything, marks included. */
  reset(): void {
    this.#marks.length = 0;
    this.#usedBytes = 0;
  }

  close(): void {
    this.#segment.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #claim(byteLength: number, alignment: ArenaAlignment): number {
    assert(Number.isSafeInteger(byteLength) && byteLength >= 0, `an allocation of ${byteLength} B`);
    const start = Math.ceil(this.#usedBytes / alignment) * alignment;
    if (start + byteLength > this.capacityBytes) {
      const { tag } = this.#segment;
      throw new BudgetExceededError(
        `the arena of ${tag} is full: ${formatBytes(byteLength)} do not fit into ${formatBytes(this.capacityBytes)}`,
        {
          details: { tag, wantedBytes: byteLength, usedBytes: this.#usedBytes, capacityBytes: this.capacityBytes },
          hint: "raise --max-memory, from which the plan sizes its arenas",
        },
      );
    }
    this.#usedBytes = start + byteLength;
    this.#peakBytes = Math.max(this.#peakBytes, this.#usedBytes);
    return start;
  }
}
