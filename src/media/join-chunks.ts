/** The chunk files become one file again, with the sound, subtitles, chapters and metadata of the input, and it is proved to be in time. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { concatList, joinArguments } from "./arguments.ts";
import { claimChild } from "./child-claim.ts";
import { type ChunkFile, checkUnchanged, totalBytes } from "./chunk-files.ts";
import { tickAt } from "./chunks.ts";
import { indexMedia } from "./container/index.ts";
import { runEngine } from "./engine-child.ts";
import { type DurationPlan, type PictureSpan, planLastDuration, writeDurations } from "./last-duration.ts";
import { dataLimitSlackBytes, interleaveSeconds, predictRemux } from "./model/index.ts";
import { pictureLength, pictureTicks } from "./picture-length.ts";
import { meanPacketBytes, sampleCount } from "./plan.ts";
import { proveStreams } from "./proof-streams.ts";
import { proveTime, type TimeProof } from "./proof-time.ts";
import { soundLeadSeconds } from "./sound-lead.ts";
import type { TranscodeJob } from "./transcode-job.ts";

/**
 * Writes the joined file, with everything carried over from the input, and proves its times and streams.
 *
 * @throws IoError when a chunk file is not the one that was encoded, or the result does not show the input's frames at their times
 */
export async function joinChunks(job: TranscodeJob, files: readonly ChunkFile[]): Promise<TimeProof> {
  return await proveOutput(job, await writeJoined(job, files));
}

/** What the child that joins these files, or reads the joined file, is expected to hold. */
export function joinBytesOf(job: TranscodeJob, files: readonly ChunkFile[]): number {
  const { engine, index, carry } = job;
  return predictRemux(engine, sampleCount(index), {
    videoBytesPerSecond: carry.streams.length === 0 ? 0 : bytesPerSecond(job, files),
    packetBytes: meanPacketBytes(index) + totalBytes(files) / job.frameCount,
  });
}

/** A shorter picture is taken to last as long as what may wait for its sound (interleaveSeconds). */
const SHORTEST_SECONDS = 0.05;

function bytesPerSecond({ index, frameCount }: TranscodeJob, files: readonly ChunkFile[]): number {
  const { frameRate } = index.video;
  // A damaged file may say that its frames last no time at all.
  return totalBytes(files) / Math.max(SHORTEST_SECONDS, frameCount * (frameRate.den / frameRate.num));
}

/** Resolves with how long the picture of the joined file lasts; undefined where the container does not say. */
async function writeJoined(job: TranscodeJob, files: readonly ChunkFile[]): Promise<number | undefined> {
  for (const file of files) await checkUnchanged(job, file);
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
  const bytes = joinBytesOf(job, files);
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
      interleaveSeconds: interleaveSeconds(bytesPerSecond(job, files)),
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
