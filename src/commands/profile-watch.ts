/** Runs a command, or looks on at a process that runs, and judges what its tree held. */
import { format, parse } from "node:path";
import {
  type Capture,
  type CaptureLeak,
  type GateSettings,
  judgeGates,
  leakOf,
  measureRun,
  type RunFigures,
  readCapture,
} from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import { gateSettings } from "./profile-gates.ts";
import { checkOutputs, modelOf, writeOutputs } from "./profile-outputs.ts";
import { recordAttached, recordRun } from "./profile-record.ts";
import type { ProfileResult } from "./profile-result.ts";
import type { ProfileAttach, ProfileRun, ProfileWatch } from "./profile-settings.ts";

export type RecordedExit = { readonly exitCode: number | null; readonly signal: number | null };

/** What is kept of a run whose capture is in a file. */
type JudgedRun = RecordedExit & {
  readonly path: string;
  readonly figures: RunFigures;
  readonly leak: CaptureLeak;
  readonly cgroupPeakBytes: number | null;
  readonly processes: number;
};

/** @throws MmError when the command cannot be started, or nothing can be written */
export async function profileRun(settings: ProfileRun, context: CommandContext): Promise<ProfileResult> {
  const gates = await gateSettings(settings);
  const paths = capturePaths(settings.output, settings.repeat);
  for (const path of paths) checkOutputs(settings, { written: path });
  const runs: JudgedRun[] = [];
  let latest: Capture | undefined;
  for (const path of paths) {
    const exit = await recordRun(settings, path, context);
    latest = readCapture(path);
    runs.push(judge(path, latest, exit, gates));
    // What fails is not repeated: the figures would be those of a failure. Nor what the user has ended.
    if (exit.exitCode !== 0 || context.signal.aborted) break;
  }
  return await conclude(settings, gates, runs, latest, context);
}

/** @throws MmError when there is no such process, or it cannot be looked at */
export async function profileAttach(settings: ProfileAttach, context: CommandContext): Promise<ProfileResult> {
  const gates = await gateSettings(settings);
  checkOutputs(settings, { written: settings.output });
  const exit = await recordAttached(settings, settings.output, context);
  const capture = readCapture(settings.output);
  return await conclude(settings, gates, [judge(settings.output, capture, exit, gates)], capture, context);
}

/** "a.mmprof", or "a.1.mmprof", "a.2.mmprof", ... for several runs. */
function capturePaths(output: string, repeat: number): readonly string[] {
  if (repeat === 1) return [output];
  const { dir, name, ext } = parse(output);
  return Array.from({ length: repeat }, (_, index) => format({ dir, name: `${name}.${index + 1}`, ext }));
}

function judge(path: string, capture: Capture, exit: RecordedExit, gates: GateSettings): JudgedRun {
  const leak = leakOf(capture);
  const processes = capture.events.filter(({ type }) => type === "process").length;
  return {
    ...exit,
    path,
    figures: measureRun(capture, gates, leak),
    leak,
    cgroupPeakBytes: capture.end?.cgroupPeakBytes ?? null,
    processes,
  };
}

/** @param latest - of the last run; those of the others are read again, for they would not all fit */
async function conclude(
  settings: ProfileWatch & { readonly action: "run" | "attach" },
  gateSettings: GateSettings,
  runs: readonly JudgedRun[],
  latest: Capture | undefined,
  context: CommandContext,
): Promise<ProfileResult> {
  const gates = judgeGates(
    gateSettings,
    runs.map(({ figures }) => figures),
  );
  const middle = middleOf(runs);
  const last = runs.at(-1) ?? middle;
  const capture = middle === last && latest !== undefined ? latest : readCapture(middle.path);
  const files = await writeOutputs(settings, modelOf(capture, { gates, leak: middle.leak }), context);
  return {
    action: settings.action,
    peakBytes: middle.figures.usedPeakBytes ?? 0,
    cgroupPeakBytes: middle.cgroupPeakBytes,
    processes: middle.processes,
    exitCode: last.exitCode,
    signal: last.signal,
    gates,
    leak: middle.leak,
    captures: runs.map(({ path }) => path),
    files,
    profile: null,
  };
}

/** The run whose peak is the median: the one that is shown. */
function middleOf(runs: readonly JudgedRun[]): JudgedRun {
  const sorted = [...runs].sort((a, b) => (a.figures.usedPeakBytes ?? 0) - (b.figures.usedPeakBytes ?? 0));
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("at least one run");
  return middle;
}
