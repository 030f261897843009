import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import { type Compression, LZ4_SCRATCH_BYTES, worthwhileBytes } from "./compression.ts";
import { HeapSegment } from "./heap-segment.ts";

/** Room to compress one block after the other in. */
export class BlockCompressor implements Disposable {
  readonly #compression: Compression;
  readonly #room: HeapSegment;
  readonly #scratch: HeapSegment;

  private constructor(budget: Budget, compression: Compression, blockBytes: number) {
    this.#compression = compression;
    this.#room = new HeapSegment(budget, "spill.compressor", blockBytes);
    this.#scratch = new HeapSegment(budget, "spill.compressor", LZ4_SCRATCH_BYTES);
  }

  /** @returns undefined where memory is short: then blocks go as they are */
  static openIfRoom(budget: Budget, compression: Compression, blockBytes: number): BlockCompressor | undefined {
    const found = budget.tryReserve(blockBytes + LZ4_SCRATCH_BYTES, "spill.compressor");
    if (found === undefined) return undefined;
    // Nobody else runs between here and the segments' own reservations.
    found[Symbol.dispose]();
    return new BlockCompressor(budget, compression, blockBytes);
  }

  /**
   * Compresses the first `byteLength` bytes of a block, which must not change until this resolves.
   *
   * @returns a view that is valid until the next call; undefined for a block below the threshold, or one that does not get smaller
   */
  async compress(block: HeapSegment, byteLength: number): Promise<Uint8Array | undefined> {
    const { level, thresholdBytes, isAsync } = this.#compression;
    if (byteLength < thresholdBytes) return undefined;
    const writtenBytes = isAsync
      ? await binding.lz4CompressAsync(block.native, byteLength, this.#room.native, this.#scratch.native, level)
      : binding.lz4Compress(block.bytes().subarray(0, byteLength), this.#room.bytes(), this.#scratch.bytes(), level);
    return writtenBytes === 0 || writtenBytes > worthwhileBytes(byteLength) ? undefined : this.#room.bytes().subarray(0, writtenBytes);
  }

  [Symbol.dispose](): void {
    this.#room.close();
    this.#scratch.close();
  }
}
