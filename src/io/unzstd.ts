/** zstd data (RFC 8878) as plain bytes, with the memory of each frame claimed before it is unpacked. */
import { open } from "node:fs/promises";
import { formatBytes, MalformedInputError, MIB, UnsupportedError } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import { type Budget, HeapSegment } from "../memory/index.ts";
import { ByteQueue } from "./byte-queue.ts";
import { type FrameHead, isSkippable, isZstd, LONGEST_HEAD_BYTES, littleEndian, MAGIC_BYTES, readFrameHead } from "./zstd-frame.ts";

/** What zstd itself unpacks unless it is told to (--long, --memory). */
const LARGEST_HISTORY_BYTES = 128 * MIB;
const QUEUE_BYTES = 256 * 1024;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;

export type PackedFile = {
  readonly path: string;
  /** For messages. */
  readonly name: string;
  readonly budget: Budget;
};

/**
 * What comes out holds until the next piece is asked for.
 *
 * @throws MalformedInputError with where the plain bytes end, UnsupportedError for frames that need too large a window or a dictionary,
 *   BudgetExceededError, and the system's errors
 */
export async function* unzstd({ path, name, budget }: PackedFile): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    using room = new HeapSegment(budget, "io.unzstd", QUEUE_BYTES);
    const queue = new ByteQueue(file, room.bytes());
    using decoder = new FrameDecoder(budget);
    const damaged = () => malformed(name, decoder.plainBytes);
    for (;;) {
      const front = await queue.peek(LONGEST_HEAD_BYTES);
      if (front.length === 0) return;
      const magic = littleEndian(front.subarray(0, MAGIC_BYTES));
      if (isSkippable(magic)) {
        if (!(await skip(queue, front))) throw damaged();
        continue;
      }
      const found = isZstd(magic) ? readFrameHead(front) : undefined;
      if (found === undefined) throw damaged();
      queue.take(found.byteLength);
      decoder.begin(found.head, name);
      yield* frame(queue, decoder, found.head, damaged);
    }
  } finally {
    await file.close();
  }
}

async function skip(queue: ByteQueue, front: Uint8Array): Promise<boolean> {
  if (front.length < 2 * MAGIC_BYTES) return false;
  let rest = 2 * MAGIC_BYTES + littleEndian(front.subarray(MAGIC_BYTES, 2 * MAGIC_BYTES));
  while (rest > 0) {
    const { length } = await queue.peek(Math.min(rest, QUEUE_BYTES));
    if (length === 0) return false;
    queue.take(length);
    rest -= length;
  }
  return true;
}

async function* frame(queue: ByteQueue, decoder: FrameDecoder, head: FrameHead, damaged: () => Error): AsyncGenerator<Uint8Array> {
  const endBytes = decoder.plainBytes + (head.contentBytes ?? Number.POSITIVE_INFINITY);
  for (let isLast = false; !isLast; ) {
    const header = littleEndian(await queue.peek(BLOCK_HEADER_BYTES));
    const size = ((header >> 1) & 3) === 1 ? 1 : header >> 3;
    const block = size <= QUEUE_BYTES - BLOCK_HEADER_BYTES ? await queue.peek(BLOCK_HEADER_BYTES + size) : undefined;
    if (block?.length !== BLOCK_HEADER_BYTES + size) throw damaged();
    const plain = decoder.block(header, block.subarray(BLOCK_HEADER_BYTES));
    if (plain === undefined || decoder.plainBytes > endBytes) throw damaged();
    queue.take(block.length);
    isLast = (header & 1) === 1;
    if (plain.length > 0) yield plain;
  }
  if (head.contentBytes !== undefined && decoder.plainBytes !== endBytes) throw damaged();
  if (!head.hasChecksum) return;
  const checksum = await queue.peek(CHECKSUM_BYTES);
  if (checksum.length < CHECKSUM_BYTES || littleEndian(checksum) !== decoder.checksum()) throw damaged();
  queue.take(CHECKSUM_BYTES);
}

/** The native decoder in memory that is as large as the largest frame so far needs. */
class FrameDecoder implements Disposable {
  readonly #budget: Budget;
  #memory: HeapSegment | undefined;
  #plainBytes = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Of all frames so far. */
  get plainBytes(): number {
    return this.#plainBytes;
  }

  begin({ windowBytes, contentBytes, needsDictionary }: FrameHead, name: string): void {
    const historyBytes = Math.min(windowBytes, contentBytes ?? Number.POSITIVE_INFINITY);
    if (needsDictionary) {
      throw new UnsupportedError(`${name} was packed with a dictionary`, {
        hint: "zstd -dc -D <dictionary> <file> | mm reduce -i - -o <output>",
      });
    }
    if (historyBytes > LARGEST_HISTORY_BYTES) {
      const [wanted, most] = [historyBytes, LARGEST_HISTORY_BYTES].map(formatBytes);
      throw new UnsupportedError(`${name} needs a window of ${wanted} to be unpacked, and mm has ${most} at most`, {
        hint: "zstd -dc --long=31 <file> | mm reduce -i - -o <output>",
      });
    }
    const neededBytes = binding.zstdBytes(historyBytes);
    if (this.#memory === undefined || this.#memory.byteLength < neededBytes) {
      this.#memory?.close();
      this.#memory = undefined;
      this.#memory = new HeapSegment(this.#budget, "io.unzstd", neededBytes);
    }
    binding.zstdBegin(this.#memory.bytes(), historyBytes);
  }

  block(header: number, content: Uint8Array): Uint8Array | undefined {
    const plain = this.#memory && binding.zstdBlock(this.#memory.bytes(), header, content);
    this.#plainBytes += plain?.length ?? 0;
    return plain;
  }

  checksum(): number | undefined {
    return this.#memory && binding.zstdChecksum(this.#memory.bytes());
  }

  [Symbol.dispose](): void {
    this.#memory?.close();
  }
}

function malformed(name: string, plainBytes: number): MalformedInputError {
  return new MalformedInputError(`${name} is damaged or cut short: its zstd data ends after ${plainBytes} bytes`, {
    details: { byte: plainBytes },
    hint: "zstd -t <file>",
  });
}
