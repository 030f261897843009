/** What a profile found, in a few lines for people. */
import type { ChalkInstance } from "chalk";
import { withColours } from "../../base/index.ts";
import type { ProfileResult } from "../../commands/index.ts";
import { printable } from "../printable.ts";
import { alignFacts } from "./columns.ts";

/** Of the names that stand in front of what was found. */
const NAME_COLUMNS = 8;

/** @param found - lines with the marks of styles */
export function profileSummary(result: ProfileResult, found: readonly string[], palette: ChalkInstance): string[] {
  const { action, gates, captures, files } = result;
  const written = action === "run" || action === "attach" ? [...captures, ...files] : files;
  const verdict = (passed: boolean) => (passed ? palette.green("pass") : palette.red("FAIL"));
  return [
    ...found.map((line) => withColours(line, palette)),
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
