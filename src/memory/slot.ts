import { UseAfterReleaseError } from "../base/index.ts";

/** The side of a pool that its slots talk to. */
export type SlotOwner = {
  readonly slotBytes: number;
  view(index: number): Uint8Array;
  references(index: number): number;
  retain(index: number): Slot;
  release(index: number): void;
};

/** One owner's lease of a pool slot. The slot goes back when its last lease is disposed. */
export class Slot implements Disposable {
  /** 0-based position in the pool. */
  readonly index: number;
  readonly #pool: SlotOwner;
  #released = false;

  /** @internal Leases are given out by MemoryPool. */
  constructor(pool: SlotOwner, index: number) {
    this.#pool = pool;
    this.index = index;
  }

  get byteLength(): number {
    return this.#pool.slotBytes;
  }

  /** The live bytes, as the previous tenant left them unless the pool clears. Never keep the result. @throws UseAfterReleaseError after dispose */
  bytes(): Uint8Array {
    this.#assertHeld();
    return this.#pool.view(this.index);
  }

  /** True while this lease is the only one, hence safe to write in place. */
  get isUnique(): boolean {
    this.#assertHeld();
    return this.#pool.references(this.index) === 1;
  }

  /** A second lease of the same bytes, disposed on its own. */
  retain(): Slot {
    this.#assertHeld();
    return this.#pool.retain(this.index);
  }

  /** Gives this lease back. A second call is a no-op. */
  [Symbol.dispose](): void {
    if (this.#released) return;
    this.#released = true;
    this.#pool.release(this.index);
  }

  #assertHeld(): void {
    if (this.#released) throw new UseAfterReleaseError(`slot ${this.index} was released`);
  }
}
