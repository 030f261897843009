/** What is made of a capture: files, and text for people. */
import { checkOutput } from "../io/index.ts";
import type { Capture, CaptureLeak, Gate } from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import type { ProfileOutputs } from "./profile-settings.ts";

export type Judged = { readonly gates: readonly Gate[]; readonly leak: CaptureLeak };

/** Before anything runs. @throws OutputError, PermissionError, UsageError */
export function checkOutputs({
  html,
  speedscope,
  pprof,
  overwrite,
  capture,
}: ProfileOutputs & { readonly capture: string | undefined }): void {
  for (const path of [capture, html, speedscope, pprof]) if (path !== undefined) checkOutput(path, undefined, overwrite);
}

/** @returns the files that were written. @throws OutputError, IoError */
export async function writeOutputs(
  settings: ProfileOutputs,
  capture: Capture,
  judged: Judged,
  context: CommandContext,
): Promise<readonly string[]> {
  return [];
}
