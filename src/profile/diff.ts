import { formatBytes, formatSeconds } from "../base/index.ts";
import type { Finding, ProfileModel, RunFacts, Verdict } from "./model.ts";
import { type CallFunction, callFunctions } from "./report/call-tree.ts";
import { stackTree } from "./stack-tree.ts";

/** Two runs side by side: `before` is what `after` is judged by. */
export type ProfileDiff = {
  readonly before: RunFacts;
  readonly after: RunFacts;
  readonly verdict: Verdict;
  /** A change up to this share counts as noise. */
  readonly toleranceShare: number;
  readonly figures: readonly FigureDiff[];
  /** By program, the ones that changed most first. */
  readonly programs: readonly ProgramDiff[];
  /** Functions by what they and those they call hold, the ones that changed most first; empty unless both have stacks. */
  readonly functions: readonly FunctionDiff[];
  readonly newFindings: readonly Finding[];
  readonly goneFindings: readonly Finding[];
};

type FigureId = "tree-peak" | "cgroup-peak" | "process-peak" | "cpu" | "duration" | "processes";

export type FigureDiff = {
  readonly id: FigureId;
  readonly label: string;
  readonly unit: "bytes" | "ms" | "count";
  readonly before: number;
  readonly after: number;
  /** Of `before`; null where that is 0. */
  readonly changeShare: number | null;
  /** More than the tolerance: memory that grew is worse. Time and counts are shown, and never judged. */
  readonly outcome: "same" | "better" | "worse";
};

type ProgramDiff = {
  readonly name: string;
  readonly before: ProgramFacts;
  readonly after: ProgramFacts;
};

/** All processes of a program together; zeros where there was none. */
type ProgramFacts = {
  readonly count: number;
  readonly peakUsedBytes: number;
  readonly highWaterBytes: number;
  readonly cpuMs: number;
};

type FunctionDiff = Pick<CallFunction, "kind" | "name" | "place"> & { readonly beforeBytes: number; readonly afterBytes: number };

const MOST_FUNCTIONS = 50;

/** Compares two runs. `toleranceShare` 0.05 lets 5 % pass as noise. */
export function diffModels(before: ProfileModel, after: ProfileModel, toleranceShare: number): ProfileDiff {
  const figures = figuresOf(before, after, toleranceShare);
  const has = (findings: readonly Finding[], { id }: Finding) => findings.some((other) => other.id === id);
  return {
    ...{ before: before.run, after: after.run, toleranceShare, figures },
    verdict: verdictOfDiff(figures, toleranceShare),
    programs: programsOf(before, after),
    functions: functionsOf(before, after),
    newFindings: after.findings.filter((finding) => !has(before.findings, finding)),
    goneFindings: before.findings.filter((finding) => !has(after.findings, finding)),
  };
}

function figuresOf(before: ProfileModel, after: ProfileModel, toleranceShare: number): FigureDiff[] {
  const cpuMs = ({ processes }: ProfileModel) => processes.reduce((sum, facts) => sum + facts.cpuMs, 0);
  const figure = (
    id: FigureId,
    label: string,
    unit: FigureDiff["unit"],
    amount: (model: ProfileModel) => number | null | undefined,
  ): FigureDiff[] => {
    const [was, is] = [amount(before), amount(after)];
    if (typeof was !== "number" || typeof is !== "number") return [];
    const changeShare = was === 0 ? null : (is - was) / was;
    const isJudged = unit === "bytes" && changeShare !== null && Math.abs(changeShare) > toleranceShare;
    return [{ id, label, unit, before: was, after: is, changeShare, outcome: isJudged ? (is > was ? "worse" : "better") : "same" }];
  };
  return [
    ...figure("tree-peak", "tree peak", "bytes", ({ peaks }) => peaks.tree.bytes),
    ...figure("cgroup-peak", "cgroup peak", "bytes", ({ peaks }) => peaks.cgroup?.bytes),
    ...figure("process-peak", "biggest process (RSS)", "bytes", ({ peaks }) => peaks.process?.bytes),
    ...figure("cpu", "CPU", "ms", cpuMs),
    ...figure("duration", "duration", "ms", ({ run }) => run.durationMs),
    ...figure("processes", "processes", "count", ({ processes }) => processes.length),
  ];
}

