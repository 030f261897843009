import { printable } from "../../base/index.ts";
import { at, processLabel, type Rule, size } from "./evidence.ts";

/** Of the owners of a ledger: the others are one. */
const MOST_OWNERS = 3;
/** Of the times of rows, not of those of events. */
const ROUNDED_MS = 0.001;

/** What mm jobs said of themselves: who had their ledger when most was in it, what was left of it, and what went to disk. */
export const jobLedger: Rule = (evidence) => {
  const { job } = evidence.capture.tables;
  const fullest = new Map<number, number>();
  const spilled = new Map<number, number>();
  for (const [row, process] of job.process.entries()) {
    const best = fullest.get(process);
    if (best === undefined || (job.ledgerBytes[row] ?? 0) > (job.ledgerBytes[best] ?? 0)) fullest.set(process, row);
    spilled.set(process, Math.max(spilled.get(process) ?? 0, job.spilledBytes[row] ?? 0));
  }
  return [...fullest].map(([process, row]) => {
    const [atMs, ledgerBytes, limitBytes] = [job.atMs[row] ?? 0, job.ledgerBytes[row] ?? 0, job.limitBytes[row] ?? 0];
    const [freeBytes, spilledBytes] = [Math.max(0, limitBytes - ledgerBytes), spilled.get(process) ?? 0];
    return {
      id: "job-ledger",
      severity: "info",
      title: `The ledger of ${processLabel(evidence, process)} held ${size(ledgerBytes)} of ${size(limitBytes)} at ${at(atMs)}: ${ownersAt(evidence, process, atMs)}${size(freeBytes)} free, ${size(spilledBytes)} spilled`,
      evidence: "That is what the job had reserved by its own word, when most was; spilled is the most that it had on disk.",
      fix: "mm profile view --html shows each owner over time.",
      figures: { ledgerBytes, limitBytes, freeBytes, spilledBytes },
      ...{ process, atMs },
    };
  });
};

/** "index 80.0 MiB, arena 60.0 MiB, 2 others 1.0 MiB, ". */
function ownersAt({ capture }: Parameters<Rule>[0], process: number, atMs: number): string {
  const said = capture.events
    .filter((event) => event.type === "owners" && event.process === process && event.atMs < atMs + ROUNDED_MS)
    .at(-1);
  if (said?.type !== "owners") return "";
  const most = said.owners.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  const rest = most.slice(MOST_OWNERS);
  const names = most.slice(0, MOST_OWNERS).map(({ tag, bytes }) => `${printable(tag)} ${size(bytes)}`);
  const others = `${rest.length} ${rest.length === 1 ? "other" : "others"} ${size(rest.reduce((sum, { bytes }) => sum + bytes, 0))}`;
  return [...names, ...(rest.length > 0 ? [others] : []), ""].join(", ");
}
