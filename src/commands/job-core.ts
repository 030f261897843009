/** What every job opens before it works: its limit, the memory core under it, and the meter that shows both. */
import { BudgetExceededError, formatBytes, GIB, MIB, type Scope } from "../base/index.ts";
import { MemoryCore, type MemoryLimit, readMemoryLimit } from "../memory/index.ts";
import type { CommandContext } from "./command.ts";
import { announceClamp } from "./limit-clamp.ts";
import { ProgressMeter } from "./progress-meter.ts";
import type { JobSettings } from "./reduce-settings.ts";

const DEFAULT_MAX_DISK_BYTES = 1024 * GIB;
/** What the V8 heap grows by in a job whose records stay in native memory (measured: 1 to 2 MiB). */
const HEAP_GROWTH_BYTES = 3 * MIB;

export type JobCore = {
  readonly core: MemoryCore;
  readonly limit: MemoryLimit;
  readonly meter: ProgressMeter;
  /** Aborted by the user and by a job that is over its limit. */
  readonly signal: AbortSignal;
};

/** @param temporary - folder for spill */
export function openJobCore(settings: JobSettings, temporary: string, context: CommandContext, scope: Scope): JobCore {
  const { maxMemoryBytes, maxMemorySource } = settings;
  const flag = maxMemoryBytes === undefined ? {} : { flagBytes: maxMemoryBytes, flagSource: maxMemorySource ?? ("flag" as const) };
  const limit = readMemoryLimit({ ...flag, children: 0, engineBinaries: 0 });
  announceClamp(settings, limit, context);
  const failure = new AbortController();
  const core = scope.use(
    MemoryCore.open({
      limit,
      heapGrowthBytes: HEAP_GROWTH_BYTES,
      spill: { parent: temporary, limitBytes: settings.maxDiskBytes ?? DEFAULT_MAX_DISK_BYTES },
      settings: settings.memory.core,
      ...(settings.trackAllocations === undefined ? {} : { trackAllocations: settings.trackAllocations }),
      onFailure: (error) => failure.abort(error),
    }),
  );
  const meter = new ProgressMeter(limit, context.emit);
  scope.use(core.monitor.onSample((sample) => meter.sampled(sample)));
  scope.use(core.ladder.on({ step: "stop", name: "job", act: async () => stopOverLimit(core, limit, failure) }));
  core.monitor.start(settings.monitorIntervalMs);
  return { core, limit, meter, signal: AbortSignal.any([context.signal, failure.signal]) };
}

/** The last rung: a job that is above the limit itself ends before anything else of the machine suffers. */
function stopOverLimit(core: MemoryCore, limit: MemoryLimit, failure: AbortController): number {
  const { treeBytes } = core.monitor.sample();
  if (treeBytes <= limit.limitBytes) return 0;
  failure.abort(
    new BudgetExceededError("over the memory limit", {
      details: {
        measured: formatBytes(treeBytes),
        limit: formatBytes(limit.limitBytes),
        planned: formatBytes(core.stats().plannedPeakBytes),
      },
      hint: "a larger --max-memory, and please report the report of --report",
    }),
  );
  return 0;
}
