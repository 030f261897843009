/** What is made of a capture: files, and text for people. */
import { resolve } from "node:path";
import { MARKS, UsageError } from "../base/index.ts";
import { checkOutput, writeWhole } from "../io/index.ts";
import {
  buildModel,
  type Capture,
  type CaptureLeak,
  type Gate,
  htmlReport,
  loadReportPage,
  markdownSummary,
  type ProfileModel,
  pprofFile,
  speedscopeFile,
  summaryLines,
} from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import type { ProfileOutputs } from "./profile-settings.ts";

/** Of the narrowest terminal that people use. */
const COLUMNS = 80;

/** Of what people and their CI system read: as open as the capture beside it, less the umask. */
export const OUTPUT_MODE = 0o666;

export type Judged = { readonly gates: readonly Gate[]; readonly leak: CaptureLeak };

/**
 * Before anything runs.
 *
 * @param files - captures that are written, or read
 * @throws OutputError, PermissionError; UsageError for two files of one name
 */
export function checkOutputs(
  { html, speedscope, pprof, overwrite }: ProfileOutputs,
  files: { readonly written?: string; readonly read?: readonly string[] },
): void {
  const outputs = [files.written, html, speedscope, pprof].filter((path) => path !== undefined);
  for (const [index, path] of outputs.entries()) {
    for (const input of files.read ?? [undefined]) checkOutput(path, input, overwrite);
    if (outputs.findIndex((other) => resolve(other) === resolve(path)) < index)
      throw new UsageError(`two outputs are called ${path}`, { hint: "give each a name of its own" });
  }
}

export function modelOf(capture: Capture, { gates, leak }: Judged): ProfileModel {
  const { of, timeToLimitMs, ...verdict } = leak;
  return buildModel(capture, {
    gates: gates.map(({ name, passed, text }) => ({ gate: name, passed, detail: text })),
    leak: {
      ...verdict,
      of: of === "tree" ? "the whole tree" : `the heap of process ${pidOf(capture, of.process)} after full collections`,
      ...(timeToLimitMs === undefined ? {} : { secondsToLimit: timeToLimitMs / 1000 }),
    },
  });
}

/** Writes what was asked for, and shows the rest. @returns the files. @throws OutputError, IoError */
export async function writeOutputs(
  { html, speedscope, pprof, summary }: ProfileOutputs,
  model: ProfileModel,
  { emit }: CommandContext,
): Promise<readonly string[]> {
  if (html !== undefined) await writeWhole(html, htmlReport(model, loadReportPage()), OUTPUT_MODE);
  if (speedscope !== undefined) await writeWhole(speedscope, JSON.stringify(speedscopeFile(model)), OUTPUT_MODE);
  if (pprof !== undefined) await writeWhole(pprof, pprofFile(model), OUTPUT_MODE);
  if (summary) emit({ type: "text", text: markdownSummary(model) });
  emit({ type: "found", lines: summaryLines(model, MARKS, COLUMNS) });
  return [html, speedscope, pprof].filter((path) => path !== undefined);
}

function pidOf({ events }: Capture, process: number): number {
  const found = events.find((event) => event.type === "process" && event.process === process);
  return found?.type === "process" ? found.pid : 0;
}
