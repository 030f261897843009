import type { Palette } from "../../base/index.ts";
import { formatBytes } from "../../base/index.ts";
import { changeText, type FigureDiff, figureText, type ProfileDiff } from "../diff.ts";
import { plain, table } from "./markdown.ts";
import { signedBytes } from "./words.ts";

const MOST_ROWS = 10;
const SIGNS = { same: "", better: "✅", worse: "❌" } as const;

/** Two runs as Markdown for the page of a CI job. */
export function markdownDiff(diff: ProfileDiff): string {
  const { verdict, figures, programs, functions, newFindings, goneFindings, after } = diff;
  const changed = programs.filter(({ before, after }) => before.peakUsedBytes !== after.peakUsedBytes).slice(0, MOST_ROWS);
  const lines = [
    `### ${verdict.level === "bad" ? "❌" : "✅"} mm profile diff: ${plain(after.title)}`,
    "",
    `**${plain(verdict.headline)}** ${plain(verdict.detail)}`,
    "",
    ...table(
      ["", "before", "after", "change", ""],
      figures.map((figure) => [...figureCells(figure), SIGNS[figure.outcome]]),
      [1, 2, 3],
    ),
    ...(changed.length === 0
      ? []
      : [
          "",
          ...table(
            ["program", "before", "after", "change"],
            changed.map(({ name, before, after }) => [
              plain(name),
              `${formatBytes(before.peakUsedBytes)} × ${before.count}`,
              `${formatBytes(after.peakUsedBytes)} × ${after.count}`,
              signedBytes(after.peakUsedBytes - before.peakUsedBytes),
            ]),
            [1, 2, 3],
          ),
        ]),
    ...(functions.length === 0
      ? []
      : [
          "",
          ...table(
            ["function", "before", "after", "change"],
            functions
              .slice(0, MOST_ROWS)
              .map(({ name, beforeBytes, afterBytes }) => [
                plain(name),
                formatBytes(beforeBytes),
                formatBytes(afterBytes),
                signedBytes(afterBytes - beforeBytes),
              ]),
            [1, 2, 3],
          ),
        ]),
    "",
    ...newFindings.map(({ title }) => `- new: ${plain(title)}`),
    ...goneFindings.map(({ title }) => `- gone: ${plain(title)}`),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** Two runs for people, a figure a line. */
export function diffLines({ verdict, figures, newFindings, goneFindings }: ProfileDiff, palette: Palette): string[] {
  const rows = figures.map(figureCells);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return [
    (verdict.level === "bad" ? palette.red : palette.bold)(`${verdict.headline} ${verdict.detail}`),
    ...rows.map((row, index) => {
      const [label = "", before = "", after = "", change = ""] = row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      );
      const outcome = figures[index]?.outcome;
      const colour = outcome === "worse" ? palette.red : outcome === "better" ? palette.green : palette.dim;
      return `${palette.dim(label)}  ${before}  ${after}  ${colour(change)}`;
    }),
    ...newFindings.map(({ title }) => `${palette.yellow("new ")}  ${title}`),
    ...goneFindings.map(({ title }) => `${palette.green("gone")}  ${title}`),
  ];
}

function figureCells({ label, unit, before, after, changeShare }: FigureDiff): string[] {
  return [label, figureText(before, unit), figureText(after, unit), changeText(changeShare)];
}
