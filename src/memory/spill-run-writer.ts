import { type FileHandle, open } from "node:fs/promises";
import { assert } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import { BlockCompressor } from "./block-compressor.ts";
import type { Budget } from "./budget.ts";
import type { Compression } from "./compression.ts";
import { HeapSegment } from "./heap-segment.ts";
import { blockHash, COMPRESSED_BLOCK_BYTES, SPILL_BLOCK_BYTES, type SpillBlock } from "./spill-block.ts";
import { SpillRun } from "./spill-run.ts";

/** Written bytes leave the page cache in steps of this many: small enough for 20 ms at 200 MB/s. */
const DROP_BYTES = 4 * SPILL_BLOCK_BYTES;

/** The side of a spill that the writer of one run talks to. */
export type SpillSpace = {
  readonly budget: Budget;
  /** undefined for a file of just the appended bytes. */
  readonly compression: Compression | undefined;
  /** Claims disk space before it is written. @throws DiskLimitError over the cap, BudgetExceededError where disk is memory */
  readonly claim: (bytes: number) => void;
  readonly countCopied: (bytes: number) => void;
  /** A failed write as an error. */
  readonly failure: (cause: unknown) => Error;
  /** Removes the run's file and gives its space back. Idempotent. */
  readonly remove: () => Promise<void>;
};

type State = "open" | "busy" | "finished" | "failed";

/** Appends bytes to a new run. Disposing before `finish` removes what was written. */
export class SpillRunWriter implements AsyncDisposable {
  readonly path: string;
  readonly #space: SpillSpace;
  readonly #blocks: SpillBlock[] = [];
  readonly #block: HeapSegment;
  readonly #compressor: BlockCompressor | undefined;
  /** Bytes of a whole block. */
  readonly #wholeBytes: number;
  #file: FileHandle | undefined;
  #blockBytes = 0;
  #takenBytes = 0;
  #writtenBytes = 0;
  #droppedBytes = 0;
  #state: State = "open";
  /** The append or finish under way; never rejects. */
  #work: Promise<void> = Promise.resolve();

  /** @internal Made by Spill.createRun. */
  constructor(space: SpillSpace, path: string) {
    this.#space = space;
    this.path = path;
    this.#block = new HeapSegment(space.budget, "spill.block", SPILL_BLOCK_BYTES);
    const { budget, compression } = space;
    this.#compressor = compression && BlockCompressor.openIfRoom(budget, compression, COMPRESSED_BLOCK_BYTES);
    this.#wholeBytes = this.#compressor === undefined ? SPILL_BLOCK_BYTES : COMPRESSED_BLOCK_BYTES;
  }

  /** Bytes appended so far. */
  get byteLength(): number {
    return this.#takenBytes + this.#blockBytes;
  }

  /**
   * Adds bytes at the end; they may be reused once this resolves, and it must resolve before the next call.
   * After an error the run is gone.
   *
   * @throws DiskLimitError over the cap or on a full disk · BudgetExceededError over the budget where the disk is memory · IoError
   */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#exclusively("open", async () => {
      if (this.#compressor === undefined) this.#space.claim(bytes.length);
      for (let taken = 0; taken < bytes.length; ) {
        const rest = bytes.subarray(taken);
        // What is compressed has to lie still meanwhile, in a block of our own.
        const isWhole = this.#compressor === undefined && this.#blockBytes === 0 && rest.length >= this.#wholeBytes;
        taken += isWhole ? await this.#writePlain(rest.subarray(0, this.#wholeBytes)) : await this.#collect(rest);
      }
    });
  }

  /** Writes the rest and closes the file. @throws as `append` does */
  async finish(): Promise<SpillRun> {
    await this.#exclusively("finished", async () => {
      if (this.#blockBytes > 0) await this.#flush();
      const file = await this.#open();
      this.#drop(file);
      await file.close();
      this.#file = undefined;
    });
    this.#closeRoom();
    const { budget, remove } = this.#space;
    return new SpillRun(budget, { path: this.path, blocks: this.#blocks, remove });
  }

  /** Waits for an append under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work;
    if (this.#state === "open") await this.#abandon();
  }

  async #exclusively(next: State, work: () => Promise<void>): Promise<void> {
    assert(this.#state === "open", `run ${this.path} is open and idle (it is ${this.#state})`);
    this.#state = "busy";
    const done = work().then(
      () => {
        this.#state = next;
      },
      async (cause: unknown) => {
        await this.#abandon();
        throw this.#space.failure(cause);
      },
    );
    this.#work = done.catch(() => undefined);
    await done;
  }

  /** Takes what fits into the block. */
  async #collect(bytes: Uint8Array): Promise<number> {
    const taken = bytes.subarray(0, this.#wholeBytes - this.#blockBytes);
    this.#block.bytes().set(taken, this.#blockBytes);
    this.#space.countCopied(taken.length);
    this.#blockBytes += taken.length;
    if (this.#blockBytes === this.#wholeBytes) await this.#flush();
    return taken.length;
  }

  async #flush(): Promise<void> {
    const block = this.#block.bytes().subarray(0, this.#blockBytes);
    if (this.#compressor === undefined) await this.#writePlain(block);
    else {
      const stored = (await this.#compressor.compress(this.#block, block.length)) ?? block;
      this.#space.claim(stored.length);
      await this.#write(stored, block.length);
    }
    this.#blockBytes = 0;
  }

  async #writePlain(block: Uint8Array): Promise<number> {
    return await this.#write(block, block.length);
  }

  /** @returns bytes of the run that are written with it */
  async #write(stored: Uint8Array, byteLength: number): Promise<number> {
    const file = await this.#open();
    this.#blocks.push({ byteLength, storedBytes: stored.length, hash: blockHash(stored) });
    for (let written = 0; written < stored.length; ) {
      const { bytesWritten } = await file.write(stored, written, stored.length - written, this.#writtenBytes + written);
      written += bytesWritten;
    }
    this.#writtenBytes += stored.length;
    this.#takenBytes += byteLength;
    if (this.#writtenBytes - this.#droppedBytes >= DROP_BYTES) this.#drop(file);
    return byteLength;
  }

  async #open(): Promise<FileHandle> {
    this.#file ??= await open(this.path, "wx", 0o600);
    return this.#file;
  }

  #drop(file: FileHandle): void {
    if (this.#writtenBytes > this.#droppedBytes) binding.dropCache(file.fd, this.#droppedBytes, this.#writtenBytes - this.#droppedBytes);
    this.#droppedBytes = this.#writtenBytes;
  }

  async #abandon(): Promise<void> {
    this.#state = "failed";
    await this.#file?.close();
    this.#file = undefined;
    this.#closeRoom();
    await this.#space.remove();
  }

  #closeRoom(): void {
    this.#block.close();
    this.#compressor?.[Symbol.dispose]();
  }
}
