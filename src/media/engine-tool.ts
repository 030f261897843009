/** Short runs of an engine whose text output is wanted: probing it, or indexing a file with it. */
import { KIB, MIB, MmError } from "../base/index.ts";
import type { Budget } from "../memory/index.ts";
import { type Child, spawnChild } from "../process/index.ts";
import type { RunTool } from "./engine/index.ts";
import { ENGINE_ENVIRONMENT } from "./engine-child.ts";

/** A probe, or a demuxing run of an input not yet known, holds 4 to 13 MiB of anonymous memory (measured, ffmpeg 4.1 and 5.1). */
const PROBE_BYTES = 16 * MIB;
/** Fuse of such a run: its text buffers and thread stacks are address space it hardly touches. */
const TOOL_DATA_BYTES = 512 * MIB;
/** Descriptions of streams and chapters are read from standard error, so much of it is kept. */
const STDERR_TAIL_BYTES = 256 * KIB;

/**
 * A RunTool that pays for its child from `budget` and never outlives `signal`.
 *
 * @param childBytes - what one run is forecast to hold
 */
export function runEngineTool(budget: Budget, signal: AbortSignal, childBytes = PROBE_BYTES): RunTool {
  return async (file, args, onLine) => {
    using _reservation = await budget.admit(childBytes, "lane.tool", { signal, forChild: true });
    const lines: string[] = [];
    await using child = startTool(file, args, onLine ?? ((line) => lines.push(line)));
    if (child === undefined) return { code: 127, stdout: "", stderr: `cannot start ${file}` };
    const stop = () => child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    const result = await child.exit;
    signal.removeEventListener("abort", stop);
    signal.throwIfAborted();
    const code = result.signal === 0 ? result.code : 128 + result.signal;
    return { code, stdout: onLine === undefined ? `${lines.join("\n")}\n` : "", stderr: result.stderrTail };
  };
}

/** undefined when the file is not there or is no program. */
function startTool(file: string, args: readonly string[], onLine: (line: string) => void): Child | undefined {
  try {
    const limits = { coreBytes: 0, dataBytes: TOOL_DATA_BYTES };
    return spawnChild({
      file,
      args,
      env: ENGINE_ENVIRONMENT,
      cwd: "/",
      stdout: onLine,
      stderrTailBytes: STDERR_TAIL_BYTES,
      limits,
      oomScoreAdj: 800,
    });
  } catch (error) {
    if (error instanceof MmError) return undefined;
    throw error;
  }
}
