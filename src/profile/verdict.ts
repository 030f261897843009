import { formatBytes, formatSeconds } from "../base/index.ts";
import type { Holder, ProfileModel, Verdict } from "./model.ts";

/** The run in two sentences: what held the memory and when, and how it ended. */
export function verdictOf(model: Omit<ProfileModel, "verdict">): Verdict {
  const { peaks, findings, gates, leak, run } = model;
  const isBad = gates.some(({ passed }) => !passed) || run.oomKills > 0 || leak?.verdict === "leak";
  const isDoubtful = findings.some(({ severity }) => severity === "serious") || leak?.verdict === "growing" || !run.isComplete;
  return { level: isBad ? "bad" : isDoubtful ? "warning" : "good", headline: headline(peaks), detail: detail(model) };
}

function headline({ tree }: ProfileModel["peaks"]): string {
  if (tree.bytes === 0) return "No sample was taken: the run was shorter than the first one.";
  const peak = `Peak ${formatBytes(tree.bytes)} at ${formatSeconds(tree.atMs / 1000)}`;
  const [first, second] = tree.holders;
  if (first === undefined) return `${peak}.`;
  if (second === undefined || first.bytes >= 0.99 * tree.bytes) return `${peak}, all of it in ${first.name} (pid ${first.pid}).`;
  // Many of a kind, none of which stands out, are one thing.
  const alike = first.bytes < 0.5 * tree.bytes ? heaviestKind(tree.holders) : [first];
  const who = alike.length > 1 ? `${alike.length} × ${alike[0]?.name}` : `${first.name} (pid ${first.pid})`;
  const held = alike.length > 1 ? alike.reduce((sum, { bytes }) => sum + bytes, 0) : first.bytes;
  const others = tree.holders.filter((holder) => (alike.length > 1 ? !alike.includes(holder) : holder !== first));
  const rest = others.length === 0 ? "" : `, ${others.length === 1 ? others[0]?.name : `${others.length} others`} the rest`;
  return `${peak}: ${who} held ${formatBytes(held)}${rest}.`;
}

/** The processes of the program that held most with all its processes. */
function heaviestKind(holders: readonly Holder[]): readonly Holder[] {
  const kinds = new Map<string, Holder[]>();
  for (const holder of holders) kinds.set(holder.name, [...(kinds.get(holder.name) ?? []), holder]);
  const sum = (kind: readonly Holder[]) => kind.reduce((total, { bytes }) => total + bytes, 0);
  return [...kinds.values()].reduce((best, kind) => (sum(kind) > sum(best) ? kind : best), []);
}

function detail({ run, gates, leak, peaks, processes }: Omit<ProfileModel, "verdict">): string {
  const failed = gates.filter(({ passed }) => !passed).length;
  const count = `${processes.length} ${processes.length === 1 ? "process" : "processes"} in ${formatSeconds(run.durationMs / 1000)}`;
  const headroom =
    run.limitBytes > 0
      ? `${formatBytes(Math.max(0, run.limitBytes - peaks.tree.bytes))} below the limit of ${formatBytes(run.limitBytes)}`
      : undefined;
  const judged = gates.length === 0 ? undefined : failed === 0 ? "every gate passed" : `${failed} of ${gates.length} gates failed`;
  return [count, endingOf(run), headroom, judged, leak === undefined ? undefined : LEAK_WORDS[leak.verdict]]
    .filter((part) => part !== undefined)
    .join("; ")
    .concat(".");
}

/** How the target ended: "exit 0", "ended by signal 9", "still running". */
function endingOf({ isComplete, signal, exitCode, source }: ProfileModel["run"]): string {
  if (!isComplete) return "cut off before its end";
  if (signal !== null) return `ended by signal ${signal}`;
  if (exitCode !== null) return `exit ${exitCode}`;
  return source === "attach" ? "attached for that long" : "its end was not seen";
}

/** What a verdict on leaks means, for people. */
export const LEAK_WORDS = {
  leak: "it leaks",
  growing: "it grows, a leak is not proven",
  plateau: "it grew and stopped growing",
  steady: "no leak",
  "too-short": "too short to judge leaks",
} as const;
