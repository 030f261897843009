/** `mm profile view`: what is in a capture that is there already. */
import { leakOf, profileDocument, readCapture } from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import { checkOutputs, modelOf, writeOutputs } from "./profile-outputs.ts";
import type { ProfileResult } from "./profile-result.ts";
import type { ProfileView } from "./profile-settings.ts";

/** @throws InputMissingError, MalformedInputError, OutputError */
export async function profileView(settings: ProfileView, context: CommandContext): Promise<ProfileResult> {
  checkOutputs(settings);
  const capture = readCapture(settings.capture);
  const leak = leakOf(capture);
  const model = modelOf(capture, { gates: [], leak });
  return {
    action: "view",
    peakBytes: model.peaks.tree.bytes,
    cgroupPeakBytes: capture.end?.cgroupPeakBytes ?? null,
    processes: model.processes.length,
    exitCode: null,
    signal: null,
    gates: [],
    leak,
    captures: [settings.capture],
    files: await writeOutputs(settings, model, context),
    profile: profileDocument(model),
  };
}
