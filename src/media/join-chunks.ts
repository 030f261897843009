/** The chunk files become one file again, with the sound, subtitles, chapters and metadata of the input, and it is proved to be in time. */
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { concatList, joinArguments } from "./arguments/index.ts";
import { claimChild } from "./child-claim.ts";
import { type ChunkFile, checkUnchanged, totalBytes } from "./chunk-files.ts";
import { runEngine } from "./engine-child.ts";
import { mendMovie, readSourceSpan } from "./mend-movie.ts";
import { codecMade, dataLimitSlackBytes, interleaveSeconds, predictRemux, remuxDataSlackBytes } from "./model/index.ts";
import { meanPacketBytes, sampleCount } from "./plan.ts";
import { proveProperties } from "./proof-properties.ts";
import type { TimeProof } from "./proof-time.ts";
import { proveCarried } from "./prove-carried.ts";
import { proveWritten } from "./prove-written.ts";
import { bytesPerSecond, remuxLoad } from "./remux-load.ts";
import type { TranscodeJob } from "./transcode-job.ts";
import { isWhole } from "./whole-output.ts";

/**
 * Writes the joined file, with everything carried over from the input, where that is not what the child that encoded it wrote. Mends it,
 * and proves its times and streams.
 *
 * @throws IoError when a chunk file is not the one that was encoded, or the result does not show the input's frames at their times
 */
export async function joinChunks(job: TranscodeJob, files: readonly ChunkFile[]): Promise<TimeProof> {
  return await proveOutput(job, await writeJoined(job, files));
}

/** What the child that joins these files, or reads the joined file, is expected to hold. */
export function joinBytesOf(job: TranscodeJob, files: readonly ChunkFile[]): number {
  const { engine, index, carry, format } = job;
  return predictRemux(engine, sampleCount(index), {
    ...remuxLoad(index, carry, format, bytesPerSecond(totalBytes(files), job.picture)),
    packetBytes: meanPacketBytes(index) + totalBytes(files) / job.picture.ticks.length,
  });
}

/** Resolves with how long the picture of the joined file lasts; undefined where the container does not say. */
async function writeJoined(job: TranscodeJob, files: readonly ChunkFile[]): Promise<number | undefined> {
  if (!isWhole(job)) for (const file of files) await checkUnchanged(job, file);
  const { core, index, picture, carry, format, joinedPath } = job;
  const span = await readSourceSpan(core, index, picture, carry.streams);
  if (!isWhole(job)) await runJoin(job, files, span.soundLeadSeconds);
  return await mendMovie(core, joinedPath, format, span, picture);
}

async function runJoin(job: TranscodeJob, files: readonly ChunkFile[], soundLeadSeconds: number): Promise<void> {
  const { engine, index, picture, chosen, carry } = job;
  const names = files.map((file) => basename(file.path));
  await writeFile(join(job.directory, "chunks.ffconcat"), concatList(picture, job.chunks, names));
  const bytes = joinBytesOf(job, files);
  using reservation = await claimChild(job.core.budget, bytes, "lane.join", job.signal);
  const args = joinArguments(
    {
      engine,
      index,
      picture,
      carry,
      format: job.format,
      codec: codecMade(chosen.settings),
      soundLeadSeconds,
      interleaveSeconds: interleaveSeconds(bytesPerSecond(totalBytes(files), job.picture)),
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
    fuseBytes: Math.round(bytes * 1.15) + Math.max(dataLimitSlackBytes(chosen.laneShape), remuxDataSlackBytes(carry.streams.length)),
    // Sound that is encoded anew may take more than it did, so without --max-disk only the disk sets a limit.
    fileLimitBytes: (job.maxDiskBytes ?? Number.POSITIVE_INFINITY) - totalBytes(files) - job.core.spill.liveBytes,
    onFuseBlown: () => job.core.countFuseBlown(),
    signal: job.signal,
    onProgress: (progress) => job.onProgress("join", progress.frames, picture.ticks.length),
  });
}

async function proveOutput(job: TranscodeJob, wantedSeconds: number | undefined): Promise<TimeProof> {
  using output = await job.core.mapInput(job.core.budget, "io.window", job.joinedPath);
  return await proveWritten(output, job.joinedPath, { engine: job.engine, run: job.run }, (index) => {
    proveProperties(index, job.picture, codecMade(job.chosen.settings));
    return proveCarried(output, index, job, wantedSeconds);
  });
}
