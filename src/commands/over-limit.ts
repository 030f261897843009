/** What a job would hold against what it may: the smallest limit that works, and the refusal that names it. */
import { BudgetExceededError, bytesAsFlag, formatBytes } from "../base/index.ts";
import { type Budget, type MemoryLimit, smallestLimitFor } from "../memory/index.ts";
import type { MemoryPlanLine } from "./command.ts";

export type Held = {
  readonly limit: MemoryLimit;
  /** What mm itself holds, a line per owner. */
  readonly ownLines: readonly MemoryPlanLine[];
};

/** Where a limit comes from, as a user knows it. */
const SOURCES: Readonly<Record<MemoryLimit["source"], string>> = {
  flag: "--max-memory",
  env: "MM_MAX_MEMORY",
  config: "the config file",
  preset: "the memory preset",
  cgroup: "the container's memory cgroup",
  physical: "75 % of this machine's memory",
};

/** @param reasons - by tag, why it is held */
export function heldLines(budget: Budget, reasons: Readonly<Record<string, string>>): MemoryPlanLine[] {
  const held = budget.byTag().filter(({ currentBytes }) => currentBytes > 0);
  return held.map(({ tag, currentBytes }) => ({ tag, bytes: currentBytes, because: reasons[tag] ?? "held by mm itself" }));
}

/** The smallest --max-memory for a job whose largest phase holds this. */
export function smallestLimit(phase: readonly { readonly bytes: number }[], { ownLines, limit }: Held): number {
  return smallestLimitFor(limit, sumOf(ownLines) + sumOf(phase));
}

/** What to type for a job whose largest phase holds this. */
export function limitHint(
  phase: readonly { readonly bytes: number }[],
  held: Held,
): { readonly hint: string; readonly smallestLimitBytes: number } {
  const smallestLimitBytes = smallestLimit(phase, held);
  const where = held.limit.boundBy === "cgroup" ? "a container with at least" : "--max-memory";
  return { hint: `${where} ${bytesAsFlag(smallestLimitBytes)}`, smallestLimitBytes };
}

/** @param how - in which way this is what is wanted · @param otherHint - what else to type */
export function overLimit(held: Held, phase: readonly MemoryPlanLine[], how: string, otherHint: string): BudgetExceededError {
  const { limit, ownLines } = held;
  const { hint, smallestLimitBytes } = limitHint(phase, held);
  const lines = [...ownLines, ...phase];
  return new BudgetExceededError("over the memory limit", {
    hint: `${hint}${otherHint}`,
    details: {
      wanted: `${formatBytes(sumOf(lines))} ${how}: ${lines.map((line) => `${line.tag} ${formatBytes(line.bytes)}`).join(", ")}`,
      limit: `${formatBytes(limit.limitBytes)} from ${SOURCES[limit.source]}, of which ${formatBytes(limit.budgetBytes)} can be planned with`,
      smallestLimitBytes,
    },
  });
}

export function sumOf(lines: readonly { readonly bytes: number }[]): number {
  return lines.reduce((sum, line) => sum + line.bytes, 0);
}
