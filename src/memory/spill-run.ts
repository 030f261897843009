import { type FileHandle, open } from "node:fs/promises";
import { errnoOf, InternalError, IoError } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import { fileError } from "./file-error.ts";
import { HeapSegment } from "./heap-segment.ts";
import { blockHash, SPILL_BLOCK_BYTES, type SpillBlock } from "./spill-block.ts";

export type SpillRunContent = {
  readonly path: string;
  /** In the order they stand in the file, without gaps. */
  readonly blocks: readonly SpillBlock[];
  readonly remove: () => Promise<void>;
};

/** A finished run. Uncompressed it is a plain file of the appended bytes, which any program can read. Disposing removes it. */
export class SpillRun implements AsyncDisposable {
  readonly path: string;
  /** Bytes that were appended. */
  readonly byteLength: number;
  readonly #budget: Budget;
  readonly #blocks: readonly SpillBlock[];
  readonly #remove: () => Promise<void>;

  /** @internal Made by SpillRunWriter.finish. */
  constructor(budget: Budget, content: SpillRunContent) {
    this.path = content.path;
    this.byteLength = content.blocks.reduce((sum, block) => sum + block.byteLength, 0);
    this.#budget = budget;
    this.#blocks = content.blocks;
    this.#remove = content.remove;
  }

  /** Reads everything once. @throws IoError for a block that changed, or a file that is too short or too long */
  async verify(): Promise<void> {
    for await (const _ of this.blocks()) {
      // Reading is the check.
    }
  }

  /**
   * The run in blocks of up to 1 MiB, each checked before it is handed out and valid until the next is taken.
   *
   * @throws IoError for a block that changed, or a file that is too short or too long
   * @throws BudgetExceededError when there is no room for one block
   */
  async *blocks(): AsyncGenerator<Uint8Array, void> {
    using buffer = new HeapSegment(this.#budget, "spill.block", SPILL_BLOCK_BYTES);
    const file = await this.#open();
    try {
      const { size } = await file.stat();
      const storedBytes = this.#blocks.reduce((sum, block) => sum + block.storedBytes, 0);
      if (size !== storedBytes) throw this.#damaged(Math.min(size, storedBytes), `${size} B where ${storedBytes} B were written`);
      let offset = 0;
      for (const block of this.#blocks) {
        yield await this.#read(file, block, offset, buffer.bytes());
        offset += block.storedBytes;
      }
    } finally {
      await file.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#remove();
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.path, "r");
    } catch (cause) {
      throw this.#damaged(0, `it cannot be opened (${errnoOf(cause) ?? "unknown"})`);
    }
  }

  async #read(file: FileHandle, { byteLength, storedBytes, hash }: SpillBlock, offset: number, buffer: Uint8Array): Promise<Uint8Array> {
    const block = buffer.subarray(0, byteLength);
    const isPlain = storedBytes === byteLength;
    // At the end of the buffer, from where it is unpacked to the front.
    const stored = isPlain ? block : buffer.subarray(buffer.length - storedBytes);
    await this.#fill(file, stored, offset);
    if (blockHash(stored) !== hash) throw this.#damaged(offset, "a block does not match its checksum");
    if (!isPlain && !binding.lz4Decompress(stored, block)) throw new InternalError(`a block of ${this.path} was compressed wrongly`);
    return block;
  }

  async #fill(file: FileHandle, block: Uint8Array, offset: number): Promise<void> {
    for (let filled = 0; filled < block.length; ) {
      const { bytesRead } = await file.read(block, filled, block.length - filled, offset + filled).catch((cause: unknown) => {
        throw fileError(cause, "read", this.path);
      });
      if (bytesRead === 0) throw this.#damaged(offset + filled, "the file ends early");
      filled += bytesRead;
    }
  }

  #damaged(offset: number, what: string): IoError {
    return new IoError(`spill run ${this.path} is damaged: ${what}`, {
      details: { path: this.path, offset, operation: "read" },
      hint: "check the disk, or name another with --temp-dir, and run again",
    });
  }
}
