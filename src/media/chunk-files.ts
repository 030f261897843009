/** Chunks as files: each encoded under a claim, hashed when they are whole, and checked again before they are joined. */
import { statSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { DiskLimitError, formatBytes, IoError, KIB, MalformedInputError, MIB, shellQuoted } from "../base/index.ts";
import { chunkContainer, type EncodeOutputs, encodeChunkArguments, encodeWholeArguments } from "./arguments/index.ts";
import { claimChild } from "./child-claim.ts";
import { type Chunk, earlierEntry } from "./chunks.ts";
import type { LaneTally } from "./encode-lanes.ts";
import { encoderRefusal } from "./encoder-refusal.ts";
import { runEngine } from "./engine-child.ts";
import { hashFile } from "./file-hash.ts";
import { codecMade, dataLimitSlackBytes, type EncoderSettings, remuxDataSlackBytes } from "./model/index.ts";
import type { Picture } from "./picture.ts";
import { highestQuantiser } from "./progress.ts";
import { proofFrameBytes } from "./proof-shape.ts";
import { type Pass, passesOf } from "./rate.ts";
import type { TranscodeJob } from "./transcode-job.ts";
import { isWhole } from "./whole-output.ts";

export type ChunkFile = {
  /** With the sync frame that led to all of its frames. */
  readonly chunk: Chunk;
  readonly path: string;
  readonly bytes: number;
  /** "" for a whole output, which nobody reads to write another file from it. */
  readonly hash: string;
  /** Highest one the encoder reported. */
  readonly quantiser: number;
  /** RssAnon + VmSwap of the child that encoded it. */
  readonly peakBytes: number;
};

export function totalBytes(files: readonly ChunkFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

/** Taken for an encoder that reports none. */
const COARSEST_QUANTISER = 51;

/**
 * Encodes a chunk, a second time from the sync frame before when frames are missing.
 *
 * @param tally - of all lanes, this one's among them
 * @throws MalformedInputError when the source lacks frames, IoError when the engine does
 */
export async function encodeChunk(job: TranscodeJob, chunk: Chunk, tally: LaneTally): Promise<ChunkFile> {
  const startedMs = performance.now();
  const wanted = chunk.endFrame - chunk.firstFrame;
  let used = chunk;
  let encoded = await encodeOnce(job, chunk, tally);
  if (encoded.frames !== wanted && chunk.seekTick !== undefined) {
    job.onDetail(`chunk ${chunk.index + 1}: ${encoded.frames} of ${wanted} frames, again from the sync frame before`);
    used = earlierEntry(job.index.video, chunk);
    encoded = await encodeOnce(job, used, tally);
  }
  if (encoded.frames !== wanted) throw missingFrames(job, chunk, encoded);
  if (encoded.complaint !== "") job.onWarning(`the input is damaged around chunk ${chunk.index + 1}: ${encoded.complaint}`);
  const path = chunkPath(job, chunk);
  const hash = isWhole(job) ? "" : hashFile(job.core.budget, path);
  const { quantiser, peakBytes } = encoded;
  const file = { chunk: used, path, bytes: statSync(path).size, hash, quantiser, peakBytes };
  await job.checkpoint?.finish(file, performance.now() - startedMs);
  return file;
}

/** @throws IoError when the file is not the one that was encoded */
export async function checkUnchanged(job: TranscodeJob, file: ChunkFile): Promise<void> {
  if (hashFile(job.core.budget, file.path) === file.hash) return;
  await job.checkpoint?.forget(file.chunk);
  throw new IoError(`chunk ${file.chunk.index + 1} changed on disk after it was encoded`, {
    details: { file: basename(file.path) },
    hint: "run again; if it repeats, check the disk, or name another with --temp-dir",
  });
}

/** What one run of the encoder made, and what it said of its input: "" when nothing. */
type Encoded = { readonly frames: number; readonly quantiser: number; readonly peakBytes: number; readonly complaint: string };

/** Name of the file of a chunk in the folder of the job. */
export function chunkFileName(picture: Picture, settings: EncoderSettings, { index }: Chunk): string {
  return `chunk-${String(index).padStart(5, "0")}.${chunkContainer(picture, codecMade(settings)).muxer}`;
}

/** Where a chunk is written. */
function chunkPath(job: TranscodeJob, chunk: Chunk): string {
  return isWhole(job) ? job.joinedPath : join(job.directory, chunkFileName(job.picture, job.chosen.settings, chunk));
}

async function encodeOnce(job: TranscodeJob, chunk: Chunk, tally: LaneTally): Promise<Encoded> {
  const stats = join(job.directory, `${chunkFileName(job.picture, job.chosen.settings, chunk)}.stats`);
  const outputs = { video: chunkPath(job, chunk), stats };
  let encoded = { frames: 0, complaint: "" };
  let peakBytes = 0;
  for (const pass of passesOf(job.rate)) {
    const ran = await runPass(job, chunk, tally, outputs, pass);
    encoded = ran;
    peakBytes = Math.max(peakBytes, ran.peakBytes);
  }
  const reported = highestQuantiser(await readFile(outputs.stats, "latin1"));
  const { codec } = job.chosen.settings;
  // Other encoders report 0, or numbers on a scale of their own.
  const quantiser = (codec === "h264" || codec === "hevc" ? reported : undefined) ?? COARSEST_QUANTISER;
  await rm(outputs.stats);
  return { ...encoded, quantiser, peakBytes };
}

async function runPass(
  job: TranscodeJob,
  chunk: Chunk,
  tally: LaneTally,
  outputs: EncodeOutputs,
  pass: Pass,
): Promise<Omit<Encoded, "quantiser">> {
  const { engine, picture, chosen, core } = job;
  using reservation = await claimChild(core.budget, chosen.lane.totalBytes, "lane.ffmpeg", job.signal);
  const full = new AbortController();
  let frames = 0;
  const { stderrTail, peakBytes } = await runEngine({
    engine,
    doing: `${pass === 1 ? "measuring" : "encoding"} chunk ${chunk.index + 1} of ${job.chunks.length}`,
    args: argumentsOf(job, chunk, outputs, pass),
    cwd: job.directory,
    reservation,
    monitor: core.monitor,
    fuseBytes: Math.round(chosen.lane.totalBytes * 1.15) + dataLimitSlackBytes(chosen.laneShape) + besideSlackBytes(job),
    fileLimitBytes: Math.min(mostChunkBytes(job, chunk), (job.maxDiskBytes ?? Number.POSITIVE_INFINITY) / filesOnDisk(job)),
    signal: AbortSignal.any([job.signal, full.signal]),
    refused: encoderRefusal({ settings: chosen.settings, options: job.options }),
    onFuseBlown: () => core.countFuseBlown(),
    onProgress: (progress) => {
      frames = progress.frames;
      if (pass === 1) {
        job.onProgress("pass1", frames, picture.ticks.length);
        return;
      }
      tally.report(chunk, progress.frames, progress.outputBytes);
      const failure = diskFailure(job, tally.bytes);
      if (failure !== undefined) full.abort(failure);
      job.onProgress("encode", tally.frames, picture.ticks.length);
    },
  });
  return { frames, peakBytes, complaint: stderrTail.trim().split("\n")[0] ?? "" };
}

function argumentsOf(job: TranscodeJob, chunk: Chunk, outputs: EncodeOutputs, pass: Pass): string[] {
  const { settings, decoderThreads, whole } = job.chosen;
  const request = { ...job, settings, decoderThreads };
  if (pass === 1 || whole === undefined || !isWhole(job)) return encodeChunkArguments(request, chunk, outputs, pass);
  return encodeWholeArguments({ ...request, ...whole }, chunk, outputs, pass);
}

function besideSlackBytes(job: TranscodeJob): number {
  return isWhole(job) ? remuxDataSlackBytes(job.carry.streams.length) : 0;
}

/**
 * What a chunk cannot be larger than: an encoder may spend more on a picture than the picture itself has, but not twice as much (H.264,
 * A.3.1: 3200 bits for the 3072 of a macroblock). Headers take the rest. A whole output also has what it carries of the input.
 */
function mostChunkBytes(job: TranscodeJob, { firstFrame, endFrame }: Chunk): number {
  const carriedBytes = isWhole(job) ? job.index.byteLength : 0;
  return MIB + carriedBytes + (endFrame - firstFrame) * (2 * proofFrameBytes(job.picture) + 4 * KIB);
}

/** The join writes the output beside the chunks it reads, so both are on disk at its end. */
function filesOnDisk(job: TranscodeJob): number {
  return isWhole(job) ? 1 : 2;
}

function diskFailure(job: TranscodeJob, chunkBytes: number): DiskLimitError | undefined {
  const { maxDiskBytes, core } = job;
  const bytes = filesOnDisk(job) * chunkBytes + core.spill.liveBytes;
  if (maxDiskBytes === undefined || bytes <= maxDiskBytes) return undefined;
  return new DiskLimitError(`chunks and output need more than ${formatBytes(bytes)}, and --max-disk is ${formatBytes(maxDiskBytes)}`, {
    details: { bytes, maxDiskBytes },
    hint: "a larger --max-disk, or a higher --crf",
  });
}

function missingFrames(job: TranscodeJob, chunk: Chunk, { frames, complaint }: Encoded): Error {
  const wanted = chunk.endFrame - chunk.firstFrame;
  const message = `chunk ${chunk.index + 1} has ${frames} frames and its part of the input ${wanted}`;
  const hint = `look at the input with: ffmpeg -v error -i ${shellQuoted(job.index.path)} -f null -`;
  if (complaint !== "") return new MalformedInputError(`the input is damaged: ${message}`, { details: { ffmpeg: complaint }, hint });
  return new IoError(message, { details: { frames, wanted, engine: job.engine.version }, hint });
}
