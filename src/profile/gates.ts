/** Limits a run has to keep for its exit code to be 0: judged on the median of the runs there were. */
import { formatBytes } from "../base/index.ts";
import type { LeakVerdict } from "../memory/index.ts";
import type { Capture } from "./capture/index.ts";
import { type Metric, peakOf, type Scope } from "./metrics.ts";

export type Ceiling = {
  /** As it was typed: "512M:pss:each". */
  readonly text: string;
  readonly limitBytes: number;
  readonly metric: Metric;
  readonly scope: Scope;
};

export type GateSettings = {
  readonly failAbove: readonly Ceiling[];
  readonly failOnLeak: boolean;
  /** More than so many percent above what a baseline used at its highest. */
  readonly failOnIncrease: { readonly percent: number; readonly baseline: string; readonly baselineBytes: number } | undefined;
};

export type Gate = {
  /** As it would be typed: "--fail-above 512M:pss". */
  readonly name: string;
  readonly passed: boolean;
  /** What was found, in words. */
  readonly text: string;
  /** Median over the runs; null where nothing could be measured, and for a leak. */
  readonly measuredBytes: number | null;
  readonly limitBytes: number | null;
};

/** What the gates need to know of one run. */
export type RunFigures = {
  readonly usedPeakBytes: number | undefined;
  /** One for each ceiling; undefined = it was never measured. */
  readonly ceilings: readonly (number | undefined)[];
  readonly leak: LeakVerdict;
};

export function measureRun(capture: Capture, { failAbove }: GateSettings, leak: LeakVerdict): RunFigures {
  return {
    usedPeakBytes: peakOf(capture, "used", "tree"),
    ceilings: failAbove.map((ceiling) => ceilingPeak(capture, ceiling)),
    leak,
  };
}

/** A tree that is gone before the first sample is known by its cgroup alone, which counted more than it can have used. */
function ceilingPeak(capture: Capture, { metric, scope }: Ceiling): number | undefined {
  const peakBytes = peakOf(capture, metric, scope);
  return peakBytes === undefined && metric === "used" && scope === "tree" ? peakOf(capture, "cgroup", scope) : peakBytes;
}

/** @param runs - at least one */
export function judgeGates({ failAbove, failOnIncrease, failOnLeak }: GateSettings, runs: readonly RunFigures[]): Gate[] {
  const gates = failAbove.map((ceiling, index) =>
    bytesGate(`--fail-above ${ceiling.text}`, ceiling.limitBytes, median(runs.map(({ ceilings }) => ceilings[index])), runs.length),
  );
  if (failOnIncrease !== undefined) {
    const { percent, baseline, baselineBytes } = failOnIncrease;
    const used = median(runs.map(({ usedPeakBytes }) => usedPeakBytes));
    const limitBytes = Math.floor(baselineBytes * (1 + percent / 100));
    const gate = bytesGate(`--fail-on-increase ${percent}%`, limitBytes, used, runs.length);
    const change = used === undefined || baselineBytes === 0 ? "" : `, ${signedPercent(used / baselineBytes - 1)} of ${baseline}`;
    gates.push({ ...gate, text: gate.text + change });
  }
  if (failOnLeak) gates.push(leakGate(runs));
  return gates;
}

function bytesGate(name: string, limitBytes: number, measuredBytes: number | undefined, runs: number): Gate {
  // What nobody measured has not been kept.
  if (measuredBytes === undefined) return { name, passed: false, text: "nothing of it could be measured", measuredBytes: null, limitBytes };
  const passed = measuredBytes <= limitBytes;
  const of = runs === 1 ? "" : `, median of ${runs} runs`;
  const side = passed ? "within" : "above";
  return { name, passed, text: `${formatBytes(measuredBytes)}, ${side} ${formatBytes(limitBytes)}${of}`, measuredBytes, limitBytes };
}

/** Growth that is not proved fails nothing. */
function leakGate(runs: readonly RunFigures[]): Gate {
  const leaking = runs.filter(({ leak }) => leak.verdict === "leak").length;
  const passed = leaking * 2 <= runs.length;
  const verdicts = [...new Set(runs.map(({ leak }) => leak.verdict))].join(", ");
  const text = runs.length === 1 ? verdicts : `${leaking} of ${runs.length} runs leak (${verdicts})`;
  return { name: "--fail-on-leak", passed, text, measuredBytes: null, limitBytes: null };
}

/** The higher of the two in the middle; a run that measured nothing spoils it. */
function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  return known.length < values.length ? undefined : known[Math.floor(known.length / 2)];
}

function signedPercent(share: number): string {
  return `${share < 0 ? "" : "+"}${(share * 100).toFixed(1)} %`;
}
