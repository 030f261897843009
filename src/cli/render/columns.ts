import { stripVTControlCharacters } from "node:util";
import type { ChalkInstance } from "chalk";

/**
 * Rows of cells as aligned lines, two blanks between columns and nothing after the last cell; columns named in `right` align right.
 * Widths count UTF-16 units: cells are ASCII, and names from outside come last in their row.
 */
export function alignColumns(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (right.includes(index) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** Lines of whole words, none wider than `columns` unless a word is. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    let filled = "";
    for (const word of line.split(" ")) {
      if (filled !== "" && filled.length + 1 + word.length > columns) {
        lines.push(filled);
        filled = word;
      } else filled = filled === "" ? word : `${filled} ${word}`;
    }
    lines.push(filled);
  }
  return lines;
}

/** A line that has its colours already, as lines of whole words; those after the first are indented by `indent` blanks. */
export function wrapColoured(line: string, columns: number, indent: number): string[] {
  const lines = [""];
  let filled = 0;
  // Each word with the blanks before it, so that those of a column stay.
  for (const word of line.match(/\s*\S+/g) ?? []) {
    const width = stripVTControlCharacters(word).length;
    if (filled > indent && filled + width > columns) {
      const start = " ".repeat(indent) + word.trimStart();
      lines.push(start);
      filled = stripVTControlCharacters(start).length;
    } else {
      lines.push(`${lines.pop() ?? ""}${word}`);
      filled += width;
    }
  }
  return lines;
}

/** Least width of the names in what is said on stderr, so that plan, summary and errors stand in one column. */
export const NAME_WIDTH = 7;

export type Fact = { readonly name: string; readonly text: string };

/** One fact per line, names dim and in a column at least `width` wide; lines after a text's first one are indented under it. */
export function alignFacts(facts: readonly Fact[], palette: ChalkInstance, indent = "", width = 0): string[] {
  const nameWidth = Math.max(width, ...facts.map((fact) => fact.name.length));
  return facts.flatMap((fact) => {
    const [first = "", ...rest] = fact.text.split("\n");
    const lead = `${indent}${palette.dim(fact.name.padEnd(nameWidth))}  `;
    return [`${lead}${first}`.trimEnd(), ...rest.map((line) => `${indent}${" ".repeat(nameWidth)}  ${line}`.trimEnd())];
  });
}
