import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Budget } from "./budget.ts";
import { fileError } from "./file-error.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { MemoryTag } from "./tags.ts";

/** It grows to whole multiples of this, so that sizes that differ little do not each make it grow. */
const STEP_BYTES = 64 * 1024;

/** One buffer for work of many sizes, one after the other: it grows to the largest and never shrinks. */
export class BufferManager implements Disposable {
  readonly #budget: Budget;
  readonly #tag: MemoryTag;
  #segment: HeapSegment | undefined;

  constructor(budget: Budget, tag: MemoryTag) {
    this.#budget = budget;
    this.#tag = tag;
  }

  get capacityBytes(): number {
    return this.#segment?.byteLength ?? 0;
  }

  /**
   * Exactly `byteLength` bytes, with whatever was there. What was handed out before is the same memory; when it has to grow, the content
   * is gone and the views that are still held have length 0.
   *
   * @throws BudgetExceededError when there is no room to grow; nothing is held then
   */
  getBuffer(byteLength: number): Uint8Array {
    if (byteLength > this.capacityBytes || this.#segment === undefined) {
      // Closed first: the old and the new one are never held together.
      this[Symbol.dispose]();
      this.#segment = new HeapSegment(this.#budget, this.#tag, Math.max(1, Math.ceil(byteLength / STEP_BYTES)) * STEP_BYTES);
    }
    return this.#segment.bytes().subarray(0, byteLength);
  }

  /**
   * Hands a file's bytes to `work`, who may keep none of them. A file that grows meanwhile is read as far as it was.
   *
   * @throws BudgetExceededError; InputMissingError, PermissionError or IoError when it cannot be read
   */
  processFile<R>(path: string, work: (bytes: Uint8Array) => R): R {
    return work(this.#read(path));
  }

  [Symbol.dispose](): void {
    this.#segment?.close();
    this.#segment = undefined;
  }

  #read(path: string): Uint8Array {
    const fd = openFile(path);
    try {
      const buffer = this.getBuffer(fstatSync(fd).size);
      let filled = 0;
      while (filled < buffer.length) {
        const length = readSync(fd, buffer, filled, buffer.length - filled, filled);
        if (length === 0) break;
        filled += length;
      }
      return buffer.subarray(0, filled);
    } finally {
      closeSync(fd);
    }
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw fileError(error, "open", path);
  }
}
