import type { CommandContext, Report } from "./command.ts";
import type { DoctorReport, DoctorSettings } from "./doctor-result.ts";
import type { ParseResult } from "./parse-result.ts";
import type { ParseSettings } from "./parse-settings.ts";
import type { ProfileResult } from "./profile-result.ts";
import type { ProfileSettings } from "./profile-settings.ts";
import type { ExpandSettings, ReduceSettings, RestoreSettings } from "./reduce-settings.ts";
import type { ExpandResult, ReduceResult, RestoreResult, TranscodeResult } from "./result.ts";
import type { RunResult, RunSettings } from "./run-result.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

export type { Droppable } from "../media/index.ts";
export type { MemorySample, MemoryStats } from "../memory/index.ts";
export type { Ceiling, LiveProcess, LiveTree, Metric } from "../profile/index.ts";
export type { CommandContext, CommandEvent, MemoryPlan, Progress, Report } from "./command.ts";
export type { DoctorReport, DoctorResult, DoctorSettings, Finding } from "./doctor-result.ts";
export type { JobSettings } from "./job-settings.ts";
export type { KernelSettings, MemorySettings, StreamingSettings } from "./memory-settings.ts";
export type { ParseResult } from "./parse-result.ts";
export type { ParseSettings } from "./parse-settings.ts";
export type { ProfileResult } from "./profile-result.ts";
export type { ProfileGates, ProfileOutputs, ProfileSettings, ProfileWatch } from "./profile-settings.ts";
export type { ExpandSettings, ReduceSettings, RestoreSettings } from "./reduce-settings.ts";
export type { ExpandResult, ReduceResult, RestoreResult, TranscodeResult } from "./result.ts";
export type { RunResult, RunSettings } from "./run-result.ts";
export type { TranscodeSettings } from "./transcode-settings.ts";

/** Each command's code is loaded when it is called, so that one does not wait for the imports of another. */
export async function transcode(settings: TranscodeSettings, context: CommandContext): Promise<Report<TranscodeResult>> {
  const command = await import("./transcode.ts");
  return await command.transcode(settings, context);
}

export async function doctor(settings: DoctorSettings, context: CommandContext): Promise<DoctorReport> {
  const command = await import("./doctor.ts");
  return await command.doctor(settings, context);
}

export async function reduce(settings: ReduceSettings, context: CommandContext): Promise<Report<ReduceResult>> {
  const command = await import("./reduce.ts");
  return await command.reduce(settings, context);
}

export async function restore(settings: RestoreSettings, context: CommandContext): Promise<Report<RestoreResult>> {
  const command = await import("./restore.ts");
  return await command.restore(settings, context);
}

export async function profile(settings: ProfileSettings, context: CommandContext): Promise<Report<ProfileResult>> {
  const command = await import("./profile.ts");
  return await command.profile(settings, context);
}

export async function expand(settings: ExpandSettings, context: CommandContext): Promise<Report<ExpandResult>> {
  const command = await import("./expand.ts");
  return await command.expand(settings, context);
}

export async function parse(settings: ParseSettings, context: CommandContext): Promise<Report<ParseResult>> {
  const command = await import("./parse.ts");
  return await command.parse(settings, context);
}

export async function run(settings: RunSettings, context: CommandContext): Promise<Report<RunResult>> {
  const command = await import("./run.ts");
  return await command.run(settings, context);
}
