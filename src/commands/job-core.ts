/** What every job opens before it works: its limit, the memory core under it, and the meter that shows both. */
import { BudgetExceededError, formatBytes, GIB, MIB, packageVersion, type Scope, systemClock } from "../base/index.ts";
import { JobShare, MemoryCore, type MemoryLimit, type MemoryLimitRequest, type MemorySample } from "../memory/index.ts";
import type { CommandContext, Report } from "./command.ts";
import type { JobSettings } from "./job-settings.ts";
import { announceClamp } from "./limit-clamp.ts";
import { ProgressMeter } from "./progress-meter.ts";

const DEFAULT_MAX_DISK_BYTES = 1024 * GIB;
/**
 * What the V8 heap grows by between the start of a job and its end (measured: 1 to 3.3 MiB for clips of 2 to 360 s, their index aside; 1 to
 * 2 MiB for sequences, whose records stay in native memory).
 */
const HEAP_GROWTH_BYTES = 3 * MIB;
/**
 * What a job may take whatever other jobs hold, before it is its turn to make a plan: it reads standard input, unpacks it, and asks a new
 * engine what it can do, one question at a time.
 */
const STARTING_BYTES = 24 * MIB;

/** What a job is beside its settings. */
export type JobKind = {
  /** As others that share the memory see it. */
  readonly command: string;
  /** Folder for spill. */
  readonly temporary: string;
  /** Child processes at once, and how many different programs they are. */
  readonly children: number;
  readonly engineBinaries: number;
  /** Making a plan takes this much whatever the limit; the job itself is then held to the limit, or refused. */
  readonly planningBytes: number;
  /** What to type when the job is above its limit, plan or no plan. */
  readonly remedy: string;
};

/** A job that does its work itself, in what is left of its limit. */
export const NO_CHILDREN = { children: 0, engineBinaries: 0, planningBytes: 0, remedy: "a larger --max-memory" };

export type JobCore = {
  readonly core: MemoryCore;
  /** The limit is its. */
  readonly share: JobShare;
  readonly meter: ProgressMeter;
  /** Aborted by the user and by a job that is over its limit. */
  readonly signal: AbortSignal;
};

/** @throws MmError of any class, and the signal's reason */
export async function openJobCore(settings: JobSettings, kind: JobKind, context: CommandContext, scope: Scope): Promise<JobCore> {
  const { maxMemoryBytes, maxMemorySource } = settings;
  const flag = maxMemoryBytes === undefined ? {} : { flagBytes: maxMemoryBytes, flagSource: maxMemorySource ?? ("flag" as const) };
  const request = { ...flag, children: kind.children, engineBinaries: kind.engineBinaries };
  const share = scope.use(await joinOthers(settings, kind, request, context));
  const { limit } = share;
  announceClamp(settings, limit, context);
  const failure = new AbortController();
  // What is of others now may turn out to be of jobs that share; the plan settles it.
  const mostBytes = limit.budgetBytes + (share.lease.isShared ? limit.othersBytes : 0);
  const core = scope.use(
    openCore({
      limit: { ...limit, budgetBytes: Math.max(mostBytes, kind.planningBytes) },
      heapGrowthBytes: HEAP_GROWTH_BYTES,
      spill: { parent: kind.temporary, limitBytes: settings.maxDiskBytes ?? DEFAULT_MAX_DISK_BYTES },
      settings: settings.memory.core,
      ...(settings.trackAllocations === undefined ? {} : { trackAllocations: settings.trackAllocations }),
      lease: share.lease,
      onFailure: (error) => failure.abort(error),
    }),
  );
  share.lease.forceUpTo(core.budget.reservedBytes + STARTING_BYTES);
  const meter = new ProgressMeter(limit, context.emit);
  const publish = (sample: MemorySample) => share.publish(core, sample, share.limit.budgetBytes, meter.state);
  scope.use(core.monitor.onSample((sample) => meter.sampled(sample)));
  scope.use(core.monitor.onSample(publish));
  scope.use(core.ladder.on({ step: "stop", name: "job", act: async () => stopOverLimit(core, limit, failure, kind.remedy) }));
  core.monitor.start(settings.monitorIntervalMs);
  return { core, share, meter, signal: AbortSignal.any([context.signal, failure.signal]) };
}

async function joinOthers(
  settings: JobSettings,
  { command }: JobKind,
  limit: MemoryLimitRequest,
  { emit, signal }: CommandContext,
): Promise<JobShare> {
  const onBroken = (reason: string) =>
    emit({ type: "warning", message: `memory is no longer shared with other mm jobs: their ledger cannot be used (${reason})` });
  const request = { command, version: packageVersion(), limit, signal, onBroken };
  if (settings.dryRun || !settings.isShared) return JobShare.apart(request);
  const share = await JobShare.join(request);
  const { apart, others } = share;
  if (apart !== undefined) {
    const message = `memory is not shared with other mm jobs: ${apart.reason}`;
    emit(apart.isWarning ? { type: "warning", message } : { type: "detail", message });
  } else if (others > 0) emit({ type: "detail", message: `memory is shared with ${others} other mm job${others === 1 ? "" : "s"}` });
  return share;
}

/** Where not even mm fits, the limit that would do for mm is not one that would do for the job. */
function openCore(options: Parameters<typeof MemoryCore.open>[0]): MemoryCore {
  try {
    return MemoryCore.open(options);
  } catch (error) {
    if (!(error instanceof BudgetExceededError)) throw error;
    const { smallestLimitBytes: _, ...details } = error.details;
    const hint = "a larger limit; with one, the last line of --dry-run is the smallest for this job";
    throw new BudgetExceededError(error.message, { cause: error, details, hint });
  }
}

/** A failure's report says what the job had used. */
export async function withStats<T>(core: MemoryCore, context: CommandContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    core.monitor.sample();
    context.emit({ type: "stats", memory: core.stats() });
    throw error;
  }
}

export function reportOf<Result>(command: string, core: MemoryCore, result: Result, startedMs: number): Report<Result> {
  core.monitor.sample();
  const elapsedMs = Math.round(systemClock.nowMs() - startedMs);
  return { schema: "mm.report/1", command, ok: true, elapsedMs, memory: core.stats(), result };
}

/** The last rung: a tree that is above the limit itself, plan or no plan, is ended before anything else of the machine suffers. */
function stopOverLimit(core: MemoryCore, limit: MemoryLimit, failure: AbortController, remedy: string): number {
  const { treeBytes, childrenBytes } = core.monitor.sample();
  if (treeBytes <= limit.limitBytes) return 0;
  failure.abort(
    new BudgetExceededError("over the memory limit", {
      details: {
        measured: formatBytes(treeBytes),
        limit: formatBytes(limit.limitBytes),
        planned: formatBytes(core.stats().plannedPeakBytes),
      },
      hint: `${remedy}, and please report the report of --report`,
    }),
  );
  return childrenBytes;
}
