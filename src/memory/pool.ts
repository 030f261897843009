import { assert, LeakError, UseAfterReleaseError } from "../base/index.ts";
import type { NativePool } from "../binding/index.ts";
import { binding } from "../binding/index.ts";
import type { MemorySegment } from "./segment.ts";
import { Slot, type SlotOwner } from "./slot.ts";

/** On cache lines no two threads ever share one, and rows suit SIMD loads. */
const SLOT_ALIGNMENT_BYTES = 64;

/** A native job that held the last reference frees a slot without telling JS; waiters look again this often. */
const NATIVE_RELEASE_POLL_MS = 2;

export type MemoryPoolOptions = {
  /** Zero a slot's bytes when its last lease ends. */
  readonly clearOnRelease?: boolean;
  /** Slots begin at multiples of this, a power of two. Default 64: a cache line of x64 and arm64. */
  readonly alignmentBytes?: number;
};

type Waiter = { readonly grant: (slot: Slot) => void; readonly fail: (reason: unknown) => void };

/**
 * Equal slots cut from one segment. Taking and returning one is a compare-and-swap on a native bitmap, so native threads
 * loan and return too; the steady state allocates nothing. An empty pool is backpressure: wait, do not grow.
 */
export class MemoryPool implements Disposable {
  readonly slotBytes: number;
  /** @internal For kernels and pumps. */
  readonly native: NativePool;
  readonly #segment: MemorySegment;
  readonly #owner: SlotOwner;
  readonly #views: Uint8Array[] = [];
  readonly #waiters: Waiter[] = [];
  #poll: NodeJS.Timeout | undefined;
  #closed = false;

  /** Takes over the segment: closing the pool closes it. */
  constructor(segment: MemorySegment, slotBytes: number, options: MemoryPoolOptions = {}) {
    assert(Number.isSafeInteger(slotBytes) && slotBytes > 0 && slotBytes <= segment.byteLength, `slots of ${slotBytes} B`);
    this.slotBytes = slotBytes;
    this.#segment = segment;
    this.native = binding.pool(segment.native, slotBytes, options.alignmentBytes ?? SLOT_ALIGNMENT_BYTES, options.clearOnRelease ?? false);
    this.#owner = {
      slotBytes,
      view: (index) => this.#view(index),
      references: (index) => this.native.references(index),
      retain: (index) => this.#retain(index),
      release: (index) => this.#release(index),
    };
  }

  /** Bytes a segment needs for `slotCount` slots of `slotBytes`. */
  static segmentBytes(slotBytes: number, slotCount: number, alignmentBytes: number = SLOT_ALIGNMENT_BYTES): number {
    return Math.ceil(slotBytes / alignmentBytes) * alignmentBytes * slotCount;
  }

  /** Slots in all. */
  get capacity(): number {
    return this.native.capacity;
  }

  /** Slots free now. */
  get available(): number {
    return this.native.available();
  }

  /** The memory behind the slots, with the pages that were granted. */
  get segment(): MemorySegment {
    return this.#segment;
  }

  /** A free slot, or undefined when all are out or someone waits already. */
  loan(): Slot | undefined {
    this.#assertOpen();
    return this.#waiters.length > 0 ? undefined : this.#take();
  }

  /** The next free slot, first come, first served. @throws the signal's reason on abort, UseAfterReleaseError if the pool closes meanwhile */
  async loanWait(options: { readonly signal?: AbortSignal } = {}): Promise<Slot> {
    options.signal?.throwIfAborted();
    return this.loan() ?? this.#wait(options.signal);
  }

  /** @internal The lease of a slot that a native thread loaned for us. */
  adopt(index: number): Slot {
    this.#assertOpen();
    assert(this.native.references(index) > 0, `slot ${index} is out`);
    return new Slot(this.#owner, index);
  }

  /** Fails those who wait, then closes the segment. @throws LeakError naming the tag while slots are out */
  close(): void {
    if (this.#closed) return;
    const out = this.capacity - this.available;
    if (out > 0) throw new LeakError(`the pool of ${this.#segment.tag} was closed with ${out} of ${this.capacity} slots out`);
    this.#closed = true;
    this.#stopPolling();
    for (const waiter of this.#waiters.splice(0)) waiter.fail(new UseAfterReleaseError(`the pool of ${this.#segment.tag} was closed`));
    this.native.close();
    this.#segment.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #take(): Slot | undefined {
    const index = this.native.loan();
    return index < 0 ? undefined : new Slot(this.#owner, index);
  }

  #view(index: number): Uint8Array {
    const known = this.#views[index];
    if (known !== undefined) return known;
    const start = index * this.native.strideBytes;
    const view = this.#segment.bytes().subarray(start, start + this.slotBytes);
    this.#views[index] = view;
    return view;
  }

  #retain(index: number): Slot {
    this.native.retain(index);
    return new Slot(this.#owner, index);
  }

  #release(index: number): void {
    if (this.native.release(index) === 0) this.#serve();
  }

  #wait(signal: AbortSignal | undefined): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        if (this.#waiters.length === 0) this.#stopPolling();
        reject(signal?.reason);
      };
      const settle = () => signal?.removeEventListener("abort", abort);
      const waiter: Waiter = {
        grant: (slot) => {
          settle();
          resolve(slot);
        },
        fail: (reason) => {
          settle();
          reject(reason);
        },
      };
      this.#waiters.push(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      this.#poll ??= setInterval(() => this.#serve(), NATIVE_RELEASE_POLL_MS);
    });
  }

  #serve(): void {
    for (let waiter = this.#waiters[0]; waiter !== undefined; waiter = this.#waiters[0]) {
      const slot = this.#take();
      if (slot === undefined) return;
      this.#waiters.shift();
      waiter.grant(slot);
    }
    this.#stopPolling();
  }

  #stopPolling(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }

  #assertOpen(): void {
    if (this.#closed) throw new UseAfterReleaseError(`the pool of ${this.#segment.tag} is closed`);
  }
}
