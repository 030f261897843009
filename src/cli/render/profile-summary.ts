/** What a profile found, in a few lines for people. */
import type { ChalkInstance } from "chalk";
import { printable, withColours } from "../../base/index.ts";
import type { ProfileResult } from "../../commands/index.ts";
import { alignFacts, wrapColoured } from "./columns.ts";

/** Of the names that stand in front of what was found. */
const NAME_COLUMNS = 8;

/** Of those names and the blank behind them. */
const FOUND_INDENT = 10;

/**
 * @param found - lines with the marks of styles
 * @param columns - width of the terminal; without one nothing is wrapped
 */
export function profileSummary(
  result: ProfileResult,
  found: readonly string[],
  palette: ChalkInstance,
  columns: number = Number.POSITIVE_INFINITY,
): string[] {
  const { action, gates, captures, files } = result;
  const written = action === "run" || action === "attach" ? [...captures, ...files] : files;
  const verdict = (passed: boolean) => (passed ? palette.green("pass") : palette.red("FAIL"));
  return [
    // A table of a diff is no text: its lines stay whole.
    ...found.flatMap((line) => {
      const coloured = withColours(line, palette);
      return action === "diff" ? [coloured] : wrapColoured(coloured, columns, FOUND_INDENT);
    }),
    // Those of a run are among what was found.
    ...(action === "diff" ? gates : []).map(({ name, passed, text }) => `${verdict(passed)}  ${printable(name)}: ${printable(text)}`),
    ...alignFacts(
      written.map((path) => ({ name: "written", text: printable(path) })),
      palette,
      "",
      NAME_COLUMNS,
    ),
  ];
}
