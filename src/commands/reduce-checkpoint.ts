/** What a reduction leaves when it ends early, and where a later one goes on. */
import { MmError } from "../base/index.ts";
import type { Workspace } from "../io/index.ts";
import {
  identifyInput,
  ReductionCheckpoint,
  type ReductionSettings,
  readStoredReduction,
  type StoredReduction,
} from "../sequence/index.ts";
import type { CommandContext } from "./command.ts";
import type { ReduceSettings } from "./reduce-settings.ts";

/**
 * Makes the workspace hold the checkpoint of this job and nothing else, and keep it should the job end early.
 *
 * @param workspace - of the representatives; undefined for a dry run
 * @param temporary - folder for temporary files
 * @throws UsageError when what is there is of another job
 */
export async function startReductionCheckpoint(
  settings: ReduceSettings,
  { alphabet, identity, coverage, coverageMode, target, takesAnything }: ReductionSettings,
  workspace: Workspace | undefined,
  temporary: string,
  context: CommandContext,
): Promise<ReductionCheckpoint> {
  const stored = settings.resume && workspace !== undefined ? await readStoredReduction(temporary) : undefined;
  const limit = target === undefined ? null : "bytes" in target ? String(target.bytes) : `${target.share} of the input`;
  const parameters = { format: 1, alphabet: alphabet ?? null, identity, coverage, coverageMode, target: limit, takesAnything } as const;
  const checkpoint = new ReductionCheckpoint(temporary, parameters, settings.inputs.map(identifyInput), stored);
  if (workspace === undefined) return checkpoint;
  workspace.keep(() => checkpoint.names());
  workspace.clear(checkpoint.names());
  if (settings.resume) announceResume(settings, stored, context);
  return checkpoint;
}

/** Says what --resume came to. */
function announceResume({ inputs, output }: ReduceSettings, stored: StoredReduction, context: CommandContext): void {
  if (stored === undefined || stored === "damaged") {
    const why = stored === undefined ? `there is no checkpoint of ${output}` : `the checkpoint of ${output} is damaged`;
    context.emit({ type: "warning", message: `${why}, so this starts from the beginning` });
    return;
  }
  if (inputs.includes("-")) context.emit({ type: "warning", message: "standard input is not read: its bytes were kept" });
  context.emit({ type: "detail", message: `${stagesOf(stored.cluster !== null)} before` });
}

/** Adds to an error what it leaves, if anything. */
export function withKeptStages(error: unknown, { found }: ReductionCheckpoint): unknown {
  return error instanceof MmError && found !== undefined ? error.keeping(stagesOf(found.cluster !== null)) : error;
}

function stagesOf(hasCompared: boolean): string {
  return hasCompared ? "the input was read and compared" : "the input was read";
}
