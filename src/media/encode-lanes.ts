/** Chunks encoded side by side: so many lanes as the plan has memory for, the longest chunk first. */
import { BudgetExceededError, formatBytes, IoError } from "../base/index.ts";
import { type ChunkFile, encodeChunk } from "./chunk-files.ts";
import type { Chunk } from "./chunks.ts";
import { LaneCount } from "./lane-count.ts";
import type { TranscodeJob } from "./transcode-job.ts";

/** What the children of all lanes have written so far. */
export class LaneTally {
  readonly #chunks = new Map<number, { readonly frames: number; readonly bytes: number }>();
  #frames = 0;
  #bytes = 0;

  get frames(): number {
    return this.#frames;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the place of what was said of this chunk before. */
  report({ index }: Chunk, frames: number, bytes: number): void {
    const before = this.#chunks.get(index) ?? { frames: 0, bytes: 0 };
    this.#frames += frames - before.frames;
    this.#bytes += bytes - before.bytes;
    this.#chunks.set(index, { frames, bytes });
  }
}

export type LaneEvents = {
  /** Called with each file as soon as it is whole. */
  readonly onFile: (file: ChunkFile) => void;
  /** Called when a lane has nothing left, with the files that are whole by then and the number of lanes that go on. */
  readonly onIdleLane: (files: readonly ChunkFile[], running: number) => void;
};

/**
 * Encodes every chunk that an earlier run has not finished, the longest first. One that fails is encoded once more when the lanes are done:
 * alone, with a smaller decoder and the memory they have left. Packets are the same, since no setting of the encoder changes.
 *
 * @returns the files in the order of their chunks
 * @throws the first failure that another try would not mend, or did not, once no lane is running any more
 */
export async function encodeChunks(job: TranscodeJob, { onFile, onIdleLane }: LaneEvents): Promise<ChunkFile[]> {
  const failed = new AbortController();
  const lanes = new LaneCount({ ...job, signal: AbortSignal.any([job.signal, failed.signal]) });
  const tally = new LaneTally();
  const files: ChunkFile[] = [...(job.checkpoint?.recovered.files ?? [])];
  for (const file of files) {
    tally.report(file.chunk, frameCount(file.chunk), file.bytes);
    lanes.measured(file.peakBytes, 0);
    onFile(file);
  }
  if (files.length > 0) job.onProgress("encode", tally.frames, job.picture.ticks.length);
  const waiting = job.chunks
    .filter(({ index }) => !files.some(({ chunk }) => chunk.index === index))
    .toSorted((a, b) => frameCount(b) - frameCount(a) || a.index - b.index);
  const again: { readonly chunk: Chunk; readonly error: Error }[] = [];
  const encode = async (chunk: Chunk, how: TranscodeJob): Promise<ChunkFile> => {
    const file = await encodeChunk(how, chunk, tally);
    onFile(file);
    files.push(file);
    const taken = `${formatBytes(file.peakBytes)} of ${formatBytes(how.chosen.lane.totalBytes)} planned`;
    job.onDetail(`chunk ${chunk.index + 1}: encoded, ${taken}`);
    return file;
  };
  let running = 0;
  const fill = async (): Promise<void> => {
    await Promise.all(Array.from({ length: lanes.lanes - running }, work));
  };
  const work = async (): Promise<void> => {
    running += 1;
    const more: Promise<void>[] = [];
    for (let chunk = waiting.shift(); chunk !== undefined && !failed.signal.aborted; chunk = waiting.shift()) {
      try {
        const { peakBytes } = await encode(chunk, lanes.job);
        lanes.measured(peakBytes, running - 1);
      } catch (error) {
        if (job.signal.aborted || !mayPass(error)) {
          failed.abort(error);
          break;
        }
        job.onWarning(`chunk ${chunk.index + 1} failed and is encoded once more: ${error.message}`);
        tally.report(chunk, 0, 0);
        again.push({ chunk, error });
      }
      if (running > lanes.lanes) break;
      if (running < lanes.lanes) more.push(fill());
    }
    running -= 1;
    if (waiting.length === 0 && !failed.signal.aborted) onIdleLane(files, running);
    await Promise.all(more);
  };
  await fill();
  failed.signal.throwIfAborted();
  for (const { chunk, error } of again) {
    await encode(chunk, alone(job)).catch((second) => {
      throw mayPass(second) ? error : second;
    });
  }
  return files.sort((a, b) => a.chunk.index - b.chunk.index);
}

/** A child that was killed, ran out of memory or stumbled may do better; a damaged input or a full disk stays what it is. */
function mayPass(error: unknown): error is IoError | BudgetExceededError {
  return error instanceof IoError || error instanceof BudgetExceededError;
}

/** Room for a chunk that runs alone, at most twice its forecast; an estimate may be wrong by more. */
function alone(job: TranscodeJob): TranscodeJob {
  const { core } = job;
  const { lane } = job.chosen;
  const { limitBytes, reservedBytes } = core.budget;
  const wantedBytes = lane.isEstimated ? limitBytes - reservedBytes : Math.min(2 * lane.totalBytes, limitBytes - reservedBytes);
  const mostBytes = core.pledge(reservedBytes + wantedBytes) ? wantedBytes : core.roomBytes - reservedBytes;
  const totalBytes = Math.max(lane.totalBytes, mostBytes);
  return { ...job, chosen: { ...job.chosen, decoderThreads: 1, lane: { ...lane, totalBytes } } };
}

function frameCount({ firstFrame, endFrame }: Chunk): number {
  return endFrame - firstFrame;
}
