/** Jobs that share memory plan one after the other, and each waits for what it planned: settings never follow from who else runs. */
import { BudgetExceededError, MIB } from "../base/index.ts";
import { describeHolders, type GroupView, type MemoryLimit, narrowedLimit } from "../memory/index.ts";
import type { CommandContext, MemoryPlan } from "./command.ts";
import type { JobCore } from "./job-core.ts";

/** Two questions to an engine at once; more of them wait for those. */
const PLANNING_FLOOR_BYTES = 32 * MIB;
type Job = Pick<JobCore, "core" | "limit" | "share" | "meter"> & { readonly context: Pick<CommandContext, "emit"> };

/** @param planningBytes - what making the plan may take, whatever others hold by then */
export async function takeTurn(job: Job, planningBytes: number): Promise<void> {
  const { core, share } = job;
  const reservedBytes = core.budget.reservedBytes;
  await waited(job, () => share.takeTurn(reservedBytes + Math.min(planningBytes, PLANNING_FLOOR_BYTES), waitingFor(job)));
  share.lease.forceUpTo(reservedBytes + planningBytes);
}

/** Waits for as much as `choose` takes, up to all of the job's limit, and ends the turn. @returns undefined: see JobShare.claim */
export async function claimMemory(job: Job, choose: (bytes: number) => number | undefined): Promise<number | undefined> {
  return await waited(job, () => job.share.claim(job.limit.budgetBytes, choose, waitingFor(job)));
}

/**
 * A plan for what the job could have at best, beside the other jobs that wait.
 *
 * @throws what `plan` throws; where it would do but for those jobs, a refusal that names them
 */
export function planAtBest<Plan>({ share, limit }: Pick<Job, "share" | "limit">, plan: (limit: MemoryLimit) => Plan): Plan {
  const best = share.bestLimit(limit);
  try {
    return plan(best);
  } catch (error) {
    if (best === limit || !(error instanceof BudgetExceededError)) throw error;
    // Says so itself where the job would not fit alone either.
    plan(limit);
    const { smallestLimitBytes: _, ...details } = error.details;
    throw new BudgetExceededError(error.message, {
      cause: error,
      details: { ...details, otherJobs: share.lease.describeOthers() ?? "none any more" },
      hint: "the same command when they have ended, or fewer of them at once",
    });
  }
}

/**
 * The plan of a job whose memory decides its speed alone: as much as it would take were it alone, or what is free where that is at least half
 * of it.
 *
 * @param plan - for a limit; throws BudgetExceededError where that is too small
 */
export async function claimForSpeed<Plan extends { readonly memory: MemoryPlan }>(
  job: Job,
  plan: (limit: MemoryLimit) => Plan,
): Promise<Plan> {
  await takeTurn(job, 0);
  for (;;) {
    const best = planAtBest(job, plan);
    const bestBytes = best.memory.plannedPeakBytes;
    let chosen = best;
    const choose = (bytes: number) => {
      if (bytes >= bestBytes) return bestBytes;
      const smaller = 2 * bytes >= bestBytes ? planWithin(bytes) : undefined;
      chosen = smaller ?? chosen;
      return smaller?.memory.plannedPeakBytes;
    };
    const planWithin = (bytes: number) => {
      try {
        return plan(narrowedLimit(job.limit, bytes));
      } catch (error) {
        if (error instanceof BudgetExceededError) return undefined;
        throw error;
      }
    };
    const bytes = await claimMemory(job, choose);
    if (bytes !== undefined) return bytes === bestBytes ? best : chosen;
  }
}

async function waited<T>({ core, share }: Job, work: () => Promise<T>): Promise<T> {
  const beforeMs = share.waitedMs;
  try {
    return await work();
  } finally {
    core.countWait(share.waitedMs - beforeMs);
  }
}

/** Says who holds what, when other jobs begin to work or end. */
function waitingFor({ meter, context, core }: Job): (view: GroupView, wantedBytes: number) => void {
  let said: string | undefined;
  return (view, wantedBytes) => {
    const freeBytes = Math.max(0, view.limitBytes - view.othersBytes - core.budget.reservedBytes);
    meter.progressed("wait", Math.min(freeBytes, wantedBytes), wantedBytes);
    const working = view.others.filter(({ isQueued }) => !isQueued).map(({ pid }) => pid);
    if (working.join() === said) return;
    said = working.join();
    context.emit({ type: "waiting", message: `waiting for memory: ${describeHolders(view)}` });
  };
}
