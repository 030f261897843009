import type { FileHandle } from "node:fs/promises";

/** Bytes of a file in their order, looked at before they are taken, through memory that is handed in. */
export class ByteQueue {
  readonly #file: FileHandle;
  readonly #memory: Uint8Array;
  #begin = 0;
  #end = 0;

  constructor(file: FileHandle, memory: Uint8Array) {
    this.#file = file;
    this.#memory = memory;
  }

  /** The next bytes, `count` or what is left of the file; they hold until the next call. @param count - at most as many as the memory has */
  async peek(count: number): Promise<Uint8Array> {
    if (this.#end - this.#begin < count) {
      this.#memory.copyWithin(0, this.#begin, this.#end);
      this.#end -= this.#begin;
      this.#begin = 0;
    }
    while (this.#end < count) {
      const { bytesRead } = await this.#file.read(this.#memory, this.#end, this.#memory.length - this.#end, null);
      if (bytesRead === 0) break;
      this.#end += bytesRead;
    }
    return this.#memory.subarray(this.#begin, Math.min(this.#end, this.#begin + count));
  }

  /** Of what was looked at. */
  take(count: number): void {
    this.#begin += count;
  }
}
