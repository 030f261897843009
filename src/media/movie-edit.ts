/** Changes numbers in the movie box of a file, in place. */
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { DiskLimitError, errnoOf, IoError, KIB, MmError } from "../base/index.ts";
import { Arena, type Budget } from "../memory/index.ts";
import type { Field } from "./movie-clock.ts";

/** Numbers where they are, then at most one entry more in a table at the end of the file. */
export type MovieEdit = { readonly writes: readonly Field[]; readonly insertion: Insertion | undefined };

/** The two numbers of 32 bits of an entry. */
type Insertion = { readonly offset: number; readonly words: readonly [number, number] };

const ENTRY_BYTES = 8;
const BLOCK_BYTES = 64 * KIB;

/** @throws DiskLimitError when the disk is full · IoError when the file cannot be read or written */
export function editMovie(path: string, { writes, insertion }: MovieEdit, budget: Budget): void {
  try {
    using file = new OpenFile(path);
    using arena = new Arena(budget, "media.boxes", BLOCK_BYTES);
    const block = arena.allocate(BLOCK_BYTES);
    for (const { offset, byteLength, value } of writes) file.write(numberIn(block, byteLength, value), offset);
    if (insertion === undefined) return;
    file.moveTail(insertion.offset, ENTRY_BYTES, block);
    insertion.words.forEach((word, at) => {
      file.write(numberIn(block, 4, word), insertion.offset + 4 * at);
    });
  } catch (cause) {
    if (cause instanceof MmError) throw cause;
    const errno = errnoOf(cause) ?? "unknown";
    const options = { cause, details: { path, errno }, hint: "check the disk of the output" };
    if (errno === "ENOSPC" || errno === "EDQUOT") throw new DiskLimitError(`no space left for ${path}`, options);
    throw new IoError(`cannot write the movie box of ${path}: ${errno}`, options);
  }
}

function numberIn(block: Uint8Array, byteLength: 4 | 8, value: number): Uint8Array {
  const view = new DataView(block.buffer, block.byteOffset, byteLength);
  if (byteLength === 8) view.setBigUint64(0, BigInt(value));
  else view.setUint32(0, value);
  return block.subarray(0, byteLength);
}

class OpenFile implements Disposable {
  readonly #fd: number;

  constructor(path: string) {
    this.#fd = openSync(path, "r+");
  }

  write(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
  }

  /** Moves what is behind `offset` further by `byteCount`, from its end on, a block at a time. */
  moveTail(offset: number, byteCount: number, block: Uint8Array): void {
    for (let end = fstatSync(this.#fd).size; end > offset; ) {
      const start = Math.max(offset, end - block.length);
      const part = block.subarray(0, end - start);
      this.#read(part, start);
      this.write(part, start + byteCount);
      end = start;
    }
  }

  #read(bytes: Uint8Array, offset: number): void {
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.#fd, bytes, done, bytes.length - done, offset + done);
      if (count === 0) throw new IoError("the joined file became shorter while it was written");
      done += count;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
