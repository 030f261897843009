/** What children say, kept within bounds: whole lines to a function, or the last bytes of a stream. */

/** A line longer than this is cut there and its rest is dropped: no program mm starts writes one, a hostile one must not fill memory. */
const LINE_LIMIT = 64 * 1024;

export class LineSplitter {
  #rest = "";
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      const line = (this.#rest + chunk.slice(start, end)).slice(0, LINE_LIMIT);
      this.#rest = "";
      start = end + 1;
      this.#onLine(line);
    }
    this.#rest = (this.#rest + chunk.slice(start)).slice(0, LINE_LIMIT);
  }

  /** Hands over a last line that had no newline. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}

export class TextTail {
  #text = "";
  readonly #limit: number;

  /** @param limit - UTF-16 units kept, at least. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: string): void {
    this.#text += chunk;
    if (this.#text.length > 2 * this.#limit) this.#text = this.#text.slice(-this.#limit);
  }

  text(): string {
    return this.#text.slice(-this.#limit);
  }
}
