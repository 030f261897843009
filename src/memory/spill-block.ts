import { MIB } from "../base/index.ts";
import { binding } from "../binding/index.ts";

/** Runs are written, hashed and read back in blocks of this many bytes; the last block of a run may be shorter. */
export const SPILL_BLOCK_BYTES = MIB;

/** What a block is known by: XXH64, 16 hex digits. Held in memory, so that a damaged disk cannot vouch for itself. */
export function blockHash(block: Uint8Array): string {
  return binding.hashBytes(block);
}
