/**
 * The picture goes to the output as it is, in one child, with everything else that is carried. What cannot be proved to have come through
 * unchanged is refused: another container or an encoder may do it.
 */
import { statSync } from "node:fs";
import { IoError, UnsupportedError } from "../base/index.ts";
import type { MemoryCore } from "../memory/index.ts";
import { copyArguments } from "./arguments/index.ts";
import type { Carry } from "./carry.ts";
import { claimChild } from "./child-claim.ts";
import { indexMedia, type MediaIndex } from "./container/index.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import { runEngine } from "./engine-child.ts";
import { mendMovie, readSourceSpan, type SourceSpan } from "./mend-movie.ts";
import { interleaveSeconds, predictRemux, remuxDataSlackBytes } from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";
import { type Picture, planPicture } from "./picture.ts";
import { meanPacketBytes, sampleCount } from "./plan.ts";
import { proveCopy } from "./proof-copy.ts";
import type { TimeProof } from "./proof-time.ts";
import { proveCarried } from "./prove-carried.ts";
import { bytesPerSecond, remuxLoad } from "./remux-load.ts";

export type CopyJob = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly carry: Carry;
  readonly format: OutputFormat;
  /** Forecast of the one child, which is also that of reading its output's index. */
  readonly bytes: number;
  readonly directory: string;
  /** Where the file is written. */
  readonly outputPath: string;
  readonly maxDiskBytes: number | undefined;
  readonly core: MemoryCore;
  readonly run: RunTool;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
};

export type CopyOutcome = { readonly time: TimeProof; readonly outputBytes: number };

/** The input's own picture. @throws UnsupportedError when the container does not take its codec */
export function planCopiedPicture({ video, ...index }: MediaIndex, format: OutputFormat): Picture {
  if (!format.videoCopy.includes(video.codec)) {
    throw new UnsupportedError(`the video is ${video.codec}, which ${format.name} cannot hold as it is`, {
      hint: `--codec ${format.defaultCodec} to encode it${format.name === "matroska" ? "" : ", or an output named .mkv"}`,
      details: { input: index.path, codec: video.codec },
    });
  }
  const whole = { startSeconds: 0, durationSeconds: undefined, frameRate: undefined, size: undefined, filtered: undefined, dropped: [] };
  return planPicture({ video, ...index }, whole);
}

/** What the child is expected to hold. */
export function copyBytes({
  engine,
  index,
  picture,
  carry,
  format,
}: Pick<CopyJob, "engine" | "index" | "picture" | "carry" | "format">): number {
  return predictRemux(engine, sampleCount(index), {
    ...remuxLoad(index, carry, format, bytesPerSecond(index.byteLength, picture)),
    packetBytes: 2 * meanPacketBytes(index),
  });
}

/** @throws UnsupportedError when the output would not show the input's frames at their times, or lacks something of them */
export async function runCopy(job: CopyJob): Promise<CopyOutcome> {
  const { core, index, picture, carry, format, outputPath } = job;
  const span = await readSourceSpan(core, index, picture, carry.streams);
  try {
    await writeCopy(job, span);
  } catch (error) {
    if (error instanceof IoError && MUXER_REFUSES.test(String(error.details.ffmpeg)))
      throw cannotCopy(format, "ffmpeg cannot write it", error);
    throw error;
  }
  const wantedSeconds = await mendMovie(core, outputPath, format, span, undefined);
  try {
    return { time: await prove(job, wantedSeconds), outputBytes: statSync(outputPath).size };
  } catch (error) {
    if (error instanceof IoError) throw cannotCopy(format, `it would not be the same: ${error.message}`, error);
    throw error;
  }
}

/** Matroska takes no packets without times, which AVI has. */
const MUXER_REFUSES = /invalid argument|incorrect codec parameters|unknown timestamp/i;

function cannotCopy(format: OutputFormat, why: string, cause: IoError): UnsupportedError {
  return new UnsupportedError(`this video cannot be copied into ${format.name}: ${why}`, {
    hint: `--codec ${format.defaultCodec} to encode it, or another container`,
    details: cause.details,
    cause,
  });
}

async function writeCopy(job: CopyJob, { soundLeadSeconds }: SourceSpan): Promise<void> {
  const { engine, index, picture, core, bytes } = job;
  using reservation = await claimChild(core.budget, bytes, "lane.copy", job.signal);
  await runEngine({
    engine,
    doing: "copying the streams",
    args: copyArguments(
      { ...job, soundLeadSeconds, interleaveSeconds: interleaveSeconds(bytesPerSecond(index.byteLength, picture)) },
      job.outputPath,
    ),
    cwd: job.directory,
    reservation,
    fuseBytes: Math.round(bytes * 1.15) + remuxDataSlackBytes(job.carry.streams.length),
    fileLimitBytes: job.maxDiskBytes ?? Number.POSITIVE_INFINITY,
    onFuseBlown: () => core.countFuseBlown(),
    signal: job.signal,
    onProgress: (progress) => job.onProgress(Math.min(progress.frames, picture.ticks.length), picture.ticks.length),
  });
}

async function prove(job: CopyJob, wantedSeconds: number | undefined): Promise<TimeProof> {
  const { core, engine, run, outputPath } = job;
  using output = await core.mapInput(core.budget, "io.window", outputPath);
  const index = await indexMedia(output, outputPath, { engine, run });
  proveCopy(index.video, job.index.video);
  return proveCarried(output, index, job, wantedSeconds);
}
