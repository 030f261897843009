/** What a transcode leaves when it ends early, and where a later one goes on. */
import { MmError } from "../base/index.ts";
import type { Workspace } from "../io/index.ts";
import { type Checkpoint, type CheckpointJob, type Chunk, openCheckpoint, type StoredPlan } from "../media/index.ts";
import type { CommandContext } from "./command.ts";

/** A single chunk is finished when the job nearly is, so it is not put on record. A plan that is there is compared with this job's all the same. */
export function isOnRecord({ chunks, stored }: { readonly chunks: readonly Chunk[]; readonly stored: StoredPlan }): boolean {
  return chunks.length > 1 || typeof stored === "object";
}

/** Makes the workspace hold nothing, now and should the job end early. */
export function keepNothing(workspace: Workspace): void {
  workspace.keep(() => new Set());
  workspace.clear(new Set());
}

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
    announceStart(stored, output, context);
    return;
  }
  if (refused.length > 0) context.emit({ type: "warning", message: `encoded anew: ${listed(refused)}` });
  context.emit({ type: "detail", message: `${files.length} of ${chunkCount} chunks were finished before` });
}

/** Says that --resume finds nothing. */
export function announceStart(stored: StoredPlan, output: string, context: CommandContext): void {
  const why = stored === "damaged" ? `the checkpoint of ${output} is damaged` : `there is no checkpoint of ${output}`;
  context.emit({ type: "warning", message: `${why}, so this starts from the beginning` });
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
