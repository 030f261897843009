import { type Budget, ObjectPool } from "../../memory/index.ts";
import { TextBuffer } from "./text-buffer.ts";

const TEXT = { bytes: 4096, count: 100 };
const BYTES = { bytes: 8192, count: 50 };
/** A map of 64 short names and texts takes 8546 bytes (measured: 2000 of them). */
const MAPS = { bytes: 9216, count: 25 };

/** Something of a pool, which gets it back when this is disposed of. */
export type Pooled<T> = { readonly value: T } & Disposable;

/** Buffers that parses use one after the other: text of 4096 bytes (100), bytes of 8192 (50), maps of 64 entries (25). Pays for all of them. */
export class DDEXBufferPool implements Disposable {
  readonly #budget: Budget;
  readonly #text: ObjectPool<TextBuffer>;
  readonly #bytes: ObjectPool<Uint8Array>;
  readonly #maps: ObjectPool<Map<string, string>>;

  /** @throws BudgetExceededError */
  constructor(budget: Budget) {
    this.#budget = budget;
    const pool = <T>(tag: string, { bytes, count }: typeof TEXT, create: () => T, reset: (object: T) => void) =>
      new ObjectPool(budget, `ddex.pool.${tag}`, { create, reset, objectBytes: bytes, capacity: count });
    this.#text = pool(
      "text",
      TEXT,
      () => new TextBuffer(TEXT.bytes),
      (text) => text.clear(),
    );
    this.#bytes = pool(
      "bytes",
      BYTES,
      (): Uint8Array => new Uint8Array(BYTES.bytes),
      () => undefined,
    );
    this.#maps = pool(
      "maps",
      MAPS,
      () => new Map<string, string>(),
      (map) => map.clear(),
    );
  }

  getStringBuffer(): Pooled<TextBuffer> {
    return this.#taken(this.#text, () => new TextBuffer(TEXT.bytes), TEXT.bytes);
  }

  getByteBuffer(): Pooled<Uint8Array> {
    return this.#taken(this.#bytes, () => new Uint8Array(BYTES.bytes), BYTES.bytes);
  }

  getMetadataMap(): Pooled<Map<string, string>> {
    return this.#taken(this.#maps, () => new Map<string, string>(), MAPS.bytes);
  }

  /** Of the kinds, how many are not in use. */
  get available(): { readonly text: number; readonly bytes: number; readonly maps: number } {
    return { text: this.#text.available, bytes: this.#bytes.available, maps: this.#maps.available };
  }

  /** One that the pool does not have any more is made, and paid for as long as it is used. */
  #taken<T>(pool: ObjectPool<T>, create: () => T, byteLength: number): Pooled<T> {
    const kept = pool.get();
    if (kept !== undefined) return { value: kept, [Symbol.dispose]: () => pool.returnObject(kept) };
    const reservation = this.#budget.reserve(byteLength, "ddex.pool.more");
    return { value: create(), [Symbol.dispose]: () => reservation[Symbol.dispose]() };
  }

  [Symbol.dispose](): void {
    for (const pool of [this.#text, this.#bytes, this.#maps]) pool[Symbol.dispose]();
  }
}
