/** Chunks encoded side by side: so many lanes as the plan has memory for, the longest chunk first. */
import { type ChunkFile, encodeChunk } from "./chunk-files.ts";
import type { Chunk } from "./chunks.ts";
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

/**
 * Encodes what an earlier run has not finished.
 *
 * @param onFile - called with each file as soon as it is whole
 * @returns the files in the order of their chunks
 * @throws the first failure, once the other lanes have been stopped
 */
export async function encodeChunks(job: TranscodeJob, onFile: (file: ChunkFile) => void): Promise<ChunkFile[]> {
  const failed = new AbortController();
  const lane = { ...job, signal: AbortSignal.any([job.signal, failed.signal]) };
  const tally = new LaneTally();
  const files: ChunkFile[] = [...(job.checkpoint?.recovered.files ?? [])];
  for (const file of files) {
    tally.report(file.chunk, frameCount(file.chunk), file.bytes);
    onFile(file);
  }
  if (files.length > 0) job.onProgress("encode", tally.frames, job.frameCount);
  const waiting = job.chunks
    .filter(({ index }) => !files.some(({ chunk }) => chunk.index === index))
    .toSorted((a, b) => frameCount(b) - frameCount(a) || a.index - b.index);
  const work = async () => {
    try {
      for (let chunk = waiting.shift(); chunk !== undefined; chunk = waiting.shift()) {
        const file = await encodeChunk(lane, chunk, tally);
        onFile(file);
        files.push(file);
      }
    } catch (error) {
      failed.abort(error);
    }
  };
  await Promise.all(Array.from({ length: job.chosen.lanes }, work));
  failed.signal.throwIfAborted();
  return files.sort((a, b) => a.chunk.index - b.chunk.index);
}

function frameCount({ firstFrame, endFrame }: Chunk): number {
  return endFrame - firstFrame;
}
