/** A command under another profiler, for stacks of native code: heaptrack(1), or massif of valgrind(1). */
import { closeSync, createReadStream, existsSync, lstatSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { UnsupportedError } from "../base/index.ts";
import { findProgram, spawnChild } from "../process/index.ts";
import { readHeaptrack } from "./import/heaptrack.ts";
import { readMassif } from "./import/massif.ts";
import type { ToolProfile } from "./import/tool-profile.ts";

export type ToolName = "heaptrack" | "massif";

export type Tool = {
  /** Stands in front of the command. */
  readonly prefix: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What its presence does to all other figures. */
  readonly caveat: string;
  /** What it saw, once the command has ended; undefined where it saw nothing. @throws MmError when its file cannot be read */
  readonly collect: () => Promise<ToolProfile | undefined>;
};

/** Where its script finds its parts, seen from the folder the script is in. */
const HEAPTRACK_PARTS = {
  preload: "../lib/heaptrack/libheaptrack_preload.so",
  interpreter: "../lib/heaptrack/libexec/heaptrack_interpret",
};

/**
 * @param folder - for its files, which may be large
 * @param preload - LD_PRELOAD of the user
 * @throws UnsupportedError where it is not installed
 */
export function openTool(name: ToolName, folder: string, searchPath: string, preload: string | undefined): Tool {
  return name === "massif" ? openMassif(folder, searchPath) : openHeaptrack(folder, searchPath, preload);
}

function openMassif(folder: string, searchPath: string): Tool {
  const valgrind = programOf("valgrind", searchPath);
  const file = join(folder, "massif.out");
  return {
    prefix: [valgrind, "--tool=massif", "--time-unit=ms", `--massif-out-file=${file}`, `--log-file=${join(folder, "valgrind.log")}`],
    env: {},
    caveat: "the command's own memory: it ran under valgrind, whose memory is in every figure but massif's",
    collect: async () => (isPlainFile(file) ? await readMassif(createReadStream(file), "massif.out") : undefined),
  };
}

/** Its script writes to standard output, which is the command's, so its parts are used without it. */
function openHeaptrack(folder: string, searchPath: string, preload: string | undefined): Tool {
  const home = dirname(programOf("heaptrack", searchPath));
  const parts = { preload: join(home, HEAPTRACK_PARTS.preload), interpreter: join(home, HEAPTRACK_PARTS.interpreter) };
  for (const part of Object.values(parts)) {
    if (!existsSync(part)) throw new UnsupportedError(`${part} is missing`, { hint: "install heaptrack again, or --tool massif" });
  }
  const [raw, read] = [join(folder, "heaptrack.raw"), join(folder, "heaptrack.txt")];
  return {
    prefix: [],
    env: {
      LD_PRELOAD: preload === undefined || preload === "" ? parts.preload : `${parts.preload}:${preload}`,
      DUMP_HEAPTRACK_OUTPUT: raw,
    },
    caveat: "the command's own memory: heaptrack's part of it is in every figure but heaptrack's",
    collect: async () => {
      if (!isPlainFile(raw)) return undefined;
      await interpret(parts.interpreter, raw, read, folder);
      return await readHeaptrack(createReadStream(read), "what heaptrack_interpret wrote");
    },
  };
}

/** The command knows the name, and could have put a pipe there that nobody writes to. */
function isPlainFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Addresses become names. */
async function interpret(interpreter: string, raw: string, read: string, cwd: string): Promise<void> {
  const [stdin, stdout] = [openSync(raw, "r"), openSync(read, "wx")];
  try {
    await using child = spawnChild({ file: interpreter, args: [], env: {}, cwd, stdin, stdout, limits: {}, oomScoreAdj: 0 });
    const { code, stderrTail } = await child.exit;
    if (code !== 0) throw new UnsupportedError("heaptrack_interpret failed", { details: { said: stderrTail } });
  } finally {
    closeSync(stdin);
    closeSync(stdout);
  }
}

function programOf(name: string, searchPath: string): string {
  try {
    return findProgram(name, searchPath);
  } catch (cause) {
    throw new UnsupportedError(`${name} is not installed`, { cause, hint: `apt-get install ${name}` });
  }
}
