/** Text that comes in pieces of UTF-8 and is taken line by line, in memory that is used again. */
import type { Budget, Reservation } from "../../memory/index.ts";

const NEWLINE = 0x0a;
/** What is read of it as a string is as large once more. */
const COPIES = 2;

export class TextBuffer implements Disposable {
  readonly #capacity: number;
  readonly #budget: Budget;
  readonly #growth: Reservation[] = [];
  #bytes: Buffer;
  #length = 0;
  #lineBytes = 0;

  /**
   * @param capacity - in bytes, which whoever makes it has paid for
   * @param budget - pays for what is longer than that, as long as it takes
   */
  constructor(capacity: number, budget: Budget) {
    this.#capacity = capacity;
    this.#budget = budget;
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get capacity(): number {
    return this.#capacity;
  }

  get byteLength(): number {
    return this.#length;
  }

  /** How much can be appended before it grows. */
  get freeBytes(): number {
    return this.#bytes.length - this.#length;
  }

  /** Bytes of the lines that are whole. */
  get lineBytes(): number {
    return this.#lineBytes;
  }

  /** @throws BudgetExceededError where it would have to grow and may not; it is as before then */
  append(bytes: Uint8Array): void {
    if (bytes.length > this.freeBytes) this.#grow(Math.max(this.#length + bytes.length, 2 * this.#bytes.length));
    this.#bytes.set(bytes, this.#length);
    const newline = bytes.lastIndexOf(NEWLINE);
    if (newline >= 0) this.#lineBytes = this.#length + newline + 1;
    this.#length += bytes.length;
  }

  /** The text of so many bytes from the start, which are gone then. */
  take(byteLength: number): string {
    const text = this.#bytes.toString("utf8", 0, byteLength);
    this.#bytes.copyWithin(0, byteLength, this.#length);
    this.#length -= byteLength;
    this.#lineBytes = Math.max(0, this.#lineBytes - byteLength);
    if (this.#length <= this.#capacity) this.#shrink();
    return text;
  }

  /** As new. */
  clear(): void {
    this.#length = 0;
    this.#lineBytes = 0;
    this.#shrink();
  }

  [Symbol.dispose](): void {
    this.clear();
  }

  #grow(byteLength: number): void {
    this.#growth.push(this.#budget.reserve(COPIES * (byteLength - this.#bytes.length), "ddex.text"));
    this.#resize(byteLength);
  }

  #shrink(): void {
    if (this.#growth.length === 0) return;
    this.#resize(this.#capacity);
    for (const reservation of this.#growth.splice(0)) reservation[Symbol.dispose]();
  }

  #resize(byteLength: number): void {
    const resized = Buffer.allocUnsafeSlow(byteLength);
    this.#bytes.copy(resized, 0, 0, this.#length);
    this.#bytes = resized;
  }
}
