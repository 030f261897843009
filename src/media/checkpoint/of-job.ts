/** The checkpoint of a transcode: its plan from what was decided for the job. */
import { encodeChunkArguments, encoderArguments } from "../arguments/index.ts";
import { chunkFileName } from "../chunk-files.ts";
import type { Chunk } from "../chunks.ts";
import type { Candidate } from "../plan.ts";
import { passesOf } from "../rate.ts";
import type { TranscodeJob } from "../transcode-job.ts";
import { Checkpoint } from "./checkpoint.ts";
import { identifyEngine, identifyInput } from "./identity.ts";
import { makePlan, unitOf } from "./plan.ts";
import type { StoredPlan } from "./stored-plan.ts";

type Decided = Pick<TranscodeJob, "engine" | "index" | "picture" | "rate" | "options" | "chunks">;

export type CheckpointJob = Decided &
  Pick<TranscodeJob, "chosen" | "core" | "directory" | "signal"> & {
    /** Cores a chunk is encoded with. */
    readonly cpus: number;
  };

/**
 * The candidate that a stored plan was made with. A limit that is another one than then, or leaves more or less than then, would choose
 * other settings, and finished chunks could not be used.
 */
export async function candidateOf(stored: StoredPlan, candidates: readonly Candidate[], job: Decided): Promise<Candidate | undefined> {
  const [chunk] = job.chunks;
  if (stored === undefined || stored === "damaged" || chunk === undefined) return undefined;
  const engine = await identifyEngine(job.engine);
  return candidates.find(
    (chosen) =>
      unitOf(chunk, {
        engine,
        picture: job.picture,
        fileOf: (each) => chunkFileName(job.picture, chosen.settings, each),
        ...argumentsFor({ ...job, chosen }),
      }).id === stored.units[0]?.id,
  );
}

/**
 * The checkpoint of this job, with what is finished of a stored one.
 *
 * @param stored - undefined: start from the beginning
 * @throws UsageError when what is stored is of another job
 */
export async function openCheckpoint(job: CheckpointJob, stored: StoredPlan): Promise<Checkpoint> {
  const { core, directory, index, picture, rate, options, chunks, chosen, signal, cpus } = job;
  const plan = makePlan({
    input: await identifyInput(core, index.path, directory),
    engine: await identifyEngine(job.engine),
    encoder: encoderArguments({ picture, settings: chosen.settings, rate, options }),
    requests: { memoryBytes: chosen.lane.totalBytes, cpus },
    joinRequests: { memoryBytes: chosen.joinBytes, cpus: 1 },
    picture,
    chunks,
    fileOf: (each) => chunkFileName(picture, chosen.settings, each),
    ...argumentsFor(job),
  });
  const checkpoint = new Checkpoint({ directory, plan, chunks, video: index.video, budget: core.budget, signal });
  await checkpoint.recover(stored);
  return checkpoint;
}

/** Where input and output lie decides nothing. */
function argumentsFor({ engine, index, picture, rate, options, chosen }: Decided & Pick<TranscodeJob, "chosen">) {
  const { settings, decoderThreads } = chosen;
  const request = { engine, index: { ...index, path: "input" }, picture, settings, rate, options, decoderThreads };
  const outputs = { video: "output", stats: "statistics" };
  return { argumentsOf: (chunk: Chunk) => encodeChunkArguments(request, chunk, outputs, passesOf(rate).at(-1)) };
}
