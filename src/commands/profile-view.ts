/** `mm profile view`: what is in a capture that is there already. */
import { plainInput } from "../io/index.ts";
import type { MemoryCore } from "../memory/index.ts";
import { type Capture, importCapture, isCapture, leakOf, profileDocument, readCapture } from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import { checkOutputs, modelOf, writeOutputs } from "./profile-outputs.ts";
import type { ProfileResult } from "./profile-result.ts";
import type { ProfileView } from "./profile-settings.ts";

/** @throws InputMissingError, MalformedInputError, OutputError */
export async function profileView(settings: ProfileView, core: MemoryCore, context: CommandContext): Promise<ProfileResult> {
  checkOutputs(settings, { read: [settings.capture] });
  const capture = await read(settings, core, context);
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

/** A capture of our own, or the file of another profiler, packed or not. */
async function read({ capture: path }: ProfileView, { budget, spill }: MemoryCore, { signal }: CommandContext): Promise<Capture> {
  if (isCapture(path)) return readCapture(path);
  await using plain = await plainInput({ input: path, budget, spill, signal, onBytes: () => {} });
  return await importCapture(plain.path, path);
}
