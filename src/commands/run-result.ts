/** What `mm run` is asked and what it answers. */
import type { JobSettings } from "./job-settings.ts";

export type RunSettings = JobSettings & {
  readonly command: string;
  readonly args: readonly string[];
  /** PATH of the caller, where the command is looked up. */
  readonly searchPath: string | undefined;
  /** An own memory cgroup, where one can be made. */
  readonly wantsCgroup: boolean;
  /** The command's standard output goes to standard error, because the report has standard output. */
  readonly reportsOnStdout: boolean;
};

/** `result` of a run report. */
export type RunResult = {
  /** As it was called, the command first. */
  readonly command: readonly string[];
  /** What a shell would say of it: its own code, or 128 + the number of the signal that ended it. null for a dry run. */
  readonly exitCode: number | null;
  /** The signal that ended the command itself, "SIGTERM". */
  readonly signal: string | null;
  /** Highest sample of the command and all that came from it, without mm; `memory` has mm in it. */
  readonly peakBytes: number;
  /** The same with file pages of all, mm's too. */
  readonly peakResidentBytes: number;
  /** Most at once. */
  readonly processes: number;
  /** Who held most when the peak was measured, biggest first, processes of one name together. */
  readonly largest: readonly { readonly name: string; readonly processes: number; readonly bytes: number }[];
  /** Processor time of the command and those of its children that it waited for. */
  readonly userMs: number;
  readonly systemMs: number;
  /** Processes that still ran when the command had ended, and were ended. */
  readonly leftBehind: number;
  /** Of the own memory cgroup; its peak has page cache and kernel memory in it. null without one. */
  readonly cgroup: {
    readonly version: 1 | 2;
    readonly limitBytes: number;
    readonly peakBytes: number | null;
    readonly oomKills: number;
  } | null;
};
