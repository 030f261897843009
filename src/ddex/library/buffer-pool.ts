import { type Budget, ObjectPool, type ObjectPoolOptions } from "../../memory/index.ts";
import { TextBuffer } from "./text-buffer.ts";

const TEXT = { objectBytes: 4096, capacity: 100 };
const BYTES = { objectBytes: 8192, capacity: 50 };
/** A map of 64 short names and texts takes 8546 bytes (measured: 2000 of them). */
const MAPS = { objectBytes: 9216, capacity: 25 };

/** Something of a pool, which gets it back when this is disposed of. */
export type Pooled<T> = { readonly value: T } & Disposable;

/**
 * Buffers that parses use one after the other: text of 4096 bytes (100), bytes of 8192 (50), maps of 64 entries (25). Pays for all of them, and for
 * what a text grows by for a longer line, as long as the line is there.
 */
export class DDEXBufferPool implements Disposable {
  readonly #text: Supply<TextBuffer>;
  readonly #bytes: Supply<Uint8Array>;
  readonly #maps: Supply<Map<string, string>>;

  /** @throws BudgetExceededError */
  constructor(budget: Budget) {
    this.#text = new Supply(budget, "text", {
      ...TEXT,
      create: () => new TextBuffer(TEXT.objectBytes, budget),
      reset: (text) => text.clear(),
    });
    this.#bytes = new Supply(budget, "bytes", {
      ...BYTES,
      create: (): Uint8Array => new Uint8Array(BYTES.objectBytes),
      reset: () => undefined,
    });
    this.#maps = new Supply(budget, "maps", { ...MAPS, create: () => new Map<string, string>(), reset: (map) => map.clear() });
  }

  getStringBuffer(): Pooled<TextBuffer> {
    return this.#text.get();
  }

  getByteBuffer(): Pooled<Uint8Array> {
    return this.#bytes.get();
  }

  getMetadataMap(): Pooled<Map<string, string>> {
    return this.#maps.get();
  }

  /** Of the kinds, how many are not in use. */
  get available(): { readonly text: number; readonly bytes: number; readonly maps: number } {
    return { text: this.#text.available, bytes: this.#bytes.available, maps: this.#maps.available };
  }

  [Symbol.dispose](): void {
    for (const supply of [this.#text, this.#bytes, this.#maps]) supply[Symbol.dispose]();
  }
}

/** A pool, and more of the same when all of it is in use. */
class Supply<T> implements Disposable {
  readonly #budget: Budget;
  readonly #options: ObjectPoolOptions<T>;
  readonly #pool: ObjectPool<T>;

  constructor(budget: Budget, tag: string, options: ObjectPoolOptions<T>) {
    this.#budget = budget;
    this.#options = options;
    this.#pool = new ObjectPool(budget, `ddex.pool.${tag}`, options);
  }

  get available(): number {
    return this.#pool.available;
  }

  /** One that the pool does not have any more is made, and paid for as long as it is used. */
  get(): Pooled<T> {
    const kept = this.#pool.get();
    if (kept !== undefined) return { value: kept, [Symbol.dispose]: () => this.#pool.returnObject(kept) };
    const { objectBytes, create, reset } = this.#options;
    const reservation = this.#budget.reserve(objectBytes, "ddex.pool.more");
    const value = create();
    return {
      value,
      [Symbol.dispose]: () => {
        reset(value);
        reservation[Symbol.dispose]();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#pool[Symbol.dispose]();
  }
}
