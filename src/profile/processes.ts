import { basename } from "node:path";
import { printable } from "../base/index.ts";
import type { Capture, CaptureEvent } from "./capture/records.ts";
import type { ProcessFacts } from "./model.ts";
import type { ProcessState } from "./tree-walk.ts";

/** What is known of a process before any memory is looked at. */
export type Lifetime = Pick<
  ProcessFacts,
  "process" | "pid" | "parent" | "depth" | "name" | "command" | "startMs" | "endMs" | "exited" | "exitCode" | "signal"
> & { readonly exitHighWaterBytes: number };

/** By process. A process is called by the last program it became. */
export function lifetimes(events: readonly CaptureEvent[], endMs: number): Lifetime[] {
  const found: Lifetime[] = [];
  for (const event of events) {
    if (event.type === "process") {
      found[event.process] = {
        ...{ process: event.process, pid: event.pid, parent: event.parent, depth: (found[event.parent]?.depth ?? -1) + 1 },
        ...{ name: nameOf(event), command: event.command.map(printable), startMs: event.atMs, endMs },
        ...{ exited: false, exitCode: null, signal: null, exitHighWaterBytes: 0 },
      };
    }
    const known = event.process >= 0 ? found[event.process] : undefined;
    if (known === undefined) continue;
    if (event.type === "exec") {
      found[event.process] = { ...known, name: nameOf(event), command: event.command.map(printable) };
    } else if (event.type === "exit") {
      const { atMs, code: exitCode, signal, highWaterBytes } = event;
      found[event.process] = { ...known, endMs: atMs, exited: true, exitCode, signal, exitHighWaterBytes: highWaterBytes };
    }
  }
  return found;
}

/** The program's own name: comm is cut at 15 bytes, and threads of a runtime rename it. */
function nameOf({ command, name }: { readonly command: readonly string[]; readonly name: string }): string {
  const program = basename(command[0] ?? "");
  return printable(program === "" ? name : program);
}

/** Lifetimes with what the tables say of each. */
export function processFacts(capture: Capture, known: readonly Lifetime[], states: readonly (ProcessState | undefined)[]): ProcessFacts[] {
  const { measured } = capture.tables;
  const highest = known.map(({ exitHighWaterBytes }) => ({ highWaterBytes: exitHighWaterBytes, threads: 0 }));
  for (const [row, process] of measured.process.entries()) {
    const of = highest[process];
    if (of === undefined) continue;
    of.highWaterBytes = Math.max(of.highWaterBytes, measured.highWaterBytes[row] ?? 0);
    of.threads = Math.max(of.threads, measured.threads[row] ?? 0);
  }
  return known.map(({ exitHighWaterBytes: _, ...lifetime }, index) => {
    const state = states[index];
    return {
      ...lifetime,
      ...(highest[index] ?? { highWaterBytes: 0, threads: 0 }),
      ...{ peakUsedBytes: state?.peakUsedBytes ?? 0, peakAtMs: state?.peakAtMs ?? 0, cpuMs: state?.cpuMs ?? 0 },
      ...{ minorFaults: state?.minorFaults ?? 0, majorFaults: state?.majorFaults ?? 0, samples: state?.samples ?? 0 },
    };
  });
}
