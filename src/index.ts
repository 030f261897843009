/** The library door: the commands as functions, the memory core, and the errors they throw. `mm-cli/memory` is the core alone. */
export * from "./base/errors.ts";
export {
  type CommandContext,
  type CommandEvent,
  type DoctorReport,
  type DoctorSettings,
  doctor,
  type MemoryPlan,
  type Report,
  type TranscodeResult,
  type TranscodeSettings,
  transcode,
} from "./commands/index.ts";
export * from "./memory/index.ts";
