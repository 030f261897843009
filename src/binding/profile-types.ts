/** The profiler's part of the addon's surface. */

export type NativeSamplerOptions = {
  /** The top of the tree. */
  readonly pid: number;
  /** Orphans of the tree become children of this process (see SpawnOptions.isGuest): they belong to the tree and are reaped when they end. */
  readonly adoptsOrphans: boolean;
  /** Orphans are recognised by a session that one of the tree leads. */
  readonly followsSessions: boolean;
  readonly intervalMs: number;
  /** CLOCK_MONOTONIC (process.hrtime) in microseconds at which the capture began: `atMs` counts from there. */
  readonly originMicros: number;
  /** Folder of the tree's own memory cgroup, and 1 or 2; "" and 0 = none. */
  readonly cgroupFolder: string;
  readonly cgroupVersion: number;
  /** The one that runs the program, unless ptrace was refused. */
  readonly tracer?: NativeTracer;
};

/** Row-major tables and events as in src/profile/capture/records.ts. */
export type NativeBatch = {
  readonly rows: { readonly tree: Float64Array; readonly resident: Float64Array; readonly measured: Float64Array };
  readonly events: readonly NativeEvent[];
};

/** What becomes of processes. */
export type NativeEvent =
  | {
      readonly type: "process";
      /** Its index: 0, 1, ... in the order of these events. */
      readonly process: number;
      readonly pid: number;
      /** Index of its parent, -1 for the top and for strangers. */
      readonly parent: number;
      readonly atMs: number;
      /** Empty, and `name` too, of a root that ended before the first look. */
      readonly command: readonly string[];
      /** comm of proc_pid_comm(5). */
      readonly name: string;
    }
  | { readonly type: "exec"; readonly process: number; readonly atMs: number; readonly command: readonly string[]; readonly name: string }
  | {
      readonly type: "exit";
      readonly process: number;
      readonly atMs: number;
      /** null where nobody could tell: only a parent learns them. */
      readonly code: number | null;
      readonly signal: number | null;
      /** VmHWM as last seen; 0 = never seen. */
      readonly highWaterBytes: number;
    };

export type SamplerFigures = {
  readonly ticks: number;
  /** Ticks that were due and did not come. */
  readonly missedTicks: number;
  /** Processor time of the sampler's thread. */
  readonly cpuMs: number;
  /** Highest usedBytes of the tree. */
  readonly peakBytes: number;
  /** Processes, rows and events for which there was no room: more than 4096 at once, too few descriptors, or nobody drained. */
  readonly lost: number;
  /** Processes whose smaps_rollup may not be read, and of which resident sizes are all that is known. */
  readonly refused: number;
  /** False once the root and all below it are gone. */
  readonly isTreeAlive: boolean;
  /** Highest usage of the cgroup as the kernel counted it; absent without one, and on v2 before Linux 5.19. */
  readonly cgroupPeakBytes?: number;
  readonly oomKills: number;
};

/** Looks at a process tree at every tick, on a thread of its own. */
export interface NativeSampler {
  /** What was seen since the last call. Not read for half a minute, rows are lost and counted. */
  drain(): NativeBatch;
  /** Measures every process as soon as the thread gets there; it takes 8 ms for each GiB of small pages. */
  measureNow(): void;
  /** What was learned by reaping the root: its exit event waits for it. -1 and 0 = not known. */
  rootEnded(code: number, signal: number): void;
  figures(): SamplerFigures;
  /** A last look, then the thread ends. Idempotent. */
  stop(): void;
}

/** Runs one program under ptrace(2): a sampler hears of every process that comes from it, with its VmHWM and its exact end. */
export interface NativeTracer {
  /** 0, or the errno with which ptrace was refused: then the program runs untraced. */
  refusal(): number;
}
