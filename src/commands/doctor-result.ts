/** What `mm doctor` is asked and what it answers. */
import type { CpuQuota, Machine, MemoryLimit, SystemLimits } from "../memory/index.ts";
import type { Report } from "./command.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

export type Finding = {
  /** "error": transcode cannot run. "note": something cannot act here, and mm does without it. */
  readonly level: "error" | "note";
  readonly text: string;
  /** What to type; null when nothing would help. */
  readonly mend: string | null;
};

export type DoctorSettings = Pick<TranscodeSettings, "ffmpegPath" | "searchPath" | "cacheDir"> & {
  /** Folders files would be written to: here, and for temporary files. */
  readonly folders: readonly string[];
};

export type DoctorResult = {
  /** False when a finding is an error. */
  readonly canTranscode: boolean;
  readonly platform: { readonly os: string; readonly cpu: string; readonly kernel: string };
  readonly node: { readonly version: string };
  readonly addon: DoctorAddon;
  /** In the order they are tried; the first that works is used. */
  readonly engines: readonly DoctorEngine[];
  /** What a transcode without --max-memory would be given now; null when the addon is missing. */
  readonly limit: DoctorLimit | null;
  readonly cpus: CpuQuota;
  readonly machine: Machine;
  readonly system: SystemLimits;
  /** Free bytes of /dev/shm; null where there is none. */
  readonly sharedFolderBytes: number | null;
  /** Profilers, and where they are; null = not there. */
  readonly tools: readonly { readonly name: string; readonly path: string | null }[];
  readonly folders: readonly DoctorFolder[];
  readonly findings: readonly Finding[];
};

export type DoctorLimit = Pick<MemoryLimit, "limitBytes" | "source" | "boundBy" | "budgetBytes" | "lines"> & {
  /** memory.high of the cgroup that bounds it, where that is lower than its limit. */
  readonly highBytes: number | null;
};

export type DoctorAddon =
  | { readonly path: string; readonly origin: "built" | "prebuilt"; readonly simd: string }
  | { readonly problem: string; readonly hint: string };

export type DoctorEngine = {
  readonly path: string;
  readonly origin: string;
  /** null when it does not work; `problem` says why. */
  readonly version: string | null;
  /** Those encoders mm uses that it has. */
  readonly encoders: readonly string[];
  readonly problem: string | null;
  /** Whether a transcode would use this one. */
  readonly inUse: boolean;
};

export type DoctorFolder = { readonly path: string; readonly type: string; readonly availableBytes: number; readonly isMemory: boolean };

/** A report whose `ok` says whether a transcode can run. Without the addon nothing measures memory, and `memory` is absent. */
export type DoctorReport = Omit<Report<DoctorResult>, "memory"> & Partial<Pick<Report<DoctorResult>, "memory">>;
