/** What `mm profile` answers. */
import type { CaptureLeak, Gate } from "../profile/index.ts";

export type ProfileResult = {
  readonly action: "run" | "attach" | "view" | "diff";
  /** Of the target alone: highest anonymous memory, shared memory once and swap. The median of several runs; of a diff, the later one. */
  readonly peakBytes: number;
  /** Of the own cgroup as the kernel counted it; null where there was none. */
  readonly cgroupPeakBytes: number | null;
  readonly processes: number;
  /** Of the target: the first run that failed, else the last. null with attach, and where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly gates: readonly Gate[];
  readonly leak: CaptureLeak;
  /** Captures that were written or read. */
  readonly captures: readonly string[];
  /** Files made of them. */
  readonly files: readonly string[];
  /** All that is known of a capture that is viewed (docs/schemas/profile.schema.json), else null. */
  readonly profile: object | null;
};
