import { MIB } from "../../base/index.ts";
import { at, percent, processLabel, type Rule, size } from "./evidence.ts";

/** Tools that add resident sizes count shared pages once for each process. */
export const sharedCountedOften: Rule = ({ timeline }) => {
  const { residentSumBytes, proportionalSumBytes, atMs, processes } = timeline;
  let worst = 0;
  // What a process alone shares, program text above all, it shares with others on the machine: a sum of one counts nothing twice.
  const excess = (point: number) =>
    timeline.isMeasured[point] === 1 && (processes[point] ?? 0) > 1
      ? (residentSumBytes[point] ?? 0) - (proportionalSumBytes[point] ?? 0)
      : 0;
  for (const point of atMs.keys()) if (excess(point) > excess(worst)) worst = point;
  const [residentBytes, onceBytes] = [residentSumBytes[worst] ?? 0, proportionalSumBytes[worst] ?? 0];
  if (onceBytes <= 0 || excess(worst) < 16 * MIB || excess(worst) < 0.1 * residentBytes) return [];
  return [
    {
      id: "shared-counted-often",
      severity: "info",
      title: `Tools that add resident sizes show ${size(excess(worst))} too much`,
      evidence: `At ${at(atMs[worst] ?? 0)} the resident sizes of ${timeline.processes[worst] ?? 0} processes add up to ${size(residentBytes)}; with every shared page counted once it is ${size(onceBytes)}.`,
      fix: "Size the machine by the tree's peak of this report, not by sums of RSS (ps, top, docker stats of each process).",
      figures: { residentSumBytes: residentBytes, proportionalSumBytes: onceBytes },
      atMs: atMs[worst] ?? 0,
    },
  ];
};

export const pageTables: Rule = ({ highest, peaks, timeline }) => {
  const { pageTableBytes } = highest;
  if (pageTableBytes < 16 * MIB || pageTableBytes < 0.01 * peaks.tree.bytes) return [];
  return [
    {
      id: "page-tables",
      severity: "info",
      title: `Page tables take ${size(pageTableBytes)}`,
      evidence: `That is ${percent(pageTableBytes / Math.max(1, peaks.tree.bytes))} of the tree's peak, on top of it, for up to ${Math.max(0, ...timeline.processes)} processes. Each process has its own, also for memory it shares.`,
      fix: "Huge pages shrink them 512 times: madvise(MADV_HUGEPAGE) on big mappings, or hugetlbfs for shared segments.",
      figures: { pageTableBytes, peakBytes: peaks.tree.bytes },
    },
  ];
};

export const peakByChild: Rule = (evidence) => {
  const { bytes: peakBytes, atMs, holders } = evidence.peaks.tree;
  const [first] = holders;
  const facts = first === undefined ? undefined : evidence.processes[first.process];
  if (first === undefined || facts === undefined || facts.parent < 0 || first.bytes < 0.5 * peakBytes) return [];
  return [
    {
      id: "peak-by-child",
      severity: "info",
      title: `The peak is ${processLabel(evidence, first.process)}`,
      evidence: `It held ${size(first.bytes)} of ${size(peakBytes)} at ${at(atMs)}, ${at(atMs - facts.startMs)} after it was started by ${processLabel(evidence, facts.parent)}.`,
      fix: "To lower the peak of the whole, lower this child's, or run fewer of them at a time.",
      figures: { bytes: first.bytes, peakBytes, pid: first.pid },
      ...{ process: first.process, atMs },
    },
  ];
};

export const swapUsed: Rule = ({ highest: { swapBytes } }) =>
  swapBytes < MIB
    ? []
    : [
        {
          id: "swap-used",
          severity: "warning",
          title: `${size(swapBytes)} were swapped out`,
          evidence: `At its worst ${size(swapBytes)} of the tree's memory were in swap. The peak counts them, the resident sizes do not.`,
          fix: "Times measured on this run are those of a machine short of memory. Give it more, or lower what runs at a time.",
          figures: { swapBytes },
        },
      ];

export const stalls: Rule = ({ capture: { tables }, run }) => {
  const { someStallMicros, fullStallMicros } = tables.tree;
  const shareOf = (column: Float64Array) => ((column.at(-1) ?? 0) - (column[0] ?? 0)) / 1000 / Math.max(1, run.durationMs);
  const [someShare, fullShare] = [shareOf(someStallMicros), shareOf(fullStallMicros)];
  if (someShare < 0.05 && fullShare < 0.01) return [];
  return [
    {
      id: "stalls",
      severity: fullShare >= 0.05 ? "serious" : "warning",
      title: `Work stood still for memory ${percent(Math.max(someShare, fullShare))} of the time`,
      evidence: `Some tasks waited for memory ${percent(someShare)} of the run, all of them ${percent(fullShare)} (pressure stall information of the kernel).`,
      fix: "The limit is too tight for this work: pages are read again and again. Raise it, or lower what runs at a time.",
      figures: { someShare, fullShare },
    },
  ];
};
