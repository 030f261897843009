import type { Finding, Severity } from "../model.ts";
import { captureCut, samplesLost, shortProcesses } from "./capture-rules.ts";
import type { Evidence, Rule } from "./evidence.ts";
import { jobLedger } from "./job-rules.ts";
import { cgroupAboveProcesses, nearLimit, oomKill } from "./limit-rules.ts";
import { nodeRules } from "./node-rules.ts";
import { pageTables, peakByChild, sharedCountedOften, stalls, swapUsed } from "./tree-rules.ts";

const RULES: readonly Rule[] = [
  ...[oomKill, captureCut, nearLimit, jobLedger, nodeRules, peakByChild, cgroupAboveProcesses],
  ...[sharedCountedOften, swapUsed, stalls, pageTables, shortProcesses, samplesLost],
];

const ORDER: Readonly<Record<Severity, number>> = { serious: 0, warning: 1, info: 2 };

/** Everything worth saying about a capture, the most serious first. */
export function findingsOf(evidence: Evidence): Finding[] {
  return RULES.flatMap((rule) => rule(evidence)).sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}