/** By the tree's peak alone: it is the one metric that is judged everywhere. */
function verdictOfDiff([peak]: readonly FigureDiff[], toleranceShare: number): Verdict {
  if (peak === undefined) return { level: "warning", headline: "There is nothing to compare.", detail: "" };
  const change = peak.changeShare === null ? "" : ` by ${(Math.abs(peak.changeShare) * 100).toFixed(1)} %`;
  const figures = `${formatBytes(peak.before)} before, ${formatBytes(peak.after)} after`;
  const detail = `${figures}; up to ${(toleranceShare * 100).toFixed(1)} % count as the same.`;
  if (peak.outcome === "worse") return { level: "bad", headline: `The tree's peak grew${change}.`, detail };
  if (peak.outcome === "better") return { level: "good", headline: `The tree's peak fell${change}.`, detail };
  return { level: "good", headline: "The tree's peak is the same.", detail };
}

function programsOf(before: ProfileModel, after: ProfileModel): ProgramDiff[] {
  const [was, is] = [programFacts(before), programFacts(after)];
  const none: ProgramFacts = { count: 0, peakUsedBytes: 0, highWaterBytes: 0, cpuMs: 0 };
  const names = [...new Set([...was.keys(), ...is.keys()])];
  const change = (diff: ProgramDiff) => Math.abs(diff.after.peakUsedBytes - diff.before.peakUsedBytes);
  return names.map((name) => ({ name, before: was.get(name) ?? none, after: is.get(name) ?? none })).sort((a, b) => change(b) - change(a));
}

/** The peaks are the highest of any one process of that name. */
function programFacts({ processes }: ProfileModel): Map<string, ProgramFacts> {
  const found = new Map<string, ProgramFacts>();
  for (const { name, peakUsedBytes, highWaterBytes, cpuMs } of processes) {
    const known = found.get(name);
    found.set(name, {
      count: (known?.count ?? 0) + 1,
      peakUsedBytes: Math.max(known?.peakUsedBytes ?? 0, peakUsedBytes),
      highWaterBytes: Math.max(known?.highWaterBytes ?? 0, highWaterBytes),
      cpuMs: (known?.cpuMs ?? 0) + cpuMs,
    });
  }
  return found;
}

function functionsOf(before: ProfileModel, after: ProfileModel): FunctionDiff[] {
  const [first] = after.stacks;
  if (first === undefined || before.stacks.length === 0) return [];
  const options = { kinds: new Set(after.stacks.map(({ kind }) => kind)), weightOf: first.weightOf, isBottomUp: false, nameOf: String };
  const [was, is] = [before, after].map(({ stacks }) => stacks.map((set) => stackTree(set)));
  return callFunctions(is ?? [], was ?? [], options)
    .map(({ kind, name, place, totalBytes, beforeBytes }) => ({ kind, name, place, beforeBytes, afterBytes: totalBytes }))
    .filter(({ beforeBytes, afterBytes }) => beforeBytes !== afterBytes)
    .sort((a, b) => Math.abs(b.afterBytes - b.beforeBytes) - Math.abs(a.afterBytes - a.beforeBytes))
    .slice(0, MOST_FUNCTIONS);
}

/** A figure of a diff, for people. */
export function figureText(value: number, unit: FigureDiff["unit"]): string {
  if (unit === "bytes") return formatBytes(value);
  return unit === "ms" ? formatSeconds(value / 1000) : String(value);
}

/** "+12.3 %", "0.0 %", "new". */
export function changeText(share: number | null): string {
  return share === null ? "new" : `${share > 0 ? "+" : ""}${(share * 100).toFixed(1)} %`;
}
