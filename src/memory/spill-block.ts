import { KIB, MIB } from "../base/index.ts";
import { binding } from "../binding/index.ts";

/** Runs are written, hashed and read back in blocks of this many bytes; the last block of a run may be shorter. */
export const SPILL_BLOCK_BYTES = MIB;

/** Blocks of a run that is compressed: short enough that one is unpacked in place, inside SPILL_BLOCK_BYTES. */
export const COMPRESSED_BLOCK_BYTES = SPILL_BLOCK_BYTES - 8 * KIB;

/** What is known of a block of a run. Held in memory, so that a damaged disk cannot vouch for itself. */
export type SpillBlock = {
  readonly byteLength: number;
  /** Bytes in the file; fewer than `byteLength` when it is compressed. */
  readonly storedBytes: number;
  /** Of the bytes in the file. */
  readonly hash: string;
};

/** What a block is known by: XXH64, 16 hex digits. */
export function blockHash(block: Uint8Array): string {
  return binding.hashBytes(block);
}
