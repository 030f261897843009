import { assert, InternalError } from "../base/index.ts";
import type { NativeBitmap } from "../binding/index.ts";
import { binding } from "../binding/index.ts";
import { checkedIndex } from "./slice.ts";

/** Which of `capacity` slots are taken: one bit each, in native memory, taken and cleared by compare-and-swap from any thread. */
export class AtomicBitmap {
  readonly #bits: NativeBitmap;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, `a bitmap of ${capacity} slots`);
    this.#bits = binding.bitmap(capacity);
  }

  get capacity(): number {
    return this.#bits.capacity;
  }

  /** Slots that are free. */
  get available(): number {
    return this.#bits.available();
  }

  /** A slot that was free and is now taken, or undefined when all are. Amortised O(1): the search starts where the last one ended. */
  acquireSlot(): number | undefined {
    const index = this.#bits.acquire();
    return index < 0 ? undefined : index;
  }

  /** @throws InternalError for a slot that is free already: a double release would hand one slot to two owners */
  releaseSlot(index: number): void {
    assert(checkedIndex(index, this.capacity) !== undefined, `slot ${index} of ${this.capacity}`);
    if (!this.#bits.release(index)) throw new InternalError(`slot ${index} was released twice`);
  }
}
