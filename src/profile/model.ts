import type { CaptureHeader, Frame, Stacks } from "./capture/records.ts";

/**
 * What a report says, computed once from a capture: every output is a rendering of it. `process` is the index of the capture. Text from
 * the target (names, commands, marks) is printable here: control characters and marks of direction are spelled out.
 */
export type ProfileModel = {
  readonly run: RunFacts;
  readonly verdict: Verdict;
  readonly peaks: Peaks;
  readonly processes: readonly ProcessFacts[];
  readonly timeline: Timeline;
  readonly marks: readonly Mark[];
  readonly collections: Collections;
  readonly floors: readonly HeapFloors[];
  readonly findings: readonly Finding[];
  readonly gates: readonly GateOutcome[];
  readonly leak?: LeakSummary;
  readonly stacks: readonly StackSet[];
  readonly method: Method;
};

export type RunFacts = {
  readonly command: readonly string[];
  /** A few words for a heading: the program and what follows, cut to fit. */
  readonly title: string;
  readonly source: CaptureHeader["source"];
  readonly startedAt: string;
  readonly durationMs: number;
  readonly limitBytes: number;
  readonly version: string;
  readonly host: CaptureHeader["host"];
  /** false: the profiler was killed, and the report is of what it had written by then. */
  readonly isComplete: boolean;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly oomKills: number;
};

export type Severity = "info" | "warning" | "serious";

/** The sentence on top. */
export type Verdict = { readonly level: "good" | "warning" | "bad"; readonly headline: string; readonly detail: string };

/** Three peaks that measure different things. None is derived from another. */
export type Peaks = {
  /** The tree's anonymous and shared memory and swap, as sampled. */
  readonly tree: {
    readonly bytes: number;
    readonly atMs: number;
    /** false: between two measurements, estimated from resident sizes. */
    readonly isMeasured: boolean;
    /** The highest of the measured ticks alone. */
    readonly measuredBytes: number;
    readonly fileBytes: number;
    /** Who held what then, most first. */
    readonly holders: readonly Holder[];
  };
  /**
   * Of the own cgroup, page cache and kernel memory included; null where there was none. `bytes` is the kernel's own mark, which misses
   * nothing: null where the capture was cut before it was read. The others are the highest samples.
   */
  readonly cgroup: { readonly bytes: number | null; readonly sampledBytes: number; readonly sampledAnonBytes: number } | null;
  /** The process with the highest VmHWM (resident, shared and file pages included); null where none was seen. */
  readonly process: Holder | null;
};

export type Holder = { readonly process: number; readonly name: string; readonly pid: number; readonly bytes: number };

export type ProcessFacts = {
  readonly process: number;
  readonly pid: number;
  /** -1 for the top and for strangers. */
  readonly parent: number;
  readonly depth: number;
  readonly name: string;
  readonly command: readonly string[];
  readonly startMs: number;
  /** Of the end of the capture where no exit was seen. */
  readonly endMs: number;
  readonly exited: boolean;
  readonly exitCode: number | null;
  readonly signal: number | null;
  /** Highest anonymous and shared memory and swap, as sampled; 0 where no sample was taken. */
  readonly peakUsedBytes: number;
  readonly peakAtMs: number;
  /** VmHWM; 0 = never seen. */
  readonly highWaterBytes: number;
  readonly cpuMs: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly threads: number;
  /** Rows that speak of it. 0: it was shorter than the time between two samples. */
  readonly samples: number;
};

/** By process, by the program that processes run, by what memory is of, by the owners of an mm job's ledger. */
export type LayerKind = "process" | "program" | "kind" | "owner";

export type Layer = {
  readonly key: string;
  readonly label: string;
  /** -1 where it is of no single process. */
  readonly process: number;
  /** false: shown, but no part of `usedBytes`. */
  readonly isCounted: boolean;
  /** One value per point. */
  readonly bytes: Float64Array;
};

