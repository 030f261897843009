import { type Clock, Scope, systemClock } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import { anonymousSegment } from "./anonymous-segment.ts";
import { Budget } from "./budget.ts";
import { CgroupReader } from "./cgroup.ts";
import { Collector } from "./collector.ts";
import { DEFAULT_CORE_SETTINGS, type MemoryCoreSettings } from "./core-settings.ts";
import { FramePool, type FramePoolConfig } from "./frame-pool.ts";
import { PressureLadder } from "./ladder.ts";
import type { Lease } from "./lease.ts";
import { limitOrigin, type MemoryLimit } from "./limit.ts";
import { MappedInput } from "./mapped-input.ts";
import type { MappedInputOptions } from "./mapped-input-open.ts";
import { MemoryMonitor } from "./monitor.ts";
import { PressureJudge } from "./pressure-judge.ts";
import { PressureResponse } from "./pressure-response.ts";
import { readProcessTree } from "./procfs.ts";
import type { Reservation } from "./reservation.ts";
import type { MemorySegment } from "./segment.ts";
import { SharedMemoryMeter } from "./shared-memory-meter.ts";
import { Spill, type SpillOptions } from "./spill.ts";
import type { MemoryStats } from "./stats.ts";
import type { MemoryTag } from "./tags.ts";
import { AllocationTracker } from "./track.ts";

/** More malloc arenas than threads that allocate at once only hold memory: glibc's default is 8 per processor (mallopt(3)). */
const MALLOC_ARENAS = 2;

export type MemoryCoreOptions = {
  readonly limit: MemoryLimit;
  /** What the V8 heap may still grow by, reserved now: the heap cap less what is in use. */
  readonly heapGrowthBytes: number;
  readonly spill: Omit<SpillOptions, "compression">;
  readonly settings?: MemoryCoreSettings;
  /** File for --track-allocations. */
  readonly trackAllocations?: string;
  /** The job cannot go on: a rung of the ladder or a sample failed. */
  readonly onFailure: (error: unknown) => void;
  readonly clock?: Clock;
  /** Where the memory is shared with other jobs. */
  readonly lease?: Lease;
};

/** What a plan settles once the core is open. */
export type SettledPlan = {
  /** The limit itself, where the core was opened with room for planning; it leaves less than before, never more. */
  readonly limit: MemoryLimit;
  readonly plannedPeakBytes: number;
};

/** The memory of one job: opened first, closed last, and the only place where budget, ladder, spill and monitor meet. */
export class MemoryCore implements AsyncDisposable {
  readonly budget: Budget;
  readonly ladder: PressureLadder;
  readonly spill: Spill;
  readonly monitor: MemoryMonitor;
  readonly #settings: MemoryCoreSettings;
  readonly #collector: Collector;
  readonly #scope: Scope;
  readonly #response: PressureResponse;
  readonly #baselineBytes: number;
  readonly #baseline: Reservation;
  readonly #pools: FramePool[] = [];
  readonly #inputs: MappedInput[] = [];
  readonly #lease: Lease | undefined;
  #limit: MemoryLimit;
  #judge: PressureJudge;
  #plannedPeakBytes = 0;
  #copiedBytes = 0;
  #poolSlots = 0;
  #fusesBlown = 0;
  #sharingWaitMs = 0;
  #isStoppedByMonitor = false;

  /** @throws BudgetExceededError when the limit does not even hold Node; OutputError when the tracking file cannot be made */
  static open(options: MemoryCoreOptions): MemoryCore {
    binding.limitArenas(MALLOC_ARENAS);
    const scope = new Scope();
    try {
      return new MemoryCore(options, scope);
    } catch (error) {
      scope[Symbol.asyncDispose]().catch(options.onFailure);
      throw error;
    }
  }

