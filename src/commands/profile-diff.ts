/** `mm profile diff`: what became of the memory from one capture to the other. */
import { MARKS, UsageError } from "../base/index.ts";
import { writeWhole } from "../io/index.ts";
import {
  diffLines,
  diffModels,
  htmlDiff,
  judgeGates,
  leakOf,
  loadReportPage,
  markdownDiff,
  measureRun,
  readCapture,
} from "../profile/index.ts";
import type { CommandContext } from "./command.ts";
import { checkOutputs, modelOf, OUTPUT_MODE } from "./profile-outputs.ts";
import type { ProfileResult } from "./profile-result.ts";
import type { ProfileDiff } from "./profile-settings.ts";

/** A change up to this counts as noise where nothing else is said: two runs of the same program differ by so much. */
const TOLERANCE_PERCENT = 5;

/** @throws InputMissingError, MalformedInputError, OutputError, UsageError */
export async function profileDiff(settings: ProfileDiff, context: CommandContext): Promise<ProfileResult> {
  const { before, after, html, speedscope, pprof, summary, failOnIncreasePercent } = settings;
  const other = speedscope === undefined ? (pprof === undefined ? undefined : "--pprof") : "--speedscope";
  if (other !== undefined) throw new UsageError(`${other} is of one capture`, { hint: "mm profile view <capture>, or --html for both" });
  checkOutputs(settings, { read: [before, after] });
  const [was, is] = [readCapture(before), readCapture(after)];
  const leak = leakOf(is);
  const [old, now] = [modelOf(was, { gates: [], leak: leakOf(was) }), modelOf(is, { gates: [], leak })];
  const percent = failOnIncreasePercent;
  const failOnIncrease = percent === undefined ? undefined : { percent, baseline: before, baselineBytes: old.peaks.tree.bytes };
  const asked = { failAbove: [], failOnLeak: false, failOnIncrease };
  const diff = diffModels(old, now, (percent ?? TOLERANCE_PERCENT) / 100);
  if (html !== undefined) await writeWhole(html, htmlDiff(diff, old, now, loadReportPage()), OUTPUT_MODE);
  if (summary) context.emit({ type: "text", text: markdownDiff(diff) });
  context.emit({ type: "found", lines: diffLines(diff, MARKS) });
  return {
    action: "diff",
    peakBytes: now.peaks.tree.bytes,
    cgroupPeakBytes: is.end?.cgroupPeakBytes ?? null,
    processes: now.processes.length,
    exitCode: null,
    signal: null,
    gates: judgeGates(asked, [measureRun(is, asked, leak)]),
    leak,
    captures: [before, after],
    files: html === undefined ? [] : [html],
    profile: null,
  };
}
