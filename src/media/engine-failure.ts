/** What the end of a failed child means: the error a user can act on, with ffmpeg's own words. */
import { constants } from "node:os";
import {
  BudgetExceededError,
  DiskLimitError,
  formatBytes,
  IoError,
  MalformedInputError,
  type MmError,
  shellQuoted,
} from "../base/index.ts";
import type { ChildResult } from "../process/index.ts";
import type { EngineJob } from "./engine-child.ts";

/** Exit codes 187 and 244 and 245 and these words are how ffmpeg's codecs report a failed allocation (measured). */
const OUT_OF_MEMORY = /malloc of size|cannot allocate memory|memory allocation failure|out of memory/i;
const DISK_FULL = /no space left on device|disk quota exceeded/i;
const FILE_TOO_LARGE = /file too large/i;
const NOT_OPENED = /while opening encoder/i;
const BAD_INPUT = /invalid data found|moov atom not found|end of file|partial file|invalid nal|could not find codec parameters/i;

export function outOfMemory(job: EngineJob): MmError {
  job.onFuseBlown?.();
  return new BudgetExceededError(`the kernel killed ffmpeg because memory was out, while ${job.doing}`, {
    details: { doing: job.doing, engine: job.engine.path, forecast: formatBytes(job.reservation.bytes) },
    hint: "a container with more memory, or fewer other programs in this one",
  });
}

/** Letters of ffmpeg's last words that are shown: they may quote the input. */
const LONGEST_LINE = 400;

/** The last name ffmpeg was given: in a join the input, behind the list of chunks. */
function lastInput(args: readonly string[]): string {
  return (args[args.lastIndexOf("-i") + 1] ?? "").replace(/^file:/, "");
}

/** Lines of an encoder that does not open, the first ones: they say why. */
const MOST_LINES = 3;

function complaints(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !line.includes("[info]") && !NOT_OPENED.test(line));
  return lines.slice(0, MOST_LINES).join("; ").slice(0, LONGEST_LINE);
}

export function failure(job: EngineJob, result: ChildResult): MmError {
  const lastLine = result.stderrTail.trim().split("\n").at(-1)?.trim().slice(0, LONGEST_LINE) ?? "";
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
  if (result.signal === constants.signals.SIGXFSZ || FILE_TOO_LARGE.test(result.stderrTail)) {
    return new DiskLimitError(`ffmpeg wrote a file larger than the ${formatBytes(job.fileLimitBytes ?? 0)} it may, while ${job.doing}`, {
      details,
      hint: "a larger --max-disk, where one was given; else another engine, with --ffmpeg",
    });
  }
  if (result.signal !== 0) {
    return new IoError(`ffmpeg was killed by signal ${result.signal} while ${job.doing}`, {
      details,
      hint: "run the same command again; if it repeats, look for who kills it (dmesg, the container's limits)",
    });
  }
  if (job.refused !== undefined && NOT_OPENED.test(result.stderrTail)) return job.refused(complaints(result.stderrTail));
  if (BAD_INPUT.test(result.stderrTail)) {
    return new MalformedInputError(`the input cannot be read to its end: ffmpeg failed while ${job.doing}`, {
      details,
      hint: `check the file with: ffmpeg -v error -i ${shellQuoted(lastInput(job.args))} -f null -`,
    });
  }
  return new IoError(`ffmpeg failed with code ${result.code} while ${job.doing}`, {
    details,
    hint: "run again with -v to see the whole command",
  });
}
