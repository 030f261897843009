/**
 * A planned transcode, carried out: chunks one after the other, the proof of picture, the join, the proof of time. What it writes
 * stays in the folders it is given; publishing is the caller's.
 */
import { statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DiskLimitError, formatBytes, IoError } from "../base/index.ts";
import type { MemoryCore } from "../memory/index.ts";
import { concatList, encodeChunkArguments, joinArguments } from "./arguments.ts";
import type { Carry } from "./carry.ts";
import { type Chunk, earlierEntry, tickAt } from "./chunks.ts";
import { indexMedia, type MediaIndex } from "./container/index.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import { runEngine } from "./engine-child.ts";
import { hashFile } from "./file-hash.ts";
import { type DurationPlan, type PictureSpan, planLastDuration, writeDurations } from "./last-duration.ts";
import { dataLimitSlackBytes } from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";
import { pictureLength, pictureTicks } from "./picture-length.ts";
import type { Candidate } from "./plan.ts";
import { highestQuantiser } from "./progress.ts";
import { provePicture, SHORTEST_PROOF_FRAMES } from "./proof-picture.ts";
import { combine, lowestLumaPsnr, type PictureScore } from "./proof-score.ts";
import { canProvePicture } from "./proof-shape.ts";
import { proveTime, type TimeProof } from "./proof-time.ts";
import { soundLeadSeconds } from "./sound-lead.ts";

export type TranscodeJob = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly carry: Carry;
  readonly format: OutputFormat;
  readonly chosen: Candidate;
  readonly crf: number;
  readonly chunks: readonly Chunk[];
  readonly frameCount: number;
  /** Seconds to keep, as asked; undefined = all. */
  readonly durationSeconds: number | undefined;
  /** Folder for chunk files, the join list and spill. */
  readonly directory: string;
  /** Where the joined file is written. */
  readonly joinedPath: string;
  readonly core: MemoryCore;
  readonly maxDiskBytes: number | undefined;
  /** Every frame of every chunk is compared, instead of a sample. */
  readonly verify: boolean;
  readonly run: RunTool;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: "encode" | "proof" | "join", done: number, total: number) => void;
  readonly onDetail: (message: string) => void;
};

export type TranscodeOutcome = {
  readonly time: TimeProof;
  readonly picture: PictureScore;
  readonly outputBytes: number;
};

type ChunkFile = {
  readonly chunk: Chunk;
  readonly name: string;
  readonly bytes: number;
  readonly hash: string;
  readonly quantiser: number;
};

/** What one run of the encoder made: frames, and the highest quantiser it reported. */
type Encoded = { readonly frames: number; readonly quantiser: number };

/** Taken for an encoder that reports none. */
const COARSEST_QUANTISER = 51;

/** One chunk in twenty is compared with the source, at least one. */
const PROOF_EVERY_CHUNKS = 20;
/** The sampled proof may take this share of the time spent encoding, and compares this share of the frames at most. */
const PROOF_TIME_SHARE = 0.02;
const PROOF_FRAME_SHARE = 0.05;

/** @throws the first failure; files it leaves behind are the caller's to remove */
export async function runTranscode(job: TranscodeJob): Promise<TranscodeOutcome> {
  const startedMs = performance.now();
  const files: ChunkFile[] = [];
  for (const chunk of job.chunks) files.push(await encodeChunk(job, chunk, files));
  const picture = await provePictures(job, files, performance.now() - startedMs);
  const pictureSeconds = await joinChunks(job, files);
  const time = await proveOutput(job, pictureSeconds);
  return { time, picture, outputBytes: statSync(job.joinedPath).size };
}

async function encodeChunk(job: TranscodeJob, chunk: Chunk, done: readonly ChunkFile[]): Promise<ChunkFile> {
  const wanted = chunk.endFrame - chunk.firstFrame;
  const name = `chunk-${String(chunk.index).padStart(5, "0")}.mp4`;
  let encoded = await encodeOnce(job, chunk, name);
  if (encoded.frames !== wanted && chunk.seekTick !== undefined) {
    job.onDetail(`chunk ${chunk.index + 1}: ${encoded.frames} of ${wanted} frames, again from the sync frame before`);
    encoded = await encodeOnce(job, earlierEntry(job.index.video, chunk), name);
  }
  const { frames, quantiser } = encoded;
  if (frames !== wanted) {
    throw new IoError(`chunk ${chunk.index + 1} has ${frames} frames and its part of the input ${wanted}`, {
      details: { frames, wanted },
      hint: `check the file with: ffmpeg -v error -i ${job.index.path} -f null -`,
    });
  }
  const path = join(job.directory, name);
  const file = { chunk, name, bytes: statSync(path).size, hash: hashFile(job.core.budget, path), quantiser };
  checkDisk(job, [...done, file]);
  return file;
}

