import { formatBytes, formatSeconds, sparkline } from "../../base/index.ts";
import type { Holder, LeakSummary, Peaks, ProcessFacts, ProfileModel, Timeline } from "../model.ts";
import { LEAK_WORDS } from "../verdict.ts";
import { thinTimeline } from "./profile-document.ts";

/** A peak as a line of a table: its name, its figure, and what is to be known of it. */
export type PeakLine = { readonly name: string; readonly bytes: number; readonly note: string };

/** Every peak there is, each with its name; none is made of others. */
export function peakLines({ tree, cgroup, process }: Peaks): PeakLine[] {
  const how = tree.isMeasured ? "measured" : `estimated; highest measured ${formatBytes(tree.measuredBytes)}`;
  return [
    { name: "tree", bytes: tree.bytes, note: `at ${formatSeconds(tree.atMs / 1000)}, ${how}` },
    ...(cgroup === null ? [] : [{ name: "cgroup", bytes: cgroup.bytes ?? cgroup.sampledBytes, note: cgroupNote(cgroup) }]),
    ...(process === null ? [] : [{ name: "process", bytes: process.bytes, note: `high-water mark (RSS) of ${holderName(process)}` }]),
  ];
}

function cgroupNote({ bytes, sampledBytes }: NonNullable<Peaks["cgroup"]>): string {
  if (bytes === null) return "highest sample, page cache included; the kernel's own mark was not read";
  return `by the kernel, page cache included; highest sample ${formatBytes(sampledBytes)}`;
}

export function holderName({ name, pid }: Pick<Holder, "name" | "pid">): string {
  return `${name} (${pid})`;
}

/** The run as a row of blocks, each the highest use in its share of the time; the highest block is the tree's peak. */
export function timelineBlocks(timeline: Timeline, cells: number): string {
  const { usedBytes } = thinTimeline(timeline, cells);
  return sparkline([...usedBytes], Math.max(1, ...usedBytes));
}

/** The processes that held most, most first. */
export function topProcesses({ processes }: ProfileModel, count: number): ProcessFacts[] {
  const weight = ({ peakUsedBytes, highWaterBytes }: ProcessFacts) => Math.max(peakUsedBytes, highWaterBytes);
  return [...processes].sort((a, b) => weight(b) - weight(a)).slice(0, count);
}

/** @param limitBytes - of the run */
export function leakText(leak: LeakSummary, limitBytes: number): string {
  if (leak.verdict === "too-short") return `too short to judge ${leak.of}${leak.note === undefined ? "" : `; ${leak.note}`}`;
  const trend = leakTrend(leak, limitBytes);
  return `${LEAK_WORDS[leak.verdict]}: ${leak.of}${trend === "" ? "" : `, ${trend}`}${leak.note === undefined ? "" : `; ${leak.note}`}`;
}

/** The slope with its confidence, and when the limit would be reached where it is going there; nothing of a run too short to have one. */
export function leakTrend(
  { verdict, slopeBytesPerSecond, lowBytesPerSecond, highBytesPerSecond, secondsToLimit }: LeakSummary,
  limitBytes: number,
): string {
  if (verdict === "too-short") return "";
  const slope = `${signedBytes(slopeBytesPerSecond)}/s (${signedBytes(lowBytesPerSecond)}/s to ${signedBytes(highBytesPerSecond)}/s)`;
  const isGoing = verdict === "leak" || verdict === "growing";
  return isGoing && secondsToLimit !== undefined
    ? `${slope}, at the limit of ${formatBytes(limitBytes)} in ${formatSeconds(secondsToLimit)}`
    : slope;
}

export function signedBytes(bytes: number): string {
  return `${bytes > 0 ? "+" : ""}${formatBytes(bytes)}`;
}

/** How a process ended, in a cell. */
export function endText({ exited, signal, exitCode }: ProcessFacts): string {
  if (!exited) return "alive";
  if (signal !== null) return `signal ${signal}`;
  return exitCode === null ? "unknown" : String(exitCode);
}
