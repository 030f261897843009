/**
 * One ffmpeg child: its environment, its limits, and what its end means. A failed child becomes the error a user can act on, with
 * ffmpeg's own words.
 */
import { BudgetExceededError, DiskLimitError, formatBytes, IoError, MalformedInputError, type MmError } from "../base/index.ts";
import type { Reservation } from "../memory/index.ts";
import { type ChildResult, spawnChild } from "../process/index.ts";
import type { Engine } from "./engine/index.ts";
import { type EngineProgress, progressReader } from "./progress.ts";

export type EngineJob = {
  readonly engine: Engine;
  /** What the child does, for error texts: "encoding chunk 3". */
  readonly doing: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Raw output goes to this descriptor, closed here once the child has it. */
  readonly outputFd?: number;
  /** Text output, line by line. */
  readonly onLine?: (line: string) => void;
  readonly onProgress?: (progress: EngineProgress) => void;
  /** The claim that pays for the child; its size is the forecast. */
  readonly reservation: Reservation;
  /** RLIMIT_DATA: forecast plus slack. The kernel's line of defence, above anything a healthy child reaches. */
  readonly fuseBytes: number;
  /** Told when the child ended at its fuse. */
  readonly onFuseBlown?: () => void;
  readonly signal: AbortSignal;
};

/** A decoder that says nothing for this long on a damaged input is not coming back. ffmpeg reports at least every 0.5 s of work. */
const SILENCE_MS = 120_000;

/**
 * Static builds must not load the system's iconv modules (they crash), glibc must not spread over arenas, and messages must not be
 * translated.
 */
export const ENGINE_ENVIRONMENT = { GCONV_PATH: "/nonexistent", MALLOC_ARENA_MAX: "2", LC_ALL: "C" };

/** Runs a child to its end. @throws the error its failure means; the child is gone by then */
export async function runEngine(job: EngineJob): Promise<ChildResult> {
  job.signal.throwIfAborted();
  let heardMs = performance.now();
  const onProgress = progressReader((progress) => {
    heardMs = performance.now();
    job.onProgress?.(progress);
  });
  await using child = spawnChild({
    file: job.engine.path,
    args: job.args,
    env: ENGINE_ENVIRONMENT,
    cwd: job.cwd,
    stdout: job.outputFd ?? job.onLine ?? "ignore",
    ...(job.onProgress === undefined ? {} : { control: onProgress }),
    limits: { dataBytes: job.fuseBytes, coreBytes: 0 },
    oomScoreAdj: 800,
  });
  let silent = false;
  const watch = setInterval(() => {
    if (job.onProgress === undefined || performance.now() - heardMs < SILENCE_MS) return;
    silent = true;
    child.kill("SIGKILL");
  }, 1000);
  const stop = () => child.kill("SIGKILL");
  job.signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await child.exit;
    job.signal.throwIfAborted();
    if (silent) throw stuck(job);
    if (result.code !== 0) throw failure(job, result);
    return result;
  } finally {
    clearInterval(watch);
    job.signal.removeEventListener("abort", stop);
  }
}

function stuck(job: EngineJob): MmError {
  return new MalformedInputError(`ffmpeg made no progress for ${SILENCE_MS / 1000} s while ${job.doing}`, {
    hint: "the input may be damaged: try to play it",
  });
}

/** Exit codes 187 and 244 and 245 and these words are how ffmpeg's codecs report a failed allocation (measured). */
const OUT_OF_MEMORY = /malloc of size|cannot allocate memory|memory allocation failure|out of memory/i;
const DISK_FULL = /no space left on device|disk quota exceeded/i;
const BAD_INPUT = /invalid data found|moov atom not found|end of file|partial file|invalid nal|could not find codec parameters/i;

function failure(job: EngineJob, result: ChildResult): MmError {
  const lastLine = result.stderrTail.trim().split("\n").at(-1)?.trim() ?? "";
  const details = { doing: job.doing, engine: job.engine.path, ...(lastLine === "" ? {} : { ffmpeg: lastLine }) };
  if (OUT_OF_MEMORY.test(result.stderrTail)) {
    job.onFuseBlown?.();
    return new BudgetExceededError(`ffmpeg ran out of its memory fuse of ${formatBytes(job.fuseBytes)} while ${job.doing}`, {
      details: { ...details, forecast: formatBytes(job.reservation.bytes) },
      hint: "a faster --preset, or a larger --max-memory",
    });
  }
  if (DISK_FULL.test(result.stderrTail)) {
    return new DiskLimitError(`no space left while ${job.doing}`, { details, hint: "free space, or --temp-dir on another disk" });
  }
  if (result.signal !== 0) {
    return new IoError(`ffmpeg was killed by signal ${result.signal} while ${job.doing}`, {
      details,
      hint: "run the same command again; if it repeats, look for who kills it (dmesg, the container's limits)",
    });
  }
  if (BAD_INPUT.test(result.stderrTail)) {
    return new MalformedInputError(`the input cannot be read to its end: ffmpeg failed while ${job.doing}`, {
      details,
      hint: "check the file with: ffmpeg -v error -i FILE -f null -",
    });
  }
  return new IoError(`ffmpeg failed with code ${result.code} while ${job.doing}`, {
    details,
    hint: "run again with -v to see the whole command",
  });
}
