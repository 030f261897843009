import type { MemorySegment } from "../memory/index.ts";

/** Where the memory of native stages comes from. */
export type StageMemory = {
  /** So many bytes, which the ledger has. */
  readonly open: (byteLength: number) => MemorySegment;
  /** What to type for so many bytes in place of those there are, in words and as a limit. */
  readonly limitFor: (byteLength: number) => { readonly hint: string; readonly smallestLimitBytes: number };
};
