import { assert } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import type { Reservation } from "./reservation.ts";
import type { MemoryTag } from "./tags.ts";

export type ObjectPoolOptions<T> = {
  readonly create: () => T;
  /** Makes an object that comes back ready for whoever gets it next. */
  readonly reset: (object: T) => void;
  /** What one object holds at most, which only who makes it can say. */
  readonly objectBytes: number;
  readonly capacity: number;
};

/** Objects that are dear to make, used again and again. It pays for all of them at construction, and makes each when it is first needed. */
export class ObjectPool<T> implements Disposable {
  readonly #options: ObjectPoolOptions<T>;
  readonly #reservation: Reservation;
  /** Last in, first out: what came back last is still in the caches. */
  readonly #free: T[] = [];
  #made = 0;

  constructor(budget: Budget, tag: MemoryTag, options: ObjectPoolOptions<T>) {
    this.#reservation = budget.reserve(options.capacity * options.objectBytes, tag);
    this.#options = options;
  }

  get capacity(): number {
    return this.#options.capacity;
  }

  get available(): number {
    return this.#options.capacity - this.#made + this.#free.length;
  }

  /** An object in the state of a new one, or undefined while all are out. */
  get(): T | undefined {
    const kept = this.#free.pop();
    if (kept !== undefined || this.#made === this.#options.capacity) return kept;
    this.#made += 1;
    return this.#options.create();
  }

  /** The object must not be used by its former user any more. */
  returnObject(object: T): void {
    assert(this.#free.length < this.#made, "an object came back that this pool has not given out");
    this.#options.reset(object);
    this.#free.push(object);
  }

  /** Lets go of what came back. An object that is still out is its user's from then on, and nobody pays for it. */
  [Symbol.dispose](): void {
    this.#free.length = 0;
    this.#reservation[Symbol.dispose]();
  }
}
