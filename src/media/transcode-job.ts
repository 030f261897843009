/**
 * A planned transcode, carried out: chunks one after the other, the proof of picture, the join, the proof of time. What it writes
 * stays in the folders it is given; publishing is the caller's.
 */
import { statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Scope } from "../base/index.ts";
import type { MemoryCore } from "../memory/index.ts";
import { concatList, joinArguments } from "./arguments.ts";
import type { Carry } from "./carry.ts";
import { claimChild } from "./child-claim.ts";
import { type ChunkFile, checkUnchanged, encodeChunk } from "./chunk-files.ts";
import { type Chunk, tickAt } from "./chunks.ts";
import { indexMedia, type MediaIndex } from "./container/index.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import { runEngine } from "./engine-child.ts";
import { type DurationPlan, type PictureSpan, planLastDuration, writeDurations } from "./last-duration.ts";
import { dataLimitSlackBytes, predictRemux } from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";
import { pictureLength, pictureTicks } from "./picture-length.ts";
import { type Candidate, sampleCount } from "./plan.ts";
import type { PictureScore } from "./proof-score.ts";
import { proveStreams } from "./proof-streams.ts";
import { proveTime, type TimeProof } from "./proof-time.ts";
import { proveChunks } from "./prove-chunks.ts";
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
  readonly onWarning: (message: string) => void;
};

export type TranscodeOutcome = {
  readonly time: TimeProof;
  readonly picture: PictureScore;
  readonly outputBytes: number;
};

/** @throws the first failure; files it leaves behind are the caller's to remove */
export async function runTranscode(job: TranscodeJob): Promise<TranscodeOutcome> {
  await using scope = new Scope();
  const startedMs = performance.now();
  const encoded: ChunkFile[] = [];
  for (const chunk of job.chunks) {
    const file = await encodeChunk(job, chunk, totalBytes(encoded));
    holdMemory(job, scope, file.bytes);
    encoded.push(file);
  }
  const { picture, files } = await proveChunks(job, encoded, performance.now() - startedMs);
  holdMemory(job, scope, totalBytes(files));
  const pictureSeconds = await joinChunks(job, files);
  const time = await proveOutput(job, pictureSeconds);
  return { time, picture, outputBytes: statSync(job.joinedPath).size };
}

function totalBytes(files: readonly ChunkFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

/** Files on a memory file system are memory, and paid for like it. */
function holdMemory({ core }: TranscodeJob, scope: Scope, bytes: number): void {
  if (core.spill.warning !== undefined) scope.use(core.budget.reserve(bytes, "output.tmpfs"));
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
  const seconds = job.frameCount * (index.video.frameRate.den / index.video.frameRate.num);
  const bytes = predictRemux(engine, sampleCount(index), totalBytes(files) / seconds);
  using reservation = await claimChild(job.core.budget, bytes, "lane.join", job.signal);
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
    fuseBytes: Math.round(bytes * 1.15) + dataLimitSlackBytes(chosen.laneShape),
    onFuseBlown: () => job.core.countFuseBlown(),
    signal: job.signal,
    onProgress: (progress) => job.onProgress("join", progress.frames, job.frameCount),
  });
}

async function proveOutput(job: TranscodeJob, pictureSeconds: number | undefined): Promise<TimeProof> {
  using output = await job.core.mapInput(job.core.budget, "io.window", job.joinedPath);
  const index = await indexMedia(output, job.joinedPath, { engine: job.engine, run: job.run });
  proveStreams(index, job.carry);
  return proveTime(
    job.index,
    index,
    job.frameCount,
    job.carry.streams.some((stream) => stream.kind === "audio" && stream.codec !== "copy"),
    pictureSeconds === undefined ? undefined : { wantedSeconds: pictureSeconds, found: pictureLength(index, output) },
  );
}
