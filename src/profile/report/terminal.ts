import { formatBytes, formatSeconds, type Palette } from "../../base/index.ts";
import type { Finding, ProfileModel } from "../model.ts";
import { holderName, leakText, peakLines, timelineBlocks } from "./words.ts";

const MOST_HOLDERS = 3;
/** Of the peak: who held less is not worth a name. */
const LEAST_SHARE = 0.01;
const MOST_CELLS = 60;
/** Of the names in front. */
const NAME_COLUMNS = 9;

/** The end of a run for people, a fact a line: `columns` is the width of the terminal. */
export function summaryLines(model: ProfileModel, palette: Palette, columns: number): string[] {
  const { peaks, gates, leak, findings, timeline, run } = model;
  const fact = (name: string, text: string) => `${palette.dim(name.padEnd(NAME_COLUMNS))} ${text}`;
  const more = `  ${formatSeconds(run.durationMs / 1000)}`;
  const cells = Math.max(1, Math.min(MOST_CELLS, columns - NAME_COLUMNS - more.length - 1));
  const weighty = peaks.tree.holders.filter(({ bytes }) => bytes >= LEAST_SHARE * peaks.tree.bytes);
  const holders = weighty.slice(0, MOST_HOLDERS).map((holder) => `${holderName(holder)} ${formatBytes(holder.bytes)}`);
  const left = weighty.length - holders.length;
  return [
    ...peakLines(peaks).map(({ name, bytes, note }, index) => {
      const figure = formatBytes(bytes);
      return fact(name, `${index === 0 ? palette.bold(figure) : figure} ${palette.dim(note)}`);
    }),
    ...(timeline.atMs.length > 1 ? [fact("memory", `${timelineBlocks(timeline, cells)}${more}`)] : []),
    ...(holders.length > 0 ? [fact("held by", `${holders.join(", ")}${left > 0 ? `, ${left} more` : ""}`)] : []),
    ...(leak === undefined
      ? []
      : [fact("leak", leak.verdict === "leak" ? palette.red(leakText(leak, run.limitBytes)) : leakText(leak, run.limitBytes))]),
    ...gates.map(({ gate, passed, detail }) => fact("gate", `${passed ? palette.green("pass") : palette.red("FAIL")}  ${gate}: ${detail}`)),
    ...findings.flatMap((finding) => [
      fact(...findingFact(finding, palette)),
      ...(finding.severity === "info" ? [] : [fact("  try", palette.dim(finding.fix))]),
    ]),
  ];
}

function findingFact({ severity, title }: Finding, palette: Palette): [name: string, text: string] {
  if (severity === "info") return ["note", title];
  return severity === "serious" ? ["serious", palette.red(title)] : ["warning", palette.yellow(title)];
}
