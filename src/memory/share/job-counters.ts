/** What a running job publishes of itself, and where in its page each figure lies. */
import type { PressureLevel } from "../pressure.ts";
import type { MemoryTag } from "../tags.ts";

export type JobCounters = {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: number;
  readonly command: string;
  readonly phase: string;
  /** Of the phase, in its own unit; total 0 while unknown. */
  readonly done: number;
  readonly total: number;
  readonly limitBytes: number;
  readonly budgetBytes: number;
  /** Reserved in the root budget. */
  readonly ledgerBytes: number;
  /** Measured: RssAnon + VmSwap of the process tree, shared segments once. */
  readonly treeBytes: number;
  readonly ownBytes: number;
  readonly childrenBytes: number;
  readonly peakBytes: number;
  readonly plannedPeakBytes: number;
  readonly poolSlots: number;
  readonly poolAvailable: number;
  readonly spilledBytes: number;
  readonly copiedBytes: number;
  readonly admissionWaitMs: number;
  readonly level: PressureLevel;
  /** The biggest by peak, at most MOST_OWNERS. */
  readonly owners: readonly OwnerCounters[];
};

export type OwnerCounters = { readonly tag: MemoryTag; readonly currentBytes: number; readonly peakBytes: number };

/** `schema` of the metadata that is handed over with the page. */
export const COUNTERS_SCHEMA = "mm.counters/1";

export const MOST_OWNERS = 32;
export const COUNTERS_BYTES = 4096;
export const COUNTERS_MAGIC = 0x6d6d6331;

/** Numbers, in the order in which they stand. */
export const FIGURES = [
  ...(["pid", "startTicks", "done", "total", "limitBytes", "budgetBytes", "ledgerBytes", "treeBytes", "ownBytes"] as const),
  ...(["childrenBytes", "peakBytes", "plannedPeakBytes", "poolSlots", "poolAvailable", "spilledBytes", "copiedBytes"] as const),
  "admissionWaitMs",
] as const;

export const LEVELS: readonly PressureLevel[] = ["ok", "warning", "critical"];

/** Offsets in bytes. Numbers are of 64 bits, text is ASCII with zeros behind it. */
export const LAYOUT = {
  magic: 0,
  /** Odd while the page is being written: a reader takes what it copied between two equal even values. */
  sequence: 4,
  level: 8,
  ownerCount: 12,
  command: { at: 16, length: 16 },
  phase: { at: 32, length: 16 },
  figures: 64,
  owners: 256,
  owner: { stride: 64, tag: { at: 0, length: 48 }, currentBytes: 48, peakBytes: 56 },
} as const;
