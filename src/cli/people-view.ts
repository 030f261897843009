import type { ChalkInstance } from "chalk";
import { printable } from "../base/index.ts";
import type { CommandEvent, MemoryPlan, ProfileResult, Progress } from "../commands/index.ts";
import type { LiveLines } from "./live-lines.ts";
import { LiveTreeFoot } from "./live-tree-foot.ts";
import { MemoryLines } from "./memory-lines.ts";
import type { Finished, StopSignal } from "./messages.ts";
import { writeLines } from "./output.ts";
import type { Presentation } from "./presentation.ts";
import { alignFacts } from "./render/columns.ts";
import { doctorLines } from "./render/doctor.ts";
import { failureLines, programName, refusedLines } from "./render/failure.ts";
import { MemoryTrace } from "./render/memory-trace.ts";
import { parseSummary } from "./render/parse-summary.ts";
import { compactPlan, fullPlan } from "./render/plan.ts";
import { profileSummary } from "./render/profile-summary.ts";
import { progressLine } from "./render/progress-line.ts";
import { expandSummary, reduceSummary, restoreSummary } from "./render/reduce-summary.ts";
import { memoryStatsLines, transcodeSummary } from "./render/report.ts";
import { runSummary } from "./render/run-summary.ts";
import { Throttle } from "./throttle.ts";
import type { View, ViewOptions } from "./view.ts";

/** Where a bar was asked for and there is no terminal to redraw it on, a line comes this often. */
const PLAIN_PROGRESS_INTERVAL_MS = 2000;
const PLAIN_COLUMNS = 100;

export type PeopleViewOptions = ViewOptions & {
  /** The foot of the terminal, where there is one and something to show there. */
  readonly live: LiveLines | undefined;
  /** Whether a progress bar was asked for, or follows from the terminal. */
  readonly hasBar: boolean;
};

/** Shows a run to people. */
export function peopleView(options: PeopleViewOptions): View {
  const { command, presentation, err, out, live, palettes } = options;
  const { verbosity } = presentation;
  const say = (lines: readonly string[]) => {
    if (live === undefined) writeLines(err, lines);
    else for (const line of lines) live.say(line);
  };
  const foot = options.hasBar || presentation.monitorMemory ? runningFoot(options) : undefined;
  let found: readonly string[] = [];
  const treeFoot = new LiveTreeFoot(live, err, palettes.err);
  const close = () => {
    foot?.close();
    live?.close();
  };
  return {
    event: (event) => {
      foot?.event(event);
      if (event.type === "warning") say(warningLines(command, event, palettes.err));
      else if (event.type === "refused") say(refusedLines(event, palettes.err));
      else if (event.type === "waiting" && verbosity !== "quiet") say([palettes.err.dim(printable(event.message))]);
      else if (event.type === "detail" && verbosity === "verbose") say([palettes.err.dim(printable(event.message))]);
      else if (event.type === "tree") treeFoot.show(event.tree);
      else if (event.type === "found") found = event.lines;
      else if (event.type === "text") out.write(event.text);
      else if (event.type === "plan") say(planLines(command, event.plan, presentation, palettes.err));
    },
    stopping: (signal) => say([stoppingLine(signal)]),
    planned: (plan) => writeLines(out, fullPlan(plan, palettes.out)),
    finished: (finished) => {
      close();
      if (finished.command === "doctor") {
        if (!presentation.json) writeLines(out, doctorLines(finished.report.result, palettes.out, out.columns()));
        return;
      }
      if (finished.command === "profile") {
        showProfile(finished.report.result, found, options, say);
        return;
      }
      if (presentation.dryRun) return;
      if (verbosity !== "quiet") say(summaryOf(finished, options.output, palettes.err));
      if (presentation.stats) say(memoryStatsLines(finished.report.memory, palettes.err));
    },
    failed: (failure) => {
      close();
      say(failureLines(command, failure, palettes.err, verbosity === "verbose"));
    },
    close,
  };
}