async function encodeOnce(job: TranscodeJob, chunk: Chunk, name: string): Promise<Encoded> {
  const { engine, index, chosen, crf } = job;
  using reservation = await job.core.budget.admit(chosen.lane.totalBytes, "lane.ffmpeg", { signal: job.signal, forChild: true });
  let frames = 0;
  const statsPath = join(job.directory, `${name}.stats`);
  const request = { engine, index, settings: chosen.settings, crf, decoderThreads: chosen.decoderThreads };
  await runEngine({
    engine,
    doing: `encoding chunk ${chunk.index + 1} of ${job.chunks.length}`,
    args: encodeChunkArguments(request, chunk, { video: join(job.directory, name), stats: statsPath }),
    cwd: job.directory,
    reservation,
    fuseBytes: Math.round(chosen.lane.totalBytes * 1.15) + dataLimitSlackBytes(chosen.laneShape),
    signal: job.signal,
    onFuseBlown: () => job.core.countFuseBlown(),
    onProgress: (progress) => {
      frames = progress.frames;
      job.onProgress("encode", chunk.firstFrame + frames, job.frameCount);
    },
  });
  const quantiser = highestQuantiser(await readFile(statsPath, "latin1")) ?? COARSEST_QUANTISER;
  await rm(statsPath);
  return { frames, quantiser };
}

function checkDisk({ maxDiskBytes, core, joinedPath }: TranscodeJob, files: readonly ChunkFile[]): void {
  if (maxDiskBytes === undefined) return;
  // The join writes the output beside the chunks it reads, so both are on disk at its end.
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0) * 2 + core.spill.liveBytes;
  if (bytes <= maxDiskBytes) return;
  throw new DiskLimitError(`chunks and output need ${formatBytes(bytes)}, and --max-disk is ${formatBytes(maxDiskBytes)}`, {
    details: { output: joinedPath, bytes },
    hint: "a larger --max-disk, or a higher --crf",
  });
}

async function provePictures(job: TranscodeJob, files: readonly ChunkFile[], encodeMs: number): Promise<PictureScore> {
  if (!canProvePicture(job.index.video)) {
    throw new IoError(`frames of format ${job.index.video.pixelFormat} cannot be compared`);
  }
  const chosen = job.verify ? files : sample(files);
  const frameLimit = job.verify ? job.frameCount : Math.max(SHORTEST_PROOF_FRAMES, Math.round(job.frameCount * PROOF_FRAME_SHARE));
  const scores: PictureScore[] = [];
  for (const file of chosen) {
    const startedMs = performance.now();
    const prove = () =>
      provePicture({
        ...job,
        chunk: file.chunk,
        chunkPath: join(job.directory, file.name),
        forecast: job.chosen.proof,
        lowestPsnr: lowestLumaPsnr(file.quantiser),
        frameLimit: Math.ceil(frameLimit / (job.verify ? 1 : chosen.length)),
        timeLimitMs: job.verify ? Number.POSITIVE_INFINITY : (encodeMs * PROOF_TIME_SHARE) / chosen.length,
      });
    let score = await prove();
    if (isDamaged(score)) {
      job.onDetail(`chunk ${file.chunk.index + 1} failed the proof of picture (${complaintOf(score)}) and is encoded anew`);
      await encodeOnce(job, file.chunk, file.name);
      Object.assign(file, { hash: hashFile(job.core.budget, join(job.directory, file.name)) });
      score = await prove();
      if (isDamaged(score)) throw pictureFailure(file.chunk, score);
    }
    scores.push(score);
    job.onDetail(`chunk ${file.chunk.index + 1}: ${score.frames} frames compared in ${Math.round(performance.now() - startedMs)} ms`);
    job.onProgress("proof", scores.length, chosen.length);
  }
  return combine(scores);
}

function isDamaged(score: PictureScore): boolean {
  return score.complaint !== "" || score.outliers.length > 0;
}

function complaintOf(score: PictureScore): string {
  const outlier = score.outliers[0];
  if (outlier === undefined) return score.complaint;
  return `frame ${outlier.frame} has a PSNR of ${outlier.lumaPsnr.toFixed(1)} dB${score.complaint === "" ? "" : `; ${score.complaint}`}`;
}

