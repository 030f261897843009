/**
 * What a command says while it runs and when it ends. Commands never print: the cli renders these events, which cross a thread
 * boundary and are therefore plain data.
 */

import type { ErrorFacts } from "../base/index.ts";
import type { MemoryLimit, MemorySample, MemoryStats } from "../memory/index.ts";
import type { LiveTree } from "../profile/index.ts";

export type MemoryPlanLine = {
  /** Dotted owner, e.g. "lane.encoder". */
  readonly tag: string;
  readonly bytes: number;
  /** Why this many bytes, for people: "lookahead 20 + 3 B-frames: 25 frames of 7.3 MiB". */
  readonly because: string;
};

/** A setting the plan lowered to fit the limit, with its price as measured on real content. */
export type Lowered = {
  readonly setting: string;
  readonly from: string;
  readonly to: string;
  readonly price: string;
};

export type MemoryPlan = {
  readonly limit: MemoryLimit;
  readonly lines: readonly MemoryPlanLine[];
  /** Forecast of the report's peakBytes. */
  readonly plannedPeakBytes: number;
  /** What the encoder holds is an estimate: mm has no model of it. */
  readonly memoryEstimated: boolean;
  /** The smallest --max-memory this job could run in, settings lowered as far as they go. */
  readonly minimumLimitBytes: number;
  readonly lowered: readonly Lowered[];
  /** What the lowered settings save together. */
  readonly savedBytes: number;
  /** What will run, one fact per line: "engine  ffmpeg 5.1.9 (/usr/bin/ffmpeg)". */
  readonly facts: readonly { readonly name: string; readonly text: string }[];
};

export type Progress = {
  readonly phase:
    | ("wait" | "spool" | "index" | "pass1" | "encode" | "join" | "proof")
    | "parse"
    | ("read" | "cluster" | "measure" | "write" | "verify" | "restore" | "lift" | "expand");
  readonly done: number;
  readonly total: number;
  readonly unit: "frames" | "bytes" | "chunks" | "records";
  /** Frames per second of wall time, and media seconds per wall second; 0 while unknown. */
  readonly fps: number;
  readonly speed: number;
  /** 0 where it says little, or while unknown. */
  readonly bytesPerSecond: number;
  /** Of messages; absent where there are none. */
  readonly releases?: number;
  readonly etaSeconds: number | undefined;
  readonly memoryBytes: number;
  readonly limitBytes: number;
  readonly lanes: number;
};

export type CommandEvent =
  | { readonly type: "plan"; readonly plan: MemoryPlan }
  | { readonly type: "progress"; readonly progress: Progress }
  | { readonly type: "memory"; readonly sample: MemorySample }
  /** The tree that is being profiled, as it is now. */
  | { readonly type: "tree"; readonly tree: LiveTree }
  /** What was found, for people: lines with the marks of styles. */
  | { readonly type: "found"; readonly lines: readonly string[] }
  /** What was asked for on stdout, word for word. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "warning"; readonly message: string; readonly hint?: string }
  /** One input of several, and the job goes on with the others. */
  | {
      readonly type: "refused";
      readonly code: string;
      readonly message: string;
      readonly details: ErrorFacts;
      readonly hint?: string;
    }
  /** Other mm jobs hold the memory that this one waits for. */
  | { readonly type: "waiting"; readonly message: string }
  | { readonly type: "detail"; readonly message: string }
  /** What the job had used when it failed: part of the failure's report. */
  | { readonly type: "stats"; readonly memory: MemoryStats };

/** The report of docs/schemas/report.schema.json, success or failure. */
export type Report<Result> = {
  readonly schema: "mm.report/1";
  readonly command: string;
  readonly ok: boolean;
  readonly elapsedMs: number;
  readonly memory: MemoryStats;
  readonly result: Result;
};

/** Handed to every command by the cli. */
export type CommandContext = {
  readonly emit: (event: CommandEvent) => void;
  readonly signal: AbortSignal;
  /** Aborted by a second signal, where the command can do better than to die of it. */
  readonly killSignal?: AbortSignal;
};
