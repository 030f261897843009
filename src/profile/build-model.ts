import { basename } from "node:path";
import { printable } from "../base/index.ts";
import type { Capture } from "./capture/records.ts";
import { findingsOf } from "./findings/index.ts";
import { collectionsOf, floorsOf, marksOf, stacksOf } from "./happenings.ts";
import type { GateOutcome, Holder, LeakSummary, Method, Peaks, ProfileModel, RunFacts } from "./model.ts";
import { lifetimes, processFacts } from "./processes.ts";
import { type TimelineWalk, walkTimeline } from "./timeline.ts";
import { verdictOf } from "./verdict.ts";

/** Enough for a chart twice as wide as a screen has columns. */
const POINTS = 4000;
/** At each point all processes are looked at that live then: with more of them than any sampler follows there are fewer points. */
const MOST_LOOKS = 20_000_000;
const FEWEST_POINTS = 16;
const TITLE_LETTERS = 60;

export type ModelOptions = {
  /** What the caller has judged. */
  readonly gates?: readonly GateOutcome[];
  readonly leak?: LeakSummary;
  /** Most points of the timeline. */
  readonly points?: number;
};

/** Everything the reports say about one capture. */
export function buildModel(capture: Capture, options: ModelOptions = {}): ProfileModel {
  const durationMs = durationOf(capture);
  const known = lifetimes(capture.events, durationMs);
  const labelOf = (process: number) => {
    const lifetime = known[process];
    return lifetime === undefined ? `process ${process}` : `${lifetime.name} (${lifetime.pid})`;
  };
  const programOf = (process: number) => known[process]?.name ?? `process ${process}`;
  const mostPoints = Math.max(FEWEST_POINTS, Math.floor(MOST_LOOKS / mostAlive(capture)));
  const walk = walkTimeline(capture, Math.min(options.points ?? POINTS, mostPoints), { labelOf, programOf });
  const processes = processFacts(capture, known, walk.states);
  const holder = (process: number, bytes: number): Holder => {
    const { name = `process ${process}`, pid = 0 } = processes[process] ?? {};
    return { process, name, pid, bytes };
  };
  const gates = options.gates ?? [];
  const parts = {
    run: runOf(capture, durationMs),
    peaks: peaksOf(capture, walk, processes, holder),
    ...{ processes, timeline: walk.timeline, gates },
    marks: marksOf(capture.events, labelOf),
    collections: collectionsOf(capture),
    floors: floorsOf(capture),
    stacks: stacksOf(capture.events),
    method: methodOf(capture, durationMs),
    ...(options.leak === undefined ? {} : { leak: options.leak }),
  };
  const findings = findingsOf({ ...parts, capture, highest: walk.highest });
  return { ...parts, findings, verdict: verdictOf({ ...parts, findings }) };
}

/** At a time, 1 at least. */
function mostAlive({ events }: Capture): number {
  let [alive, most] = [0, 1];
  for (const { type } of events) {
    alive += type === "process" ? 1 : type === "exit" ? -1 : 0;
    most = Math.max(most, alive);
  }
  return most;
}

/** Until the last thing that was written, where the end is missing. */
function durationOf({ end, tables, events }: Capture): number {
  if (end !== undefined) return end.atMs;
  const lastRows = Object.values(tables).map(({ atMs }) => atMs[atMs.length - 1] ?? 0);
  return events.reduce((last, { atMs }) => Math.max(last, atMs), Math.max(0, ...lastRows));
}

function runOf({ header, end }: Capture, durationMs: number): RunFacts {
  const { source, startedAt, limitBytes, version, host } = header;
  const command = header.command.map(printable);
  const words = [basename(command[0] ?? ""), ...command.slice(1)].join(" ");
  return {
    ...{ command, title: words.length > TITLE_LETTERS ? `${words.slice(0, TITLE_LETTERS - 1)}…` : words },
    ...{ source, startedAt, durationMs, limitBytes, version, host, isComplete: end !== undefined },
    ...{ exitCode: end?.exitCode ?? null, signal: end?.signal ?? null, oomKills: end?.oomKills ?? 0 },
  };
}

function peaksOf(
  { tables: { tree }, end }: Capture,
  { timeline, peakHeld, peakPoint }: TimelineWalk,
  processes: ProfileModel["processes"],
  holder: (process: number, bytes: number) => Holder,
): Peaks {
  const atMs = timeline.atMs[peakPoint] ?? 0;
  const row = tree.atMs.indexOf(atMs);
  let [measuredBytes, sampledBytes, sampledAnonBytes] = [0, 0, 0];
  for (const [index, isMeasured] of tree.isMeasured.entries()) {
    if (isMeasured === 1) measuredBytes = Math.max(measuredBytes, tree.usedBytes[index] ?? 0);
    sampledBytes = Math.max(sampledBytes, tree.cgroupBytes[index] ?? 0);
    sampledAnonBytes = Math.max(sampledAnonBytes, tree.cgroupAnonBytes[index] ?? 0);
  }
  const biggest = processes.reduce<ProfileModel["processes"][number] | undefined>(
    (best, each) => (each.highWaterBytes > (best?.highWaterBytes ?? 0) ? each : best),
    undefined,
  );
  const cgroupBytes = end?.cgroupPeakBytes ?? null;
  return {
    tree: {
      ...{ bytes: timeline.usedBytes[peakPoint] ?? 0, atMs, isMeasured: timeline.isMeasured[peakPoint] === 1, measuredBytes },
      ...{
        fileBytes: tree.fileBytes[row] ?? 0,
        holders: peakHeld.filter(([, bytes]) => bytes > 0).map(([process, bytes]) => holder(process, bytes)),
      },
    },
    cgroup: cgroupBytes === null && sampledBytes === 0 ? null : { bytes: cgroupBytes, sampledBytes, sampledAnonBytes },
    process: biggest === undefined ? null : holder(biggest.process, biggest.highWaterBytes),
  };
}

function methodOf({ header, tables: { tree }, end, damagedBytes }: Capture, durationMs: number): Method {
  return {
    ...{ tracking: header.tracking, intervalMs: header.intervalMs, ticks: tree.atMs.length, damagedBytes },
    measuredTicks: tree.isMeasured.reduce((sum, isMeasured) => sum + isMeasured, 0),
    missedTicks: end?.missedTicks ?? null,
    ownCpuMs: end?.ownCpuMs ?? null,
    ownCpuShare: end === undefined || durationMs <= 0 ? null : end.ownCpuMs / durationMs,
    ownBytes: end?.ownBytes ?? null,
    unavailable: header.unavailable.map(printable),
  };
}
