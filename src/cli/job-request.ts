/** What the worker thread is asked to run, and the part of it that every job of work has. */
import { resolve } from "node:path";
import { UsageError } from "../base/index.ts";
import type {
  DoctorSettings,
  ExpandSettings,
  JobSettings,
  ParseSettings,
  ProfileSettings,
  ReduceSettings,
  RestoreSettings,
  RunSettings,
  TranscodeSettings,
} from "../commands/index.ts";
import type { SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";
import { memorySettings } from "./settings/memory-settings.ts";

/** Plain data. */
export type JobRequest =
  | { readonly command: "transcode"; readonly settings: TranscodeSettings }
  | { readonly command: "reduce"; readonly settings: ReduceSettings }
  | { readonly command: "restore"; readonly settings: RestoreSettings }
  | { readonly command: "expand"; readonly settings: ExpandSettings }
  | { readonly command: "parse"; readonly settings: ParseSettings }
  | { readonly command: "run"; readonly settings: RunSettings }
  | { readonly command: "profile"; readonly settings: ProfileSettings }
  | { readonly command: "doctor"; readonly settings: DoctorSettings };

/** Interval of the memory monitor in milliseconds (the report's sampleMs). */
const MONITOR_INTERVAL_MS = 20;

/** @throws UsageError */
export function jobSettings(source: SettingsSource): JobSettings {
  const limit = source.find(options.maxMemory);
  return {
    maxMemoryBytes: limit?.value,
    maxMemorySource: limit?.source,
    memory: memorySettings(source),
    maxDiskBytes: source.value(options.maxDisk),
    tempDir: source.value(options.tempDir),
    overwrite: source.isOn(options.overwrite),
    threads: source.value(options.threads),
    dryRun: source.isOn(options.dryRun),
    isShared: !source.isOn(options.noShare),
    trackAllocations: source.value(options.trackAllocations),
    monitorIntervalMs: MONITOR_INTERVAL_MS,
  };
}

/** @param what - what goes to the output · @throws UsageError where the report would go there, too */
export function refuseSharedOutput(output: string, what: string, source: SettingsSource): void {
  const json = source.find(options.json);
  if (output !== "-" || json?.value !== true) return;
  throw new UsageError(`${json.origin} and ${what} cannot both go to stdout`, { hint: "--report <file> in place of --json" });
}

/**
 * A report or log written over an input or the output would destroy it.
 * @param outputs - "-" for standard output
 * @throws UsageError
 */
export function refuseSharedFiles(inputs: readonly string[], outputs: readonly string[], source: SettingsSource): void {
  const taken = new Map(inputs.filter((input) => input !== "-").map((input) => [resolve(input), "the input"]));
  const written = outputs.filter((output) => output !== "-").map((value) => ({ value, origin: "the output" }));
  const files = [...written, source.find(options.report), source.find(options.trackAllocations)];
  for (const file of files) {
    if (file === undefined) continue;
    const other = taken.get(resolve(file.value));
    if (other !== undefined) {
      throw new UsageError(`${file.origin} and ${other} are the same file`, {
        hint: "another name for one of them",
        details: { path: file.value },
      });
    }
    taken.set(resolve(file.value), file.origin);
  }
}