/** Of a capture that was there already this is the answer, and goes to stdout unless another one was asked for. */
function showProfile(
  result: ProfileResult,
  found: readonly string[],
  { presentation, err, out, palettes }: PeopleViewOptions,
  say: (lines: readonly string[]) => void,
): void {
  const isAnswer = result.action === "view" || result.action === "diff";
  const lines = profileSummary(result, found, isAnswer ? palettes.out : palettes.err, (isAnswer ? out : err).columns());
  if (presentation.verbosity === "quiet" || (isAnswer && (presentation.json || presentation.summary))) return;
  if (isAnswer) writeLines(out, lines);
  else say(lines);
}

function summaryOf(finished: Exclude<Finished, { command: "doctor" | "profile" }>, output: string, palette: ChalkInstance): string[] {
  switch (finished.command) {
    case "transcode":
      return transcodeSummary(output, finished.report, palette);
    case "reduce":
      return reduceSummary(output, finished.report, palette);
    case "restore":
      return restoreSummary(output, finished.report, palette);
    case "expand":
      return expandSummary(output, finished.report, palette);
    case "parse":
      return parseSummary(output, finished.report, palette);
    case "run":
      return runSummary(finished.report, palette);
  }
}

function planLines(command: string | undefined, plan: MemoryPlan, { verbosity, dryRun }: Presentation, palette: ChalkInstance): string[] {
  // Of a run there is nothing to be planned but the limit itself, and the command has the first word.
  const isSilent = verbosity === "quiet" || (command === "run" && verbosity !== "verbose");
  if (dryRun || isSilent) return [];
  return verbosity === "verbose" ? fullPlan(plan, palette) : compactPlan(plan, palette);
}

function warningLines(
  command: string | undefined,
  warning: { readonly message: string; readonly hint?: string },
  palette: ChalkInstance,
): string[] {
  const hint = warning.hint === undefined ? [] : alignFacts([{ name: "try", text: printable(warning.hint) }], palette, "  ");
  return [`${palette.yellow(`${programName(command)}: warning:`)} ${printable(warning.message)}`, ...hint];
}

function stoppingLine(signal: StopSignal): string {
  return signal === "SIGINT" ? "stopping; Ctrl-C again kills" : "stopping; a second signal kills";
}

/** What moves while the command runs: live lines on a terminal, else plain progress lines and JSON memory lines. */
function runningFoot({ live, err, hasBar, presentation, palettes }: PeopleViewOptions): {
  event: (event: CommandEvent) => void;
  close: () => void;
} {
  const trace = new MemoryTrace();
  const memoryLines = presentation.monitorMemory && live === undefined && !err.isTerminal ? new MemoryLines(err) : undefined;
  const plainMemory = new Throttle(PLAIN_PROGRESS_INTERVAL_MS);
  const plainProgress = new Throttle(PLAIN_PROGRESS_INTERVAL_MS);
  let latest: Progress | undefined;
  const drawProgress = (columns: number) =>
    latest === undefined ? "starting".slice(0, columns) : progressLine(latest, columns, palettes.err, presentation.monitorMemory);
  let hasLines = false;
  const addLines = () => {
    if (hasLines || live === undefined) return;
    hasLines = true;
    if (hasBar) live.add(drawProgress);
    if (presentation.monitorMemory) live.add((columns) => trace.line(columns, palettes.err));
  };
  return {
    event: (event) => {
      if (event.type === "plan") trace.limitBytes = event.plan.limit.limitBytes;
      if (event.type === "progress") {
        latest = event.progress;
        addLines();
        if (hasBar && live === undefined && plainProgress.isDue()) err.write(`${drawProgress(PLAIN_COLUMNS)}\n`);
      }
      if (event.type === "memory") {
        trace.add(event.sample);
        addLines();
        memoryLines?.add(event.sample);
        const isPlain = presentation.monitorMemory && live === undefined && err.isTerminal;
        if (isPlain && plainMemory.isDue()) err.write(`${trace.line(err.columns() ?? PLAIN_COLUMNS, palettes.err)}\n`);
      }
    },
    close: () => memoryLines?.flush(),
  };
}
