/** Lines of JSON to records, handed over when enough of them have come. */
import type { DDEXRecord, OnChunk } from "./records.ts";
import type { TextBuffer } from "./text-buffer.ts";

export type GathererOptions = {
  readonly bufferBytes: number;
  readonly flushThreshold: number;
  readonly onChunk: OnChunk;
};

export class RecordGatherer {
  readonly #options: GathererOptions;
  readonly #text: TextBuffer;
  #bufferBytes: number;
  #index = 0;
  #handedBytes = 0;
  #elements = 0;
  /** Elements of the message that were read so far; set by who reads it. */
  countElements: () => number = () => 0;

  constructor(text: TextBuffer, options: GathererOptions) {
    this.#text = text;
    this.#options = options;
    this.#bufferBytes = options.bufferBytes;
  }

  setBufferSize(bytes: number): void {
    this.#bufferBytes = bytes;
  }

  async push(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      // Only a line that is longer than the buffer makes it grow.
      const piece = rest.subarray(0, this.#text.freeBytes || rest.length);
      this.#text.append(piece);
      rest = rest.subarray(piece.length);
      if (this.#text.freeBytes === 0 || this.#text.byteLength >= this.#bufferBytes * this.#options.flushThreshold) await this.flush();
    }
  }

  /** Hands over the records that are whole. */
  async flush(): Promise<void> {
    const byteLength = this.#text.lineBytes;
    if (byteLength === 0) return;
    const lines = this.#text.take(byteLength).split("\n");
    const records = lines.slice(0, -1).map((line) => JSON.parse(line) as DDEXRecord);
    const [index, byteStart, elementsBefore] = [this.#index, this.#handedBytes, this.#elements];
    this.#index += 1;
    this.#handedBytes += byteLength;
    this.#elements = this.countElements();
    await this.#options.onChunk(records, {
      index,
      byteStart,
      byteEnd: this.#handedBytes,
      releases: records.filter(({ type }) => type === "release").length,
      elements: this.#elements - elementsBefore,
    });
  }
}
