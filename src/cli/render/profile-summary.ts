/** What a profile found, in a few lines for people. */
import type { ChalkInstance } from "chalk";
import { diffLines, type ProfileDiff, type ProfileResult, type ShownModel, summaryLines } from "../../commands/index.ts";
import { printable } from "../printable.ts";
import { alignFacts } from "./columns.ts";

/** Of the names that stand in front of what was found. */
const NAME_COLUMNS = 9;

/** What was found: one run, or two compared. */
export type Found = { readonly model: ShownModel } | { readonly diff: ProfileDiff };

export function profileSummary(result: ProfileResult, found: Found | undefined, columns: number, palette: ChalkInstance): string[] {
  const { action, gates, captures, files } = result;
  const written = action === "run" || action === "attach" ? [...captures, ...files] : files;
  const lines = found === undefined ? [] : "diff" in found ? diffLines(found.diff, palette) : summaryLines(found.model, palette, columns);
  const judged = found !== undefined && "diff" in found ? gates : [];
  return [
    ...lines,
    ...judged.map(
      ({ name, passed, text }) => `${passed ? palette.green("pass") : palette.red("FAIL")}  ${printable(name)}: ${printable(text)}`,
    ),
    ...alignFacts(
      written.map((path) => ({ name: "written", text: printable(path) })),
      palette,
      "",
      NAME_COLUMNS - 1,
    ),
  ];
}
