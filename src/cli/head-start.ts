/**
 * The thread of a job starts before the command line is read in full: it takes longer to come up than the parser takes to load.
 * Its heap cap has to be known then, so it is guessed, and a thread with a wrong guess is thrown away for a right one.
 */
import { parseBytes } from "../base/index.ts";
import { type HeapLimit, heapLimit } from "./heap-limit.ts";
import { CommandThread, type OpenThread } from "./thread.ts";

/** Of the option maxMemory. Its own description would bring the parser with it. */
const FLAG = "--max-memory";
const VARIABLE = "MM_MAX_MEMORY";
const HELP = ["-h", "--help"];
/** How many words a call of each has at least; a shorter one is a mistake. */
const JOBS = new Map([
  ["transcode", 3],
  ["reduce", 3],
  ["restore", 3],
  ["expand", 3],
  ["parse", 2],
  ["run", 3],
]);

/**
 * @param argv - what follows the program's name
 * @param script - of the thread
 */
export function openThreadEarly(argv: readonly string[], env: NodeJS.ProcessEnv, script: URL): OpenThread {
  const guess = guessedHeapLimit(argv, env);
  const early = guess === undefined ? undefined : new CommandThread(script, guess);
  return (limit) => {
    if (early !== undefined && isSame(early.heapLimit, limit)) return early;
    early?.discard();
    return new CommandThread(script, limit);
  };
}

/** @returns undefined where no job is asked for, or only its help */
export function guessedHeapLimit(words: readonly string[], env: NodeJS.ProcessEnv): HeapLimit | undefined {
  // Behind `--` are the words of another program.
  const end = words.indexOf("--");
  const argv = end < 0 ? words : words.slice(0, end + 1);
  const fewestWords = JOBS.get(argv[0] ?? "") ?? Number.POSITIVE_INFINITY;
  if (argv.length < fewestWords || argv.some((word) => HELP.includes(word))) return undefined;
  const size = sizeAfterFlag(argv) ?? env[VARIABLE] ?? "";
  try {
    return heapLimit(size === "" ? undefined : parseBytes(size, FLAG));
  } catch {
    return undefined;
  }
}

function sizeAfterFlag(argv: readonly string[]): string | undefined {
  const at = argv.findLastIndex((word) => word === FLAG || word.startsWith(`${FLAG}=`));
  return argv[at] === FLAG ? argv[at + 1] : argv[at]?.slice(FLAG.length + 1);
}

function isSame(one: HeapLimit, other: HeapLimit): boolean {
  return one.maxOldGenerationSizeMb === other.maxOldGenerationSizeMb && one.maxYoungGenerationSizeMb === other.maxYoungGenerationSizeMb;
}
