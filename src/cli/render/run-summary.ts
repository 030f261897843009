import type { ChalkInstance } from "chalk";
import { formatBytes, formatSeconds, printable } from "../../base/index.ts";
import type { Report, RunResult } from "../../commands/index.ts";
import { alignFacts } from "./columns.ts";

/** What became of a command, in one line, as time(1) tells it: its own words come first. */
export function runSummary({ result, memory, elapsedMs }: Report<RunResult>, palette: ChalkInstance): string[] {
  const { exitCode, signal, processes, peakBytes, command, largest } = result;
  const end = signal === null ? `exit ${exitCode}` : `ended by ${signal}`;
  const peak = `peak ${formatBytes(memory.peakBytes)} of ${formatBytes(memory.limitBytes)}, ${formatBytes(memory.ownPeakBytes)} of it mm's own`;
  const most = largest[0] === undefined || processes < 2 ? "" : `; most ${printable(largest[0].name)}, ${formatBytes(largest[0].bytes)}`;
  const count = `${processes} ${processes === 1 ? "process" : "processes"}`;
  const text = `${printable(command[0] ?? "")} ${end} in ${formatSeconds(elapsedMs / 1000)}, ${count}, ${formatBytes(peakBytes)}`;
  return alignFacts(
    [
      { name: "run", text: `${text}${most}` },
      { name: "memory", text: peak },
    ],
    palette,
  );
}
