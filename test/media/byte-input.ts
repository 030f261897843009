import { readFileSync } from "node:fs";
import type { ByteInput } from "../../src/media/container/index.ts";

/** An input over bytes in memory that refuses what a mapped input refuses, and hands out views that die with the next read. */
export function byteInput(bytes: Uint8Array): ByteInput & { readonly reads: number } {
  let last: Uint8Array | undefined;
  let reads = 0;
  return {
    byteLength: bytes.length,
    get reads() {
      return reads;
    },
    read(offset, length) {
      const isInside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && offset + length <= bytes.length;
      if (!isInside || length < 1 || length > 65_536) throw new RangeError(`read of ${length} bytes at ${offset} of ${bytes.length}`);
      last?.fill(0xaa);
      last = Uint8Array.from(bytes.subarray(offset, offset + length));
      reads++;
      return last;
    },
  };
}

export function fileInput(path: string): ByteInput {
  return byteInput(readFileSync(path));
}
