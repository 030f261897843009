/** Which chunks are compared with the source, how much of each, and what happens to those that do not show it. */
import { IoError } from "../base/index.ts";
import { type ChunkFile, encodeChunk } from "./chunk-files.ts";
import { LaneTally } from "./encode-lanes.ts";
import { codecMade } from "./model/index.ts";
import { provePicture, SHORTEST_PROOF_FRAMES } from "./proof-picture.ts";
import { lowestLumaPsnr, type PictureScore } from "./proof-score.ts";
import { canProvePicture } from "./proof-shape.ts";
import type { TranscodeJob } from "./transcode-job.ts";

/** One chunk in twenty is compared with the source, at least one. */
const PROOF_EVERY_CHUNKS = 20;
/** The sampled proof may take this share of the time spent encoding, and compares this share of the frames at most. */
const PROOF_TIME_SHARE = 0.02;
const PROOF_FRAME_SHARE = 0.05;
/** Frames that a sampled proof parks on disk: writing them takes longer than comparing them. */
const MOST_PARKED_FRAMES = 8;

export type ProvedChunks = {
  /** Of the chunks that show the source. */
  readonly scores: readonly PictureScore[];
  readonly damaged: readonly ChunkFile[];
};

/**
 * Compares chunks with the source.
 *
 * @param sampled - sampleOf the job's chunks, or with --verify all of them
 * @param encodeMs - wall time the encoding took
 */
export async function proveChunks(job: TranscodeJob, sampled: readonly ChunkFile[], encodeMs: number): Promise<ProvedChunks> {
  if (!canProvePicture(job.picture)) throw new IoError(`frames of format ${job.picture.pixelFormat} cannot be compared`);
  const scores: PictureScore[] = [];
  const damaged: ChunkFile[] = [];
  for (const [at, file] of sampled.entries()) {
    const score = await prove(job, file, sampled.length, encodeMs);
    if (isDamaged(score)) {
      job.onDetail(`chunk ${file.chunk.index + 1} failed the proof of picture (${complaintOf(score)}) and is encoded anew`);
      damaged.push(file);
    } else scores.push(score);
    job.onProgress("proof", at + 1, sampled.length);
  }
  return { scores, damaged };
}

/**
 * Encodes chunks that failed their proof anew, once, and compares them again.
 *
 * @returns the scores and files in place of theirs
 * @throws IoError when a chunk fails a second time
 */
export async function mendChunks(
  job: TranscodeJob,
  damaged: readonly ChunkFile[],
  encodeMs: number,
): Promise<{ readonly scores: PictureScore[]; readonly files: ChunkFile[] }> {
  const scores: PictureScore[] = [];
  const files: ChunkFile[] = [];
  for (const { chunk } of damaged) {
    const file = await encodeChunk(job, chunk, new LaneTally());
    const score = await prove(job, file, damaged.length, encodeMs);
    if (isDamaged(score)) throw pictureFailure(file, score);
    scores.push(score);
    files.push(file);
  }
  return { scores, files };
}

async function prove(job: TranscodeJob, file: ChunkFile, sampledCount: number, encodeMs: number): Promise<PictureScore> {
  const startedMs = performance.now();
  const share = Math.max(SHORTEST_PROOF_FRAMES, Math.ceil((job.picture.ticks.length * PROOF_FRAME_SHARE) / sampledCount));
  const sampledFrames = job.chosen.proof.mode === "parked" ? Math.min(share, MOST_PARKED_FRAMES) : share;
  const score = await provePicture({
    ...job,
    chunk: file.chunk,
    codec: codecMade(job.chosen.settings),
    chunkPath: file.path,
    forecast: job.chosen.proof,
    lowestPsnr: lowestLumaPsnr(file.quantiser),
    frameLimit: job.verify ? job.picture.ticks.length : sampledFrames,
    timeLimitMs: job.verify ? Number.POSITIVE_INFINITY : (encodeMs * PROOF_TIME_SHARE) / sampledCount,
  });
  // A later run would take it for finished.
  if (isDamaged(score)) await job.checkpoint?.forget(file.chunk);
  job.onDetail(`chunk ${file.chunk.index + 1}: ${score.frames} frames compared in ${Math.round(performance.now() - startedMs)} ms`);
  return score;
}

/** Of all chunks, or their files in order: the middle one of each twenty, the last one of fewer than eleven, the same ones for the same input. */
export function sampleOf<T>(chunks: readonly T[]): T[] {
  return chunks.filter((_, at) => at % PROOF_EVERY_CHUNKS === Math.min(PROOF_EVERY_CHUNKS >> 1, chunks.length - 1));
}

function isDamaged(score: PictureScore): boolean {
  return score.complaint !== "" || score.outliers.length > 0;
}

function complaintOf(score: PictureScore): string {
  const outlier = score.outliers[0];
  if (outlier === undefined) return score.complaint;
  return `frame ${outlier.frame} has a PSNR of ${outlier.lumaPsnr.toFixed(1)} dB${score.complaint === "" ? "" : `; ${score.complaint}`}`;
}

function pictureFailure({ chunk }: ChunkFile, score: PictureScore): IoError {
  const details = { chunk: chunk.index + 1, outliers: score.outliers.length };
  return new IoError(`proof of picture failed: chunk ${chunk.index + 1} does not show the source (${complaintOf(score)}), twice`, {
    details,
    hint: "--ffmpeg with another engine; the disk or the engine damages what it writes",
  });
}
