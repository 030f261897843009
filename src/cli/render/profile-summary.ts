/** What a profile found, in a few lines for people. */
import type { ChalkInstance } from "chalk";
import { formatBytes } from "../../base/index.ts";
import type { ProfileResult } from "../../commands/index.ts";
import { printable } from "../printable.ts";
import { alignFacts, NAME_WIDTH } from "./columns.ts";

export function profileSummary(result: ProfileResult, palette: ChalkInstance): string[] {
  const { peakBytes, cgroupPeakBytes, processes, leak, gates, captures, files } = result;
  const cgroup = cgroupPeakBytes === null ? "" : `, its cgroup ${formatBytes(cgroupPeakBytes)}`;
  const facts = [
    { name: "peak", text: `${formatBytes(peakBytes)}${cgroup}, ${processes} ${processes === 1 ? "process" : "processes"}` },
    { name: "trend", text: leak.verdict },
    ...gates.map(({ name, passed, text }) => ({
      name: "gate",
      text: `${passed ? palette.green("passed") : palette.red("failed")} ${printable(name)}: ${printable(text)}`,
    })),
    ...[...captures, ...files].map((path) => ({ name: "file", text: printable(path) })),
  ];
  return alignFacts(facts, palette, "", NAME_WIDTH);
}
