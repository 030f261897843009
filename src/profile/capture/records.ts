/**
 * What a capture holds: rows of numbers in named columns, and events. Bytes are bytes, `atMs` is milliseconds since the capture began,
 * `process` is an index into the processes in the order in which they were seen, -1 for none.
 */
import type { NativeEvent } from "../../binding/index.ts";

/** Column names by table; the first is the time. Every value is a safe integer, but times, which keep a thousandth. */
export const TABLES = {
  /**
   * The tree, at every tick. `usedBytes` is anonymous memory, shared memory counted once, and swap; between two measurements
   * (`isMeasured` 0) it is estimated from the resident sizes. The cgroup's columns are 0 where there is none of its own, stalls (PSI) where the
   * kernel does not say.
   */
  tree: [
    "atMs",
    "usedBytes",
    "isMeasured",
    "fileBytes",
    "processes",
    "cgroupBytes",
    "cgroupAnonBytes",
    "someStallMicros",
    "fullStallMicros",
  ],
  /** /proc/<pid>/statm and stat, at every tick. `sharedBytes` are resident file and shared pages. */
  resident: ["atMs", "process", "residentBytes", "sharedBytes", "cpuMs", "minorFaults", "majorFaults"],
  /**
   * /proc/<pid>/smaps_rollup and status, as often as their price allows; of a process that shares nothing also the last of them, moved by what
   * its resident size has moved since. `privateBytes` is what would be free without this process (USS).
   */
  measured: [
    ...["atMs", "process", "residentBytes", "pssBytes", "pssAnonBytes", "pssFileBytes", "pssSharedBytes"],
    ...["anonBytes", "privateBytes", "swapBytes", "swapPssBytes", "hugeBytes", "highWaterBytes", "pageTableBytes", "threads"],
  ],
  /** One V8 isolate of a Node process; `thread` 0 is the main one. */
  isolate: [
    ...["atMs", "process", "thread", "heapUsedBytes", "heapTotalBytes", "heapLimitBytes", "externalBytes", "arrayBuffersBytes"],
    ...["newSpaceBytes", "oldSpaceBytes", "codeSpaceBytes", "largeObjectBytes", "mallocedBytes"],
  ],
  /** The published counters of an mm job. */
  job: ["atMs", "process", "limitBytes", "ledgerBytes", "treeBytes", "ownBytes", "spilledBytes", "poolSlots", "poolAvailable"],
} as const;

export type TableName = keyof typeof TABLES;
export type ColumnName<Name extends TableName> = (typeof TABLES)[Name][number];
/** Columns of equal length, in order of time. */
export type Table<Name extends TableName> = Readonly<Record<ColumnName<Name>, Float64Array>>;
export type Tables = { readonly [Name in TableName]: Table<Name> };

export type Frame = { readonly name: string; readonly file?: string; readonly line?: number };

/** Allocations by call path. */
export type Stacks = {
  readonly kind: "js" | "native" | "pool";
  readonly weightOf: "live" | "allocated" | "peak" | "leaked";
  readonly frames: readonly Frame[];
  /** `stack` holds indexes of frames, outermost first. `weight` is in bytes, `count` in allocations (sampled ones where `samplingBytes` says so). */
  readonly samples: readonly { readonly stack: readonly number[]; readonly weight: number; readonly count: number }[];
  /** Mean bytes between two samples; absent when every allocation was seen. */
  readonly samplingBytes?: number;
};

export type Owner = { readonly tag: string; readonly bytes: number; readonly peakBytes: number };

export type CaptureEvent =
  | NativeEvent
  | {
      readonly type: "gc";
      readonly process: number;
      readonly thread: number;
      readonly atMs: number;
      readonly kind: "minor" | "major" | "incremental" | "weakcb";
      readonly durationMs: number;
      /** V8 heap in use and what it holds outside (buffers); 0 = not known. */
      readonly beforeBytes: number;
      readonly afterBytes: number;
    }
  | { readonly type: "mark"; readonly process: number; readonly atMs: number; readonly name: string }
  /** What an mm job does, and for whom its ledger holds memory. */
  | { readonly type: "owners"; readonly process: number; readonly atMs: number; readonly phase: string; readonly owners: readonly Owner[] }
  /** A later one of the same process, thread, kind and weight replaces an earlier one. */
  | { readonly type: "stacks"; readonly process: number; readonly thread: number; readonly atMs: number; readonly stacks: Stacks };

export type CaptureHeader = {
  readonly schema: "mm.capture/1";
  readonly version: string;
  /** ISO 8601, of the clock on the wall. */
  readonly startedAt: string;
  /** argv of the target; one word, its pid, for `attach`. */
  readonly command: readonly string[];
  /** "heaptrack" and "massif": a file of theirs, read in. */
  readonly source: "run" | "attach" | "heaptrack" | "massif";
  readonly intervalMs: number;
  /** How processes are found: in an own cgroup, as descendants (with orphans reaped by mm), or by ptrace at every exit. */
  readonly tracking: "cgroup" | "descendants" | "ptrace";
  readonly host: { readonly kernel: string; readonly cpus: number; readonly memoryBytes: number; readonly cgroupVersion: 0 | 1 | 2 };
  /** The smallest limit above the target: of a cgroup, else physical memory. */
  readonly limitBytes: number;
  /** What could not be had on this host, in words. */
  readonly unavailable: readonly string[];
};

/** How a run ended: the last chunk. Missing in a capture that was cut off. */
export type CaptureEnd = {
  readonly atMs: number;
  /** Of the target; null with `attach` and where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  /** Highest usage of the own cgroup as the kernel counted it, page cache and kernel memory included; null where there was none. */
  readonly cgroupPeakBytes: number | null;
  readonly oomKills: number;
  /** Processor time of the profiler itself, and its anonymous memory at the end. */
  readonly ownCpuMs: number;
  readonly ownBytes: number;
  /** Ticks that were due and did not come. */
  readonly missedTicks: number;
};

/** Rows one after the other, all columns of a row together. */
type Rows = { readonly [Name in TableName]?: Float64Array };

/** What came since the last batch. */
export type CaptureBatch = { readonly rows: Rows; readonly events: readonly CaptureEvent[] };

/** A capture, read. */
export type Capture = {
  readonly header: CaptureHeader;
  readonly tables: Tables;
  readonly events: readonly CaptureEvent[];
  /** undefined: the profiler was killed, and what is here is what it had written by then. */
  readonly end: CaptureEnd | undefined;
  /** Bytes at the end of the file that could not be read. */
  readonly damagedBytes: number;
};
