import { InternalError } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import { LZ4_SCRATCH_BYTES, worthwhileBytes } from "./compression.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { MemoryTag } from "./tags.ts";

/** Bytes that nobody needs just now, held compressed (LZ4) in memory of their own. */
export class CompressedBuffer implements Disposable {
  /** Bytes before compression. */
  readonly originalSize: number;
  readonly compressionLevel: number;
  readonly #segment: HeapSegment;

  private constructor(segment: HeapSegment, originalSize: number, compressionLevel: number) {
    this.#segment = segment;
    this.originalSize = originalSize;
    this.compressionLevel = compressionLevel;
  }

  /**
   * Compresses a copy; the bytes themselves stay the caller's, to be given back now. While it works it holds as much again and 256 KiB.
   *
   * @param level 1 (fastest) to 9 (smallest)
   * @returns undefined for bytes that would not get smaller
   * @throws BudgetExceededError when there is no room to work in
   */
  static compress(budget: Budget, tag: MemoryTag, bytes: Uint8Array, level: number): CompressedBuffer | undefined {
    const roomBytes = worthwhileBytes(bytes.length);
    if (roomBytes <= 0) return undefined;
    using scratch = new HeapSegment(budget, tag, LZ4_SCRATCH_BYTES);
    using room = new HeapSegment(budget, tag, roomBytes);
    const writtenBytes = binding.lz4Compress(bytes, room.bytes(), scratch.bytes(), level);
    if (writtenBytes === 0) return undefined;
    const segment = new HeapSegment(budget, tag, writtenBytes);
    segment.bytes().set(room.bytes().subarray(0, writtenBytes));
    return new CompressedBuffer(segment, bytes.length, level);
  }

  /** Bytes after compression. */
  get compressedSize(): number {
    return this.#segment.byteLength;
  }

  /** Fills `target`, which has room for exactly `originalSize` bytes. */
  decompress(target: Uint8Array): void {
    if (!binding.lz4Decompress(this.#segment.bytes(), target)) {
      throw new InternalError(`${target.length} B do not come out of a buffer of ${this.originalSize} B`);
    }
  }

  [Symbol.dispose](): void {
    this.#segment.close();
  }
}
