import { formatBytes, formatSeconds } from "../../base/index.ts";
import type { ProfileModel } from "../model.ts";
import { plain, table } from "./markdown.ts";
import { endText, holderName, leakText, peakLines, timelineBlocks, topProcesses } from "./words.ts";

const CELLS = 60;
const MOST_PROCESSES = 8;
const SIGNS = { good: "✅", warning: "⚠️", bad: "❌" } as const;

/** The run as Markdown for the page of a CI job: verdict, gates, peaks, the run as a row of blocks, who held most, findings. */
export function markdownSummary(model: ProfileModel): string {
  const { run, verdict, gates, peaks, timeline, leak, findings } = model;
  const lines = [
    `### ${SIGNS[verdict.level]} mm profile: ${plain(run.title)}`,
    "",
    `**${plain(verdict.headline)}** ${plain(verdict.detail)}`,
    "",
    ...(gates.length === 0
      ? []
      : [
          ...table(
            ["gate", "result", "measured"],
            gates.map(({ gate, passed, detail }) => [plain(gate), passed ? "✅ pass" : "❌ **fail**", plain(detail)]),
          ),
          "",
        ]),
    ...table(
      ["peak of", "bytes", ""],
      peakLines(peaks).map(({ name, bytes, note }) => [name, formatBytes(bytes), plain(note)]),
      [1],
    ),
    "",
    ...(timeline.atMs.length === 0
      ? []
      : [
          "```text",
          `${timelineBlocks(timeline, CELLS)}  ${formatBytes(peaks.tree.bytes)} highest, ${formatSeconds(run.durationMs / 1000)} long`,
          "```",
          "",
        ]),
    ...(leak === undefined ? [] : [`Leak: ${plain(leakText(leak, run.limitBytes))}.`, ""]),
    ...processTable(model),
    ...findings.map(
      ({ severity, title, evidence, fix }) =>
        `- **${severity === "info" ? "note" : severity}: ${plain(title)}.** ${plain(evidence)} *Try:* ${plain(fix)}`,
    ),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function processTable(model: ProfileModel): string[] {
  const top = topProcesses(model, MOST_PROCESSES);
  if (top.length === 0) return [];
  const rows = top.map((facts) => [
    plain(holderName(facts)),
    facts.samples === 0 ? "not sampled" : formatBytes(facts.peakUsedBytes),
    facts.highWaterBytes === 0 ? "not seen" : formatBytes(facts.highWaterBytes),
    formatSeconds(facts.cpuMs / 1000),
    formatSeconds((facts.endMs - facts.startMs) / 1000),
    endText(facts),
  ]);
  const left = model.processes.length - top.length;
  const head = ["process", "used, highest", "high-water mark", "CPU", "lived", "end"];
  return [...table(head, rows, [1, 2, 3, 4, 5]), ...(left > 0 ? ["", `and ${left} more`] : []), ""];
}
