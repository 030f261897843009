/** Short runs of an engine whose text output is wanted: probing it, or indexing a file with it. */
import { constants } from "node:os";
import { BudgetExceededError, formatBytes, KIB, MalformedInputError, MIB, MmError, UnsupportedError } from "../base/index.ts";
import { type Budget, readOomKills } from "../memory/index.ts";
import { type Child, spawnChild } from "../process/index.ts";
import type { RunTool } from "./engine/index.ts";
import { ENGINE_ENVIRONMENT, engineLimits } from "./engine-limits.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** A probe, or a demuxing run of an input not yet known, holds 4 to 13 MiB of anonymous memory (measured, ffmpeg 4.1 and 5.1). */
const PROBE_BYTES = 16 * MIB;
/** Fuse of such a run: its text buffers and thread stacks are address space it hardly touches. */
const TOOL_DATA_BYTES = 512 * MIB;
/**
 * The description of a file stands on standard error, ahead of its packets; honest ones are below 20 KiB. For one of many lines ffmpeg
 * takes minutes: it measures all that is left of a tag at each line of it (libavformat/dump.c).
 */
const DESCRIPTION_BYTES = 256 * KIB;
/** So that none of it is lost. */
const STDERR_TAIL_BYTES = 2 * DESCRIPTION_BYTES;
/** Answers to a probe are at most 40 KiB long. Four run at once, and have to fit the smallest JavaScript heap whatever they print. */
const ANSWER_BYTES = 4 * MIB;
/** What a line costs the heap beside its text. */
const LINE_BYTES = 64;
/** Probes answer at once, and indexing prints a line per packet as it comes. */
const SILENCE_MS = 60_000;

export type ToolOptions = {
  /** Milliseconds without a word after which a run is stopped; one minute when absent. */
  readonly silenceMs?: number;
  /** Told when the kernel killed a run because memory was out. */
  readonly onFuseBlown?: () => void;
  /** How many processes the kernel has killed for lack of memory; that of our cgroup when absent. */
  readonly oomKills?: () => number;
};

/**
 * A RunTool that pays for its child from `budget` and never outlives `signal`. A run it has to stop throws, because half an answer could
 * pass for a whole one: UnsupportedError for a probe that is silent or floods and for a file that describes itself without end,
 * MalformedInputError for a silent look at a file, BudgetExceededError when the kernel killed it for lack of memory.
 *
 * @param childBytes - what one run is forecast to hold
 */
export function runEngineTool(budget: Budget, signal: AbortSignal, childBytes = PROBE_BYTES, options: ToolOptions = {}): RunTool {
  const { oomKills = readOomKills, silenceMs = SILENCE_MS } = options;
  // Runs that pass lines on read one file, side by side: when one has to be stopped, nobody waits for the others.
  const reading = new AbortController();
  return async (file, args, onLine) => {
    using _reservation = await budget.admit(childBytes, "lane.tool", { signal, forChild: true });
    const failed = onLine === undefined ? new AbortController() : reading;
    const either = AbortSignal.any([signal, failed.signal]);
    using watch = new SilenceWatch(silenceMs, () => failed.abort(silent(file, onLine !== undefined, silenceMs)));
    const answer = new Answer(() => failed.abort(flood(file)));
    const oomKillsBefore = oomKills();
    let describedBytes = 0;
    let isDescribed = onLine === undefined;
    const onText = (length: number) => {
      watch.heard();
      if (onLine === undefined) answer.count(length);
      if (isDescribed) return;
      describedBytes += length;
      if (describedBytes > DESCRIPTION_BYTES) failed.abort(wordy());
    };
    const takeLine = (line: string) => {
      isDescribed = true;
      if (onLine === undefined) answer.add(line);
      else onLine(line);
    };
    await using child = startTool(file, args, takeLine, onText);
    if (child === undefined) return { code: 127, stdout: "", stderr: `cannot start ${file}` };
    const stop = () => child.kill("SIGKILL");
    either.addEventListener("abort", stop, { once: true });
    const result = await child.exit;
    either.removeEventListener("abort", stop);
    either.throwIfAborted();
    if (result.signal === constants.signals.SIGKILL && oomKills() > oomKillsBefore) {
      options.onFuseBlown?.();
      throw outOfMemory(file);
    }
    const code = result.signal === 0 ? result.code : 128 + result.signal;
    return { code, stdout: onLine === undefined ? answer.text() : "", stderr: result.stderrTail };
  };
}

/** Lines of a probe, as long as they are few. */
class Answer {
  #lines: string[] = [];
  #bytes = 0;
  readonly #onFlood: () => void;

  constructor(onFlood: () => void) {
    this.#onFlood = onFlood;
  }

  /** Standard error counts too. */
  count(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= ANSWER_BYTES) return;
    this.#lines = [];
    this.#onFlood();
  }

  add(line: string): void {
    this.count(LINE_BYTES);
    if (this.#bytes <= ANSWER_BYTES) this.#lines.push(line);
  }

  text(): string {
    return `${this.#lines.join("\n")}\n`;
  }
}

function silent(file: string, isReading: boolean, silenceMs: number): MmError {
  const time = `${Math.ceil(silenceMs / 1000)} s`;
  if (!isReading) return new UnsupportedError(`${file} does not answer: it said nothing for ${time}`, { hint: ENGINE_HINT });
  return new MalformedInputError(`ffmpeg said nothing for ${time} while reading the file`, {
    hint: "check the file with: ffmpeg -v error -i FILE -f null -",
  });
}

function wordy(): UnsupportedError {
  return new UnsupportedError(`the tags and chapters of the file fill more than ${formatBytes(DESCRIPTION_BYTES)}`, {
    hint: "leave them out with: ffmpeg -i FILE -map 0 -map_metadata -1 -map_chapters -1 -c copy without.mkv",
  });
}

const ENGINE_HINT = "give the path of an ffmpeg program with --ffmpeg";

function flood(file: string): UnsupportedError {
  const message = `${file} is not an ffmpeg: it printed more than ${formatBytes(ANSWER_BYTES)} when asked what it can do`;
  return new UnsupportedError(message, { hint: ENGINE_HINT });
}

function outOfMemory(file: string): BudgetExceededError {
  return new BudgetExceededError("the kernel killed ffmpeg because memory was out, in a short run", {
    details: { engine: file },
    hint: "a container with more memory, or fewer other programs in this one",
  });
}

/** undefined when the file is not there or is no program. */
function startTool(
  file: string,
  args: readonly string[],
  onLine: (line: string) => void,
  onText: (length: number) => void,
): Child | undefined {
  try {
    return spawnChild({
      file,
      args,
      env: ENGINE_ENVIRONMENT,
      cwd: "/",
      stdout: onLine,
      stderrTailBytes: STDERR_TAIL_BYTES,
      onText,
      limits: engineLimits(TOOL_DATA_BYTES, 0),
      oomScoreAdj: 800,
    });
  } catch (error) {
    if (error instanceof MmError) return undefined;
    throw error;
  }
}
