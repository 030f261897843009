/** Numbers and strings of a compiled table as they grow. */
import type { CompiledTable } from "../binding/index.ts";

/** Stands for a row or a slot that is none. */
export const NO_ROW = 0xffff_ffff;

/** Rows of equal width, one behind the other. */
export class Rows {
  readonly #numbers: number[] = [];
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
  }

  get count(): number {
    return this.#numbers.length / this.#width;
  }

  /** The row's number. */
  add(...row: readonly number[]): number {
    if (row.length !== this.#width) throw new RangeError(`a row of ${row.length} numbers where ${this.#width} belong`);
    this.#numbers.push(...row);
    return this.count - 1;
  }

  set(row: number, ...numbers: readonly number[]): void {
    for (const [at, number] of numbers.entries()) this.#numbers[row * this.#width + at] = number;
  }

  finish(): Uint32Array {
    return Uint32Array.from(this.#numbers);
  }
}

/** Each string once. */
export class Strings {
  readonly #numbers = new Map<string, number>();

  add(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  finish(): Pick<CompiledTable, "text" | "strings"> {
    const strings = new Rows(2);
    let offset = 0;
    for (const text of this.#numbers.keys()) {
      const length = Buffer.byteLength(text);
      strings.add(offset, length);
      offset += length;
    }
    return { text: new Uint8Array(Buffer.from([...this.#numbers.keys()].join(""))), strings: strings.finish() };
  }
}
