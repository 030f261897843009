/** Memory settings after the cli has parsed flags, environment, config file, preset and defaults. Every command of work takes them. */
import type { MemoryCoreSettings } from "../memory/index.ts";

export type MemorySettings = {
  /** What the memory core is opened with. */
  readonly core: MemoryCoreSettings;
  /** Streams that need more decoded pictures at once are refused. */
  readonly maxDpbFrames: number;
  /** What caches may hold together; 0 = none. */
  readonly cacheBytes: number;
  /** Whether memory may overflow to disk: what a plan may park there. Input that has to be stored is stored all the same. */
  readonly spillsToDisk: boolean;
  readonly streaming: StreamingSettings;
  readonly kernels: KernelSettings;
};

export type StreamingSettings = {
  /** Nothing is held whole that can be read again. */
  readonly only: boolean;
  /** Sequences in one batch. */
  readonly batchSequences: number;
  /** Windows in flight at once: read, work, write. */
  readonly windowCount: number;
  /** Whether the window after the one at work is read meanwhile. */
  readonly readsAhead: boolean;
};

export type KernelSettings = {
  /** Entries that kernels over tables prefetch ahead; 0 = none. */
  readonly prefetchDistance: number;
  /** Residues in 2 and 5 bits in place of 8. */
  readonly packsResidues: boolean;
};
