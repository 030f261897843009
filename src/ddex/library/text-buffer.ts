/** Text that comes in pieces of UTF-8 and is taken line by line, in memory that is used again. */

const NEWLINE = 0x0a;

export class TextBuffer {
  readonly #capacity: number;
  #bytes: Buffer;
  #length = 0;

  /** @param capacity - in bytes; what is longer than that is held as long as it takes */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  get byteLength(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) this.#grow(Math.max(length, 2 * this.#bytes.length));
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  /** Bytes of the lines that are whole. */
  get lineBytes(): number {
    return this.#bytes.subarray(0, this.#length).lastIndexOf(NEWLINE) + 1;
  }

  /** The text of so many bytes from the start, which are gone then. */
  take(byteLength: number): string {
    const text = this.#bytes.toString("utf8", 0, byteLength);
    this.#bytes.copyWithin(0, byteLength, this.#length);
    this.#length -= byteLength;
    return text;
  }

  /** As new. */
  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > this.#capacity) this.#bytes = Buffer.allocUnsafeSlow(this.#capacity);
  }

  #grow(byteLength: number): void {
    const grown = Buffer.allocUnsafeSlow(byteLength);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
