import { MIB } from "../base/index.ts";
import { type Compression, DEFAULT_COMPRESSION } from "./compression.ts";
import type { MappedInputOptions } from "./mapped-input-open.ts";
import type { NodePlacement } from "./numa.ts";
import { DEFAULT_PRESSURE_SHARES, type PressureShares } from "./pressure.ts";

/** What of the memory core can be set. Shares are parts of the limit, 0 to 1. */
export type MemoryCoreSettings = {
  readonly pressure: PressureShares;
  /** How full the ledger gets before caches are emptied and free heap goes back to the kernel. */
  readonly collectShare: number;
  /** The same between any two pieces of work. */
  readonly collectsAlways: boolean;
  /** Whether sizes (batches, lanes, pools) may change under pressure while a job runs: the ladder's rungs "slow" and "shrink". */
  readonly isAdaptive: boolean;
  /** Of inputs: whether, from which size on and how they are mapped. */
  readonly mapping: Pick<MappedInputOptions, "backend" | "readBelowBytes" | "populate">;
  /** Whether pools and the memory of native work ask for 2 MiB pages. */
  readonly hugePages: boolean;
  /** From which memory nodes their pages come; undefined = what the process was started with. */
  readonly numa: NodePlacement | undefined;
  /** Slots of pools begin at multiples of this: a power of two. */
  readonly slotAlignmentBytes: number;
  /** Of spilled runs; undefined = not compressed. */
  readonly compression: Compression | undefined;
};

export const DEFAULT_CORE_SETTINGS: MemoryCoreSettings = {
  pressure: DEFAULT_PRESSURE_SHARES,
  collectShare: 0.8,
  collectsAlways: false,
  isAdaptive: true,
  mapping: { backend: "native", readBelowBytes: 100 * MIB, populate: false },
  hugePages: true,
  numa: { policy: "local", nodes: 0 },
  slotAlignmentBytes: 64,
  compression: DEFAULT_COMPRESSION,
};
