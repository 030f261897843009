import type { LadderRecord } from "./ladder.ts";
import type { MemoryLimitSource } from "./limit.ts";
import type { TagStats } from "./tags.ts";

/** Which line of defence kept the job within its limit: the ledger alone, measured pressure, or a limit of the kernel. */
export type HeldBy = "ledger" | "monitor" | "kernel";

/** The "memory" object of every report. */
export type MemoryStats = {
  readonly limitBytes: number;
  readonly limitSource: MemoryLimitSource;
  readonly plannedPeakBytes: number;
  /** Highest sample of RssAnon + VmSwap over the process tree, and each shared segment once. */
  readonly peakBytes: number;
  readonly peakLedgerBytes: number;
  /** As peakBytes, with file pages. */
  readonly peakResidentBytes: number;
  /** Milliseconds between samples, as they truly came. */
  readonly sampleMs: number;
  /** Frame pool slots: the most there were at once, and how many of those are free now. */
  readonly poolSlots: number;
  readonly poolAvailable: number;
  readonly spilledBytes: number;
  /** Bytes that our own code copied. */
  readonly copiedBytes: number;
  readonly admissionWaitMs: number;
  readonly steps: readonly LadderRecord[];
  readonly owners: readonly TagStats[];
  readonly heldBy: HeldBy;
  /** This process alone: its highest measured bytes, its highest ledger, and what Node held before any work. */
  readonly ownPeakBytes: number;
  readonly ownLedgerPeakBytes: number;
  readonly baselineBytes: number;
};
