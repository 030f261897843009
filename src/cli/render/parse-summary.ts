import type { ChalkInstance } from "chalk";
import { formatBytes, formatSeconds, printable } from "../../base/index.ts";
import type { ParseResult, Report } from "../../commands/index.ts";
import { alignFacts, type Fact, NAME_WIDTH } from "./columns.ts";
import { memoryText } from "./reduce-summary.ts";

/** From so many messages on it says something how many are read in a second. */
const MANY = 10;

/** What a parse did, for people. @param output - a file or folder; "-" = stdout */
export function parseSummary(output: string, report: Report<ParseResult>, palette: ChalkInstance): string[] {
  const { result, elapsedMs } = report;
  const { files, failedFiles, releases, tracks, deals, parties, problems, bytes, retries } = result;
  const rate = result.bytesPerSecond > 0 ? `, ${formatBytes(result.bytesPerSecond)}/s` : "";
  const many = files >= MANY && elapsedMs > 0 ? `, ${count((1000 * files) / elapsedMs, "file", "files")}/s` : "";
  const records = [count(releases, "release", "releases"), count(tracks, "track", "tracks"), count(deals, "deal", "deals")];
  const facts: Fact[] = [
    { name: "output", text: `${output === "-" ? "stdout" : printable(output)}, ${formatBytes(result.outputBytes)}` },
    { name: "records", text: [...records, ...(parties > 0 ? [count(parties, "party", "parties")] : [])].join(", ") },
    {
      name: "input",
      text: `${count(files, "message", "messages")}, ${formatBytes(bytes)}${failedFiles > 0 ? `, ${failedFiles} refused` : ""}`,
    },
    ...(problems > 0 ? [{ name: "odd", text: `${count(problems, "problem", "problems")}: see "problems" of the releases` }] : []),
    ...(retries > 0 ? [{ name: "retries", text: `${count(retries, "message", "messages")} read again in smaller chunks` }] : []),
    { name: "time", text: `${formatSeconds(elapsedMs / 1000)}${rate}${many}` },
    { name: "memory", text: memoryText(report) },
  ];
  return alignFacts(facts, palette, "", NAME_WIDTH);
}

function count(value: number, one: string, many: string): string {
  return `${Math.round(value).toLocaleString("en-US")} ${value === 1 ? one : many}`;
}
