import type { Budget, MemoryTag, Reservation } from "../memory/index.ts";

/**
 * A claim for a child process of a job whose plan fitted together all that runs at once. What is missing all the same is held by this job
 * itself and no wait would free it, so the refusal comes now and names the holders.
 *
 * @throws BudgetExceededError, or the signal's reason
 */
export async function claimChild(budget: Budget, bytes: number, tag: MemoryTag, signal: AbortSignal): Promise<Reservation> {
  budget.reserve(bytes, tag)[Symbol.dispose]();
  return await budget.admit(bytes, tag, { signal, forChild: true });
}
