/** Which chunks are compared with the source, how much of each, and what happens to one that does not show it. */
import { join } from "node:path";
import { IoError } from "../base/index.ts";
import { type ChunkFile, encodeChunk } from "./chunk-files.ts";
import { provePicture, SHORTEST_PROOF_FRAMES } from "./proof-picture.ts";
import { combine, lowestLumaPsnr, type PictureScore } from "./proof-score.ts";
import { canProvePicture } from "./proof-shape.ts";
import type { TranscodeJob } from "./transcode-job.ts";

/** One chunk in twenty is compared with the source, at least one. */
const PROOF_EVERY_CHUNKS = 20;
/** The sampled proof may take this share of the time spent encoding, and compares this share of the frames at most. */
const PROOF_TIME_SHARE = 0.02;
const PROOF_FRAME_SHARE = 0.05;
/** Frames that a sampled proof parks on disk: writing them takes longer than comparing them. */
const MOST_PARKED_FRAMES = 8;

export type ProvedChunks = { readonly picture: PictureScore; readonly files: readonly ChunkFile[] };

/**
 * Compares chunks with the source; one that does not show it is encoded anew, once.
 *
 * @param encodeMs - wall time the encoding took
 * @returns the score of all frames compared, and the files, of which some may be new
 * @throws IoError when a chunk fails twice
 */
export async function proveChunks(job: TranscodeJob, files: readonly ChunkFile[], encodeMs: number): Promise<ProvedChunks> {
  if (!canProvePicture(job.index.video)) throw new IoError(`frames of format ${job.index.video.pixelFormat} cannot be compared`);
  const sampled = job.verify ? files : sample(files);
  const proved = [...files];
  const scores: PictureScore[] = [];
  for (const file of sampled) {
    const startedMs = performance.now();
    let score = await prove(job, file, sampled.length, encodeMs);
    if (isDamaged(score)) {
      job.onDetail(`chunk ${file.chunk.index + 1} failed the proof of picture (${complaintOf(score)}) and is encoded anew`);
      const again = await encodeChunk(job, file.chunk, 0);
      score = await prove(job, again, sampled.length, encodeMs);
      if (isDamaged(score)) throw pictureFailure(file, score);
      proved[file.chunk.index] = again;
    }
    scores.push(score);
    job.onDetail(`chunk ${file.chunk.index + 1}: ${score.frames} frames compared in ${Math.round(performance.now() - startedMs)} ms`);
    job.onProgress("proof", scores.length, sampled.length);
  }
  return { picture: combine(scores), files: proved };
}

function prove(job: TranscodeJob, file: ChunkFile, sampledCount: number, encodeMs: number): Promise<PictureScore> {
  const share = Math.max(SHORTEST_PROOF_FRAMES, Math.ceil((job.frameCount * PROOF_FRAME_SHARE) / sampledCount));
  const sampledFrames = job.chosen.proof.mode === "parked" ? Math.min(share, MOST_PARKED_FRAMES) : share;
  return provePicture({
    ...job,
    chunk: file.chunk,
    chunkPath: join(job.directory, file.name),
    forecast: job.chosen.proof,
    lowestPsnr: lowestLumaPsnr(file.quantiser),
    frameLimit: job.verify ? job.frameCount : sampledFrames,
    timeLimitMs: job.verify ? Number.POSITIVE_INFINITY : (encodeMs * PROOF_TIME_SHARE) / sampledCount,
  });
}

/** The middle one of each twenty, the last one of fewer than eleven: the same ones for the same input. */
function sample(files: readonly ChunkFile[]): ChunkFile[] {
  return files.filter((_, at) => at % PROOF_EVERY_CHUNKS === Math.min(PROOF_EVERY_CHUNKS >> 1, files.length - 1));
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