  private constructor(options: MemoryCoreOptions, scope: Scope) {
    const { limit, clock = systemClock, settings = DEFAULT_CORE_SETTINGS, onFailure } = options;
    const tracker = options.trackAllocations === undefined ? undefined : scope.use(new AllocationTracker(options.trackAllocations, clock));
    this.#limit = limit;
    this.#judge = new PressureJudge(limit, settings.pressure);
    this.#settings = settings;
    this.#scope = scope;
    this.#lease = options.lease;
    this.ladder = new PressureLadder(clock, settings.isAdaptive);
    this.budget = scope.use(
      Budget.root({
        name: "job",
        limitBytes: limit.budgetBytes,
        clock,
        ladder: this.ladder,
        origin: limitOrigin(limit),
        ...(tracker === undefined ? {} : { tracker }),
        ...(options.lease === undefined ? {} : { lease: options.lease }),
      }),
    );
    this.#baselineBytes = readProcessTree(process.pid).ownBytes;
    this.#baseline = scope.use(this.budget.reserve(this.#baselineBytes, "runtime.baseline"));
    scope.use(this.budget.reserve(options.heapGrowthBytes, "runtime.heap"));
    this.ladder.on({
      step: "refuse",
      name: "optional memory",
      act: () => {
        this.budget.refuseOptional(true);
        return 0;
      },
      ease: () => this.budget.refuseOptional(false),
    });
    this.#collector = new Collector(this.budget, this.ladder, settings.collectShare);
    this.spill = scope.use(new Spill(this.budget, { ...options.spill, compression: settings.compression }));
    this.#response = new PressureResponse(this.ladder, clock, onFailure);
    this.monitor = scope.use(this.#newMonitor(clock, onFailure));
  }

  /** The plan is made: the ledger shrinks to what its children leave, and the report learns the forecast. */
  settle(plan: SettledPlan): void {
    this.budget.narrowTo(Math.min(plan.limit.budgetBytes, this.budget.limitBytes));
    this.#limit = plan.limit;
    this.#judge = new PressureJudge(plan.limit, this.#settings.pressure);
    this.#plannedPeakBytes = plan.plannedPeakBytes;
  }

  /** More runs at once than was planned: the report's forecast says so. */
  revisePlan(peakBytes: number): void {
    this.#plannedPeakBytes = Math.max(this.#plannedPeakBytes, peakBytes);
  }

  /** So much the job is going to hold in all. False when other jobs that share the memory have what is missing. */
  pledge(bytes: number): boolean {
    return this.#lease?.pledge(bytes) ?? true;
  }

  /** What can be reserved in all without asking other jobs. */
  get roomBytes(): number {
    return Math.min(this.budget.limitBytes, this.#lease?.coveredBytes ?? Number.POSITIVE_INFINITY);
  }

  /** Milliseconds that the job waited for other jobs, before it had a plan. */
  countWait(milliseconds: number): void {
    this.#sharingWaitMs += milliseconds;
  }

  /**
   * Called between two pieces of work, when this process holds least: the ledger gives back what Node has given back by then, about
   * 2.5 of 24 MiB in 40 s of a transcode (measured). Where the settings ask for it, caches and free heap are given back first.
   */
  remeasureBaseline(): void {
    if (this.#settings.collectsAlways) this.#collector.collect();
    this.#baseline.shrinkTo(Math.min(this.#baseline.bytes, readProcessTree(process.pid).ownBytes));
  }

  /** Whether what is measured while a job runs may change how it goes on. */
  get isAdaptive(): boolean {
    return this.#settings.isAdaptive;
  }

  /** Memory for native work, with the pages that the settings wish for. */
  segment(budget: Budget, tag: MemoryTag, byteLength: number): MemorySegment {
    return anonymousSegment(budget, tag, byteLength, this.#settings);
  }

  framePool(budget: Budget, config: FramePoolConfig): FramePool {
    const { hugePages, numa, slotAlignmentBytes: alignmentBytes } = this.#settings;
    const wished = { numa, alignmentBytes, ...config, hugePages: hugePages && (config.hugePages ?? true) };
    const pool = FramePool.withConfig(budget, wished);
    this.#pools.push(pool);
    this.#poolSlots = Math.max(
      this.#poolSlots,
      sum(this.#openPools(), (each) => each.capacity),
    );
    return pool;
  }

  async mapInput(budget: Budget, tag: MemoryTag, path: string, options: Omit<MappedInputOptions, "ladder"> = {}): Promise<MappedInput> {
    const input = await MappedInput.open(budget, tag, path, { ...this.#settings.mapping, ...options, ladder: this.ladder });
    this.#inputs.push(input);
    return input;
  }

  /** Counts bytes that our code copied elsewhere than in mapInput's inputs, for the report. */
  countCopied(bytes: number): void {
    this.#copiedBytes += bytes;
  }

  /** A child died at a limit of the kernel (RLIMIT_DATA, an OOM killer): the report's heldBy says so. */
  countFuseBlown(): void {
    this.#fusesBlown += 1;
  }

  /** A sample above the limit ended the work, by another way than the ladder. */
  countStopped(): void {
    this.#isStoppedByMonitor = true;
  }

  stats(): MemoryStats {
    const { budget, monitor } = this;
    const slotsOut = sum(this.#openPools(), (pool) => pool.capacity - pool.available);
    return {
      limitBytes: this.#limit.limitBytes,
      limitSource: this.#limit.source,
      plannedPeakBytes: this.#plannedPeakBytes,
      peakBytes: monitor.peakBytes,
      peakLedgerBytes: budget.peakBytes,
      peakResidentBytes: monitor.peakResidentBytes,
      sampleMs: Math.round(monitor.sampleMs),
      poolSlots: this.#poolSlots,
      poolAvailable: this.#poolSlots - slotsOut,
      spilledBytes: this.spill.writtenBytes,
      copiedBytes: this.#copiedBytes + sum(this.#inputs, (input) => input.copiedBytes),
      admissionWaitMs: Math.round(budget.admissionWaitMs + this.#sharingWaitMs),
      steps: this.ladder.steps,
      owners: budget.byTag(),
      heldBy: this.#fusesBlown > 0 ? "kernel" : this.#response.acted || this.#isStoppedByMonitor ? "monitor" : "ledger",
      ownPeakBytes: monitor.ownPeakBytes,
      ownLedgerPeakBytes: monitor.ownLedgerPeakBytes,
      baselineBytes: this.#baselineBytes,
    };
  }

  /** Closes everything, the ledger last. @throws LeakError naming what did not come home */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }

  #newMonitor(clock: Clock, onFailure: (error: unknown) => void): MemoryMonitor {
    const { cgroup } = this.#limit;
    const shared = new SharedMemoryMeter();
    const reader = cgroup === undefined ? undefined : this.#scope.use(new CgroupReader(cgroup.folder, cgroup.version));
    return new MemoryMonitor({
      clock,
      budget: this.budget,
      readTree: () => readProcessTree(process.pid, shared),
      readSharedBytes: () => binding.liveSegmentBytes().shared,
      cgroup: reader === undefined || cgroup === undefined ? undefined : { reader, limitBytes: cgroup.limitBytes },
      judge: (measured) => this.#judge.judge(measured),
      onPressure: (pressure) => {
        this.#response.respond(pressure);
        this.#collector.check();
      },
      onFailure,
    });
  }

  #openPools(): FramePool[] {
    return this.#pools.filter((pool) => !pool.pool.segment.closed);
  }
}

function sum<T>(items: readonly T[], bytesOf: (item: T) => number): number {
  return items.reduce((total, item) => total + bytesOf(item), 0);
}