function pictureFailure(chunk: Chunk, score: PictureScore): IoError {
  return new IoError(`proof of picture failed: chunk ${chunk.index + 1} does not show the source (${complaintOf(score)}), twice`, {
    details: { chunk: chunk.index + 1, outliers: score.outliers.length },
    hint: "--ffmpeg with another engine; the disk or the engine damages what it writes",
  });
}

/** Every twentieth chunk, from the middle of each twenty: the same ones for the same input. */
function sample(files: readonly ChunkFile[]): ChunkFile[] {
  const chosen = files.filter((_, at) => at % PROOF_EVERY_CHUNKS === Math.min(PROOF_EVERY_CHUNKS >> 1, files.length - 1));
  return chosen.length > 0 ? chosen : files.slice(0, 1);
}

/** Resolves with how long the picture of the joined file lasts; undefined where the container does not say. */
async function joinChunks(job: TranscodeJob, files: readonly ChunkFile[]): Promise<number | undefined> {
  for (const file of files) checkUnchanged(job, file);
  const source = await readSource(job);
  await runJoin(job, files, source.soundLeadSeconds);
  if (job.format.name === "matroska") return undefined;
  const plan = await planDurations(job, source);
  if (plan === undefined) return undefined;
  writeDurations(job.joinedPath, plan, job.core.budget);
  return source.pictureTicks / source.ticksPerSecond;
}

/** The file is no longer mapped when it is written to. */
async function planDurations({ core, joinedPath }: TranscodeJob, span: PictureSpan): Promise<DurationPlan | undefined> {
  using joined = await core.mapInput(core.budget, "io.window", joinedPath);
  return planLastDuration(joined, span);
}

type SourceSpan = PictureSpan & { readonly soundLeadSeconds: number };

/** What the join needs to know of the input beyond its index. */
async function readSource({ core, index, carry, frameCount }: TranscodeJob): Promise<SourceSpan> {
  const { ticks, timeBase } = index.video;
  using source = await core.mapInput(core.budget, "io.window", index.path);
  const lengthTicks = pictureTicks(index, source, frameCount);
  return {
    ticksPerSecond: timeBase.den / timeBase.num,
    pictureTicks: lengthTicks,
    lastFrameTicks: (ticks[0] ?? 0) + lengthTicks - tickAt(index.video, frameCount - 1),
    soundLeadSeconds: soundLeadSeconds(index, carry.streams, source),
  };
}

async function runJoin(job: TranscodeJob, files: readonly ChunkFile[], soundLeadSeconds: number): Promise<void> {
  const { engine, index, chosen } = job;
  const names = files.map((file) => file.name);
  await writeFile(join(job.directory, "chunks.ffconcat"), concatList(index.video, job.chunks, names));
  using reservation = await job.core.budget.admit(chosen.joinBytes, "lane.join", { signal: job.signal, forChild: true });
  const args = joinArguments(
    {
      engine,
      index,
      carry: job.carry,
      format: job.format,
      codec: chosen.settings.codec,
      durationSeconds: job.durationSeconds,
      soundLeadSeconds,
    },
    "chunks.ffconcat",
    job.joinedPath,
  );
  await runEngine({
    engine,
    doing: "joining the chunks",
    args,
    cwd: job.directory,
    reservation,
    fuseBytes: Math.round(chosen.joinBytes * 1.15) + dataLimitSlackBytes(chosen.laneShape),
    signal: job.signal,
    onProgress: (progress) => job.onProgress("join", progress.frames, job.frameCount),
  });
}

function checkUnchanged(job: TranscodeJob, file: ChunkFile): void {
  if (hashFile(job.core.budget, join(job.directory, file.name)) === file.hash) return;
  throw new IoError(`chunk ${file.chunk.index + 1} changed on disk after it was encoded`, {
    details: { file: file.name },
    hint: "run again; if it repeats, check the disk, or name another with --temp-dir",
  });
}

async function proveOutput(job: TranscodeJob, pictureSeconds: number | undefined): Promise<TimeProof> {
  using output = await job.core.mapInput(job.core.budget, "io.window", job.joinedPath);
  const index = await indexMedia(output, job.joinedPath, { engine: job.engine, run: job.run });
  return proveTime(
    job.index,
    index,
    job.frameCount,
    job.carry.streams.some((stream) => stream.kind === "audio" && stream.codec !== "copy"),
    pictureSeconds === undefined ? undefined : { wantedSeconds: pictureSeconds, found: pictureLength(index, output) },
  );
}
