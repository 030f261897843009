import type { ChalkInstance } from "chalk";
import { formatBytes, formatSeconds, printable, printableLines } from "../../base/index.ts";
import type { Failure } from "../messages.ts";
import { alignFacts, type Fact, NAME_WIDTH } from "./columns.ts";

/** Who speaks: "mm transcode", or "mm" when no command was recognised. */
export function programName(command: string | undefined): string {
  return command === undefined ? "mm" : `mm ${command}`;
}

/** An error as its shape in docs/cli.md: what happened, one fact per line, and last what to type. */
export function failureLines(command: string | undefined, failure: Failure, palette: ChalkInstance, isVerbose: boolean): string[] {
  const facts = failure.code === "MM_BUDGET" ? budgetFacts(failure) : plainFacts(failure);
  const message = failure.code === "MM_BUDGET" ? failure.message.replace(/^(over the memory limit): .*$/s, "$1") : failure.message;
  const hint = failure.hint === undefined ? [] : [{ name: "try", text: printable(failure.hint) }];
  const [first = "", ...rest] = printableLines(message);
  return [
    `${palette.red.bold(`${programName(command)}:`)} ${[first, ...rest.map((line) => `  ${line}`)].join("\n")} ${palette.dim(`(${failure.code})`)}`,
    ...(isVerbose ? printableLines(failure.stack).map((line) => palette.dim(`  ${line}`)) : []),
    ...alignFacts([...facts, ...hint], palette, "  ", NAME_WIDTH),
  ];
}

/** One input of several that was refused: as a failure, without what is said of the whole. */
export function refusedLines(
  refused: Pick<Failure, "message" | "code" | "details"> & { readonly hint?: string },
  palette: ChalkInstance,
): string[] {
  const facts = refused.code === "MM_BUDGET" ? budgetFacts(refused) : plainFacts(refused);
  const hint = refused.hint === undefined ? [] : [{ name: "try", text: printable(refused.hint) }];
  return [palette.red(printable(refused.message)), ...alignFacts([...facts, ...hint], palette, "  ", NAME_WIDTH)];
}

/** The ledger's figures, said as sentences. */
function budgetFacts({ details }: Pick<Failure, "details">): Fact[] {
  const { wantedBytes, tag, usedBytes, limitBytes, source, smallestLimitBytes, holders, ...others } = details;
  const facts: Fact[] = [];
  if (typeof wantedBytes === "number") {
    facts.push({ name: "wanted", text: `${formatBytes(wantedBytes)}${tag === undefined ? "" : ` for ${printable(String(tag))}`}` });
  }
  if (typeof limitBytes === "number") {
    const used = typeof usedBytes === "number" ? `, ${formatBytes(usedBytes)} of it in use` : "";
    facts.push({
      name: "limit",
      text: `${formatBytes(limitBytes)}${source === undefined ? "" : ` from ${printable(String(source))}`}${used}`,
    });
  }
  if (holders !== undefined && holders !== "") facts.push({ name: "holders", text: printable(String(holders)) });
  facts.push(...factsOf(others));
  if (typeof smallestLimitBytes === "number") facts.push({ name: "works", text: `with ${formatBytes(smallestLimitBytes)} or more` });
  return facts;
}

/** Facts that only repeat a part of the sentence are for machines; people have read them already. */
function plainFacts({ message, details }: Pick<Failure, "message" | "details">): Fact[] {
  return factsOf(Object.fromEntries(Object.entries(details).filter(([, value]) => !repeats(message, value))));
}

/** A number is part of a sentence only where no digits are around it. */
function repeats(message: string, value: Failure["details"][string]): boolean {
  return typeof value === "number" ? new RegExp(`\\b${value}\\b`).test(message) : message.includes(String(value));
}

function factsOf(details: Failure["details"]): Fact[] {
  return Object.entries(details).map(([key, value]) => {
    if (typeof value === "number" && key.endsWith("Bytes")) return { name: words(key.slice(0, -5)), text: formatBytes(value) };
    if (typeof value === "number" && key.endsWith("Ms")) return { name: words(key.slice(0, -2)), text: formatSeconds(value / 1000) };
    return { name: words(key), text: printableLines(String(value).replaceAll("\t", "  ")).join("\n") };
  });
}

/** "framesExpected" as people read it: "frames expected". */
function words(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
