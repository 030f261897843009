/** `mm profile`: run or attach, record, judge, report; view and diff what was recorded. */
import { tmpdir } from "node:os";
import { GIB, MIB, Scope, systemClock, unreachable } from "../base/index.ts";
import { MemoryCore, readMemoryLimit } from "../memory/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { reportOf } from "./job-core.ts";
import { profileDiff } from "./profile-diff.ts";
import type { ProfileResult } from "./profile-result.ts";
import type { ProfileSettings } from "./profile-settings.ts";
import { profileView } from "./profile-view.ts";
import { profileAttach, profileRun } from "./profile-watch.ts";

/** What profiling holds itself: batches of a second, and at the end the capture with the model made of it. */
const OWN_BYTES = 256 * MIB;
/** Of a file of heaptrack. */
const MOST_UNPACKED_BYTES = 16 * GIB;

/** @throws MmError of any class; a capture that was begun stays, and can be viewed */
export async function profile(settings: ProfileSettings, context: CommandContext): Promise<Report<ProfileResult>> {
  const startedMs = systemClock.nowMs();
  await using scope = new Scope();
  const limit = readMemoryLimit({ children: 0, engineBinaries: 0 });
  const core = scope.use(
    MemoryCore.open({
      limit: { ...limit, budgetBytes: Math.max(limit.budgetBytes, OWN_BYTES) },
      heapGrowthBytes: MIB,
      spill: { parent: tmpdir(), limitBytes: MOST_UNPACKED_BYTES },
      onFailure: (error) => context.emit({ type: "warning", message: error instanceof Error ? error.message : String(error) }),
    }),
  );
  return reportOf("profile", core, await resultOf(settings, core, context), startedMs);
}

async function resultOf(settings: ProfileSettings, core: MemoryCore, context: CommandContext): Promise<ProfileResult> {
  switch (settings.action) {
    case "run":
      return await profileRun(settings, context);
    case "attach":
      return await profileAttach(settings, context);
    case "view":
      return await profileView(settings, core, context);
    case "diff":
      return await profileDiff(settings, context);
    default:
      return unreachable(settings);
  }
}
