import { type FileHandle, open } from "node:fs/promises";
import { errnoOf, IoError } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import { fileError } from "./file-error.ts";
import { HeapSegment } from "./heap-segment.ts";
import { blockHash, SPILL_BLOCK_BYTES } from "./spill-block.ts";

export type SpillRunContent = {
  readonly path: string;
  readonly byteLength: number;
  /** One per block, in order. */
  readonly hashes: readonly string[];
  readonly remove: () => Promise<void>;
};

/** A finished run: a plain file of the appended bytes, which any program can read. Disposing removes it. */
export class SpillRun implements AsyncDisposable {
  readonly path: string;
  readonly byteLength: number;
  readonly #budget: Budget;
  readonly #hashes: readonly string[];
  readonly #remove: () => Promise<void>;

  /** @internal Made by SpillRunWriter.finish. */
  constructor(budget: Budget, content: SpillRunContent) {
    this.path = content.path;
    this.byteLength = content.byteLength;
    this.#budget = budget;
    this.#hashes = content.hashes;
    this.#remove = content.remove;
  }

  /** Reads everything once. @throws IoError for a block that changed, or a file that is too short or too long */
  async verify(): Promise<void> {
    for await (const _ of this.blocks()) {
      // Reading is the check.
    }
  }

  /**
   * The run in blocks of 1 MiB, each checked before it is handed out and valid until the next is taken.
   *
   * @throws IoError for a block that changed, or a file that is too short or too long
   * @throws BudgetExceededError when there is no room for one block
   */
  async *blocks(): AsyncGenerator<Uint8Array, void> {
    using buffer = new HeapSegment(this.#budget, "spill.block", SPILL_BLOCK_BYTES);
    const file = await this.#open();
    try {
      const { size } = await file.stat();
      if (size !== this.byteLength)
        throw this.#damaged(Math.min(size, this.byteLength), `${size} B where ${this.byteLength} B were written`);
      for (const [index, hash] of this.#hashes.entries()) {
        const offset = index * SPILL_BLOCK_BYTES;
        const block = buffer.bytes().subarray(0, Math.min(SPILL_BLOCK_BYTES, this.byteLength - offset));
        await this.#fill(file, block, offset);
        if (blockHash(block) !== hash) throw this.#damaged(offset, "a block does not match its checksum");
        yield block;
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
