/** The options of `mm profile`, once. */

import { parseBytes } from "../base/index.ts";
import type { Ceiling, Metric } from "../commands/index.ts";
import { PROFILE, RUN, SAY } from "./option-groups.ts";
import type { OptionSpec } from "./option-spec.ts";
import { oneOf, onOff, type ParseValue, text, timeSpan, wholeNumber, wrongValue } from "./values.ts";

const METRICS = [
  ...(["used", "pss", "uss", "rss", "anon", "shm", "swap", "heap", "external", "cgroup", "ledger"] as const),
] satisfies readonly Metric[];

/** "50ms", "0.2s", "100" (milliseconds). @returns milliseconds */
const interval: ParseValue<number> = (value, origin) => {
  const [, digits = "", unit = "ms"] = /^(\d{1,6}(?:\.\d{1,3})?)(ms|s)?$/.exec(value) ?? [];
  const ms = Number(digits || Number.NaN) * (unit === "s" ? 1000 : 1);
  if (!(ms >= 10 && ms <= 60_000)) throw wrongValue(origin, "a time from 10ms to 60s", value, "50ms");
  return ms;
};

const percent: ParseValue<number> = (value, origin) => {
  const [, digits = ""] = /^(\d{1,4}(?:\.\d{1,3})?)\s?%?$/.exec(value) ?? [];
  if (digits === "") throw wrongValue(origin, "percent such as 5%", value);
  return Number(digits);
};

/** "512M", "512M:pss", "1G:rss:each", "200M:heap:node*", several with commas between them. */
const ceilings: ParseValue<readonly Ceiling[]> = (value, origin) => value.split(",").map((each) => ceiling(each.trim(), origin));

const ceiling: ParseValue<Ceiling> = (value, origin) => {
  const [size = "", metricName = "used", scopeName = "tree", ...rest] = value.split(":");
  const metric = METRICS.find((name) => name === metricName);
  if (metric === undefined) throw wrongValue(origin, `a metric out of ${METRICS.join(", ")}`, metricName, "512M:pss");
  if (scopeName === "" || rest.length > 0) throw wrongValue(origin, "size[:metric[:scope]]", value, "512M:pss:each");
  if (metric === "cgroup" && scopeName !== "tree") throw wrongValue(origin, "the scope tree for the metric cgroup", scopeName);
  const scope = scopeName === "tree" || scopeName === "each" ? scopeName : { name: scopeName };
  return { text: value, limitBytes: parseBytes(size, origin), metric, scope };
};

export const capture: OptionSpec<string> = {
  flags: "-o, --output <capture>",
  group: PROFILE,
  help: "the capture to write (default: mm-profile-<command>-<time>.mmprof)",
  parse: text,
  stored: "never",
};
export const html: OptionSpec<string> = {
  flags: "--html <file>",
  group: PROFILE,
  help: "write the report as one page that opens anywhere",
  parse: text,
  stored: "never",
};
export const speedscope: OptionSpec<string> = {
  flags: "--speedscope <file>",
  group: PROFILE,
  help: "write the stacks for speedscope",
  parse: text,
  stored: "never",
};
export const pprof: OptionSpec<string> = {
  flags: "--pprof <file>",
  group: PROFILE,
  help: "write the stacks for pprof",
  parse: text,
  stored: "never",
};
export const sampleInterval: OptionSpec<number> = {
  flags: "--interval <time>",
  group: PROFILE,
  help: "between two looks at the tree, 10ms to 60s (default: 50ms)",
  parse: interval,
};
export const stacks: OptionSpec<boolean> = {
  flags: "--stacks",
  group: PROFILE,
  help: "sample which JavaScript allocates what (Node processes)",
  parse: onOff,
};
export const everyProcess: OptionSpec<boolean> = {
  flags: "--every-process",
  group: PROFILE,
  help: "stop each process at its end to read its peak (ptrace: slower for short ones, no debugger or LeakSanitizer beside it)",
  parse: onOff,
};
export const tool: OptionSpec<"heaptrack" | "massif"> = {
  flags: "--tool <name>",
  group: PROFILE,
  help: "heaptrack or massif: run the command under it, for stacks of native code",
  parse: oneOf(["heaptrack", "massif"]),
};
export const live: OptionSpec<boolean> = {
  flags: "--live",
  group: PROFILE,
  help: "show the tree on stderr while it runs: a live view on a terminal, else a line a second",
  parse: onOff,
};
export const duration: OptionSpec<number> = {
  flags: "--duration <time>",
  group: PROFILE,
  help: "attach: stop looking after so long: 30, 1:30 (default: when the process ends, or Ctrl-C)",
  parse: timeSpan,
  stored: "never",
};
export const failAbove: OptionSpec<readonly Ceiling[]> = {
  flags: "--fail-above <size[:metric[:scope]]>",
  group: PROFILE,
  help: `exit 3 above this peak; metric: ${METRICS.join(", ")} (default: used); scope: tree, each or a process name such as node* (default: tree)`,
  parse: ceilings,
  isRepeatable: true,
};
export const failOnLeak: OptionSpec<boolean> = {
  flags: "--fail-on-leak",
  group: PROFILE,
  help: "exit 3 when memory grows without end, beyond doubt; forces full collections in Node programs",
  parse: onOff,
};
export const failOnIncrease: OptionSpec<number> = {
  flags: "--fail-on-increase <percent>",
  group: PROFILE,
  help: "exit 3 when the peak is so much above that of --baseline",
  parse: percent,
};
export const baseline: OptionSpec<string> = {
  flags: "--baseline <file>",
  group: PROFILE,
  help: "a capture, or the report (--report) of an earlier run",
  parse: text,
};
export const repeat: OptionSpec<number> = {
  flags: "--repeat <n>",
  group: PROFILE,
  help: "run the command so often, one after the other, and judge the median",
  parse: wholeNumber(1, 1000),
};
export const summary: OptionSpec<boolean> = {
  flags: "--summary",
  group: SAY,
  help: "print the result as Markdown on stdout, for the page of a CI job",
  parse: onOff,
};
export const overwriteCapture: OptionSpec<boolean> = {
  flags: "-y, --overwrite",
  group: RUN,
  help: "replace existing files (default: that is an error)",
  parse: onOff,
};
