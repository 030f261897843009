/** What a transcode leaves when it ends early, and where a later one goes on. */
import { MmError } from "../base/index.ts";
import type { Workspace } from "../io/index.ts";
import { type Checkpoint, type CheckpointJob, openCheckpoint, type StoredPlan } from "../media/index.ts";
import type { CommandContext } from "./command.ts";

/**
 * Makes the workspace hold the checkpoint of this job and nothing else, and keep it should the job end early.
 *
 * @param stored - what --resume found; undefined without it
 */
export async function startCheckpoint(job: CheckpointJob, stored: StoredPlan, workspace: Workspace): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(job, stored);
  workspace.keep(() => checkpoint.names());
  workspace.clear(checkpoint.names());
  await checkpoint.begin();
  return checkpoint;
}

/** Says what --resume came to. */
export function announceResume(
  { recovered }: Checkpoint,
  stored: StoredPlan,
  output: string,
  chunkCount: number,
  context: CommandContext,
): void {
  const { files, refused } = recovered;
  if (stored === undefined || stored === "damaged") {
    const why = stored === undefined ? `there is no checkpoint of ${output}` : `the checkpoint of ${output} is damaged`;
    context.emit({ type: "warning", message: `${why}, so this starts from the beginning` });
    return;
  }
  if (refused.length > 0) context.emit({ type: "warning", message: `encoded anew: ${listed(refused)}` });
  context.emit({ type: "detail", message: `${files.length} of ${chunkCount} chunks were finished before` });
}

/** Adds to an error what it leaves, if anything. */
export function withKept(error: unknown, checkpoint: Checkpoint | undefined, chunkCount: number): unknown {
  const finished = checkpoint?.finishedCount ?? 0;
  return error instanceof MmError && finished > 0 ? error.keeping(`${finished} of ${chunkCount} chunks`) : error;
}

const MOST_LISTED = 3;

function listed(lines: readonly string[]): string {
  const rest = lines.length - MOST_LISTED;
  return [...lines.slice(0, MOST_LISTED), ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}
