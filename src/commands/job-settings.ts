/** What every job of work is told of its memory, its disk and its cores. */
import type { MemorySettings } from "./memory-settings.ts";

export type JobSettings = {
  readonly maxMemoryBytes: number | undefined;
  readonly maxMemorySource: "flag" | "env" | "config" | "preset" | undefined;
  readonly memory: MemorySettings;
  readonly maxDiskBytes: number | undefined;
  readonly tempDir: string | undefined;
  readonly overwrite: boolean;
  readonly threads: number | undefined;
  readonly dryRun: boolean;
  /** Whether it shares its memory with other mm jobs, and shows them what it uses. */
  readonly isShared: boolean;
  readonly trackAllocations: string | undefined;
  readonly monitorIntervalMs: number;
};