/** Points in time: every tick where they are few, else from each bucket the tick with the highest use. */
export type Timeline = {
  readonly atMs: Float64Array;
  readonly usedBytes: Float64Array;
  /** Lowest and last of the bucket; equal to `usedBytes` where every tick is a point. */
  readonly lowBytes: Float64Array;
  readonly lastBytes: Float64Array;
  /** 1 or 0. */
  readonly isMeasured: Float64Array;
  readonly processes: Float64Array;
  readonly cgroupBytes: Float64Array;
  /** Sum of the resident sizes: what tools show that do not know shared memory. */
  readonly residentSumBytes: Float64Array;
  /** The same with every shared page counted once. */
  readonly proportionalSumBytes: Float64Array;
  readonly layers: { readonly [Kind in LayerKind]: readonly Layer[] };
  /** These rates are of the half second before the point, or of the time since the point before where that is longer. */
  readonly cpuCores: Float64Array;
  readonly minorFaultsPerSecond: Float64Array;
  readonly majorFaultsPerSecond: Float64Array;
  /** Share of the time in which some, and in which all, tasks waited for memory, 0 to 1. */
  readonly someStallShare: Float64Array;
  readonly fullStallShare: Float64Array;
  /** Ticks in the capture. */
  readonly ticks: number;
};

/** `process`: -1 for the whole run. */
export type Mark = {
  readonly atMs: number;
  readonly process: number;
  readonly kind: "mark" | "phase" | "start" | "exec" | "exit";
  readonly name: string;
};

/** Garbage collections in order of time. */
export type Collections = {
  readonly atMs: Float64Array;
  readonly durationMs: Float64Array;
  readonly isMajor: Float64Array;
  readonly process: Float64Array;
};

/** V8 heap in use right after each full collection: what is really reachable. */
export type HeapFloors = { readonly process: number; readonly thread: number; readonly atMs: Float64Array; readonly bytes: Float64Array };

export type Finding = {
  readonly id: FindingId;
  readonly severity: Severity;
  readonly title: string;
  /** What was measured, in a sentence. */
  readonly evidence: string;
  /** What to do about it. */
  readonly fix: string;
  /** The figures of the evidence, with units in their names. */
  readonly figures: Readonly<Record<string, number>>;
  readonly process?: number;
  readonly atMs?: number;
};

export type FindingId =
  | "capture-cut"
  | "cgroup-above-processes"
  | "external-memory"
  | "heap-flat-resident-grows"
  | "heap-holds-free"
  | "heap-near-limit"
  | "job-ledger"
  | "native-memory"
  | "near-limit"
  | "oom-kill"
  | "page-tables"
  | "peak-by-child"
  | "samples-lost"
  | "shared-counted-often"
  | "short-processes"
  | "stalls"
  | "swap-used";

/** The outcome of one gate, judged by the caller. */
export type GateOutcome = {
  /** As it was asked for: "--fail-above 512M". */
  readonly gate: string;
  readonly passed: boolean;
  /** What was measured beside what was allowed. */
  readonly detail: string;
  /** Drawn as a line into the timeline where the gate is of the tree. */
  readonly lineBytes?: number;
};

/** The verdict on leaks, judged by the caller. */
export type LeakSummary = {
  readonly verdict: "leak" | "growing" | "plateau" | "steady" | "too-short";
  /** What was judged: "heap after collections of node (4242)". */
  readonly of: string;
  readonly slopeBytesPerSecond: number;
  readonly lowBytesPerSecond: number;
  readonly highBytesPerSecond: number;
  readonly secondsToLimit?: number;
  /** What more the judge has to say. */
  readonly note?: string;
};

export type StackSet = {
  readonly kind: Stacks["kind"];
  readonly weightOf: Stacks["weightOf"];
  readonly process: number;
  readonly thread: number;
  readonly atMs: number;
  readonly frames: readonly Frame[];
  readonly samples: Stacks["samples"];
  readonly samplingBytes?: number;
};

export type Method = {
  readonly tracking: CaptureHeader["tracking"];
  readonly intervalMs: number;
  readonly ticks: number;
  readonly measuredTicks: number;
  readonly missedTicks: number | null;
  /** Of the profiler: its processor time, and that as a share of the run; null where the capture was cut. */
  readonly ownCpuMs: number | null;
  readonly ownCpuShare: number | null;
  readonly ownBytes: number | null;
  readonly unavailable: readonly string[];
  readonly damagedBytes: number;
};
