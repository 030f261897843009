/** One ffmpeg child, from its start under limits to its end; watched while it works. */
import { constants } from "node:os";
import { MalformedInputError, type MmError } from "../base/index.ts";
import { type MemoryMonitor, type Reservation, readOomKills, readProcessBytes } from "../memory/index.ts";
import { type ChildResult, spawnChild } from "../process/index.ts";
import type { Engine } from "./engine/index.ts";
import { failure, outOfMemory } from "./engine-failure.ts";
import { ENGINE_ENVIRONMENT, engineLimits } from "./engine-limits.ts";
import { type EngineProgress, progressReader } from "./progress.ts";
import { SilenceWatch } from "./silence-watch.ts";

export type EngineJob = {
  readonly engine: Engine;
  /** What the child does, for error texts: "encoding chunk 3". */
  readonly doing: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Raw output goes to this descriptor, which the caller closes. */
  readonly outputFd?: number;
  /** Called for each report; then a child whose reports stay the same is stopped. */
  readonly onProgress?: (progress: EngineProgress) => void;
  /** The claim that pays for the child; its size is the forecast. */
  readonly reservation: Reservation;
  /** Whose samples tell what the child holds; absent = nobody asks. */
  readonly monitor?: Pick<MemoryMonitor, "onSample">;
  /** RLIMIT_DATA: forecast plus slack. The kernel's line of defence, above anything a healthy child reaches. */
  readonly fuseBytes: number;
  /** RLIMIT_FSIZE: the largest file the child may write, Infinity for no limit. Absent = it writes none. */
  readonly fileLimitBytes?: number;
  /** What it means that the encoder does not open, with ffmpeg's words; absent = as any other failure. */
  readonly refused?: ((words: string) => MmError) | undefined;
  /** Told when a limit of the kernel ended the child: its fuse, or the cgroup's. */
  readonly onFuseBlown?: () => void;
  /** How many processes the kernel has killed for lack of memory; that of our cgroup when absent. */
  readonly oomKills?: () => number;
  /** Milliseconds without progress after which the child is stopped; SILENCE_MS when absent. */
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
};

/** A child that makes no progress for this long on a damaged input is not coming back. ffmpeg reports at least every 0.5 s of work. */
export const SILENCE_MS = 120_000;
/**
 * Up to ffmpeg 6 an encoder is emptied at the end without a report, so a slow one gets the time of this many frames: more than any
 * lookahead of mm's settings holds.
 */
const UNREPORTED_FRAMES = 100;
/** But never more than this many times the limit. */
const LONGEST_STRETCH = 10;

/** peakBytes: highest RssAnon + VmSwap that a sample saw, 0 without a monitor. */
export type EngineResult = ChildResult & { readonly peakBytes: number };

/** Runs a child to its end. @throws the error its failure means; the child is gone by then */
export async function runEngine(job: EngineJob): Promise<EngineResult> {
  job.signal.throwIfAborted();
  const { oomKills = readOomKills, silenceMs = SILENCE_MS } = job;
  const failed = new AbortController();
  using watch =
    job.onProgress === undefined ? undefined : new SilenceWatch(silenceMs, () => failed.abort(stuck(job.doing, watch?.limitMs)));
  const signal = AbortSignal.any([job.signal, failed.signal]);
  const oomKillsBefore = oomKills();
  await using child = spawnChild({
    file: job.engine.path,
    args: job.args,
    env: ENGINE_ENVIRONMENT,
    cwd: job.cwd,
    stdout: job.outputFd ?? "ignore",
    ...(watch === undefined ? {} : { control: progressReader(progressWatcher(job, watch, silenceMs)) }),
    limits: engineLimits(job.fuseBytes, job.fileLimitBytes ?? 0),
    oomScoreAdj: 800,
  });
  let peakBytes = 0;
  using _sampled = job.monitor?.onSample(() => {
    peakBytes = Math.max(peakBytes, readProcessBytes(child.pid));
  });
  const stop = () => child.kill("SIGKILL");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await child.exit;
    signal.throwIfAborted();
    if (result.signal === constants.signals.SIGKILL && oomKills() > oomKillsBefore) throw outOfMemory(job);
    if (result.code !== 0) throw failure(job, result);
    return { ...result, peakBytes };
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Passes reports on, and takes only those that show more than the last for progress. */
function progressWatcher(job: EngineJob, watch: SilenceWatch, silenceMs: number): (progress: EngineProgress) => void {
  const startedMs = performance.now();
  let last: EngineProgress = { frames: 0, outputBytes: 0 };
  return (progress) => {
    if (progress.frames > last.frames || progress.outputBytes > last.outputBytes) {
      watch.heard();
      last = progress;
      const frameMs = progress.frames === 0 ? 0 : (performance.now() - startedMs) / progress.frames;
      watch.limitMs = Math.min(Math.max(silenceMs, UNREPORTED_FRAMES * frameMs), LONGEST_STRETCH * silenceMs);
    }
    job.onProgress?.(progress);
  };
}

export function stuck(doing: string, silenceMs = SILENCE_MS): MmError {
  return new MalformedInputError(`ffmpeg made no progress for ${Math.ceil(silenceMs / 1000)} s while ${doing}`, {
    hint: "the input may be damaged: try to play it",
  });
}
