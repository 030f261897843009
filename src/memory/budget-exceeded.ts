import { BudgetExceededError, formatBytes } from "../base/index.ts";
import type { MemoryTag, TagStats } from "./tags.ts";

/** Where the limit of a budget tree comes from, and what to ask for when it is too small. */
export type BudgetOrigin = {
  /** "--max-memory", "the memory cgroup". */
  readonly source: string;
  /** The smallest limit, in the words of its source, that leaves the root budget `budgetBytes`, and what to type for it. */
  advice(budgetBytes: number): { readonly limitBytes: number; readonly hint: string };
};

/** The error of a claim that does not fit, with every fact a user needs to decide. */
export function budgetExceeded(claim: {
  readonly wantedBytes: number;
  readonly tag: MemoryTag;
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** What the root budget would have to be. */
  readonly neededBytes: number;
  readonly holders: readonly TagStats[];
  readonly origin: BudgetOrigin;
  /** What other jobs hold of memory that is shared with them. */
  readonly others?: string | undefined;
}): BudgetExceededError {
  const { limitBytes: smallestLimitBytes, hint } = claim.origin.advice(claim.neededBytes);
  const wanted = `${formatBytes(claim.wantedBytes)} for ${claim.tag}`;
  const inUse = `${formatBytes(claim.usedBytes)} of ${formatBytes(claim.limitBytes)} in use`;
  const top = claim.holders.slice(0, 3).map((holder) => `${holder.tag} ${formatBytes(holder.currentBytes)}`);
  return new BudgetExceededError(`over the memory limit: ${wanted} wanted, ${inUse}`, {
    hint,
    details: {
      wantedBytes: claim.wantedBytes,
      tag: claim.tag,
      usedBytes: claim.usedBytes,
      limitBytes: claim.limitBytes,
      source: claim.origin.source,
      holders: top.join(", "),
      ...(claim.others === undefined ? {} : { otherJobs: claim.others }),
      smallestLimitBytes,
    },
  });
}
