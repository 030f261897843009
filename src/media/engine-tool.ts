/** Short runs of an engine whose text output is wanted: probing it, or indexing a file with it. */
import { BudgetExceededError, MIB, MmError } from "../base/index.ts";
import type { Budget } from "../memory/index.ts";
import { type Child, spawnChild } from "../process/index.ts";
import type { RunTool } from "./engine/index.ts";
import { ENGINE_ENVIRONMENT } from "./engine-child.ts";

/** A probe or a demuxing run holds 12 to 30 MiB of anonymous memory (measured, ffmpeg 4.1 and 5.1). */
const TOOL_BYTES = 32 * MIB;
/** Fuse of such a run: its text buffers and thread stacks are address space it hardly touches. */
const TOOL_DATA_BYTES = 512 * MIB;
/** Text above this is not a listing of anything mm asks for. */
const TEXT_LIMIT = 64 * MIB;

/** A RunTool that pays for its child from `budget` and never outlives `signal`. */
export function runEngineTool(budget: Budget, signal: AbortSignal): RunTool {
  return async (file, args) => {
    using _reservation = await budget.admit(TOOL_BYTES, "lane.tool", { signal, forChild: true });
    const lines: string[] = [];
    let length = 0;
    await using child = startTool(file, args, (line) => {
      length += line.length;
      if (length > TEXT_LIMIT) child?.kill("SIGKILL");
      else lines.push(line);
    });
    if (child === undefined) return { code: 127, stdout: "", stderr: `cannot start ${file}` };
    const stop = () => child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    const result = await child.exit;
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    if (length > TEXT_LIMIT) throw new BudgetExceededError(`${file} wrote more than 64 MiB of text`, { hint: "another input" });
    const code = result.signal === 0 ? result.code : 128 + result.signal;
    return { code, stdout: `${lines.join("\n")}\n`, stderr: result.stderrTail };
  };
}

/** undefined when the file is not there or is no program. */
function startTool(file: string, args: readonly string[], onLine: (line: string) => void): Child | undefined {
  try {
    const limits = { coreBytes: 0, dataBytes: TOOL_DATA_BYTES };
    return spawnChild({ file, args, env: ENGINE_ENVIRONMENT, cwd: "/", stdout: onLine, limits, oomScoreAdj: 800 });
  } catch (error) {
    if (error instanceof MmError) return undefined;
    throw error;
  }
}
