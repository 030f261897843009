/** Holds a guest to its limit: what the monitor measures, and what the kernel's own limits did, become one verdict and an end in order. */
import type { Clock } from "../base/index.ts";
import { MIB } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { MemoryMonitor, MemorySample, OwnCgroup } from "../memory/index.ts";
import type { Guest } from "../process/index.ts";
import { type Holder, readHolders } from "./run-holders.ts";

/** From this share of the limit on, samples come closer together: a program that writes to fresh memory takes about 2 GiB a second. */
const NEAR_SHARE = 0.6;
const NEAR_INTERVAL_MS = 5;
/** After SIGTERM a program may put its things in order for so long, if it does not grow by more than this meanwhile. */
const GRACE_MS = 2000;
const GROWTH_SHARE = 0.02;
const GROWTH_BYTES = 8 * MIB;
/** Who holds the memory is looked up anew when the peak has grown by this much. */
const PEAK_STEP_SHARE = 0.02;
const PEAK_STEP_BYTES = MIB;

/** The end of a guest that went over its limit. */
export type Crossing = {
  /** Who saw it first: our measurement, or the kernel, which killed a process in the cgroup. */
  readonly by: "monitor" | "cgroup";
  /** Bytes of the whole tree, mm's in it, when it was seen. */
  readonly treeBytes: number;
  readonly holders: readonly Holder[];
};

export type WatchOptions = {
  readonly guest: Guest;
  readonly monitor: MemoryMonitor;
  readonly limitBytes: number;
  readonly intervalMs: number;
  readonly cgroup: OwnCgroup | undefined;
  readonly clock: Clock;
};

export class GuestWatch {
  readonly #options: WatchOptions;
  #crossing: (Crossing & { readonly atMs: number }) | undefined;
  #isNear = false;
  #peakBytes = 0;
  #holders: readonly Holder[] = [];
  #holdersAtBytes = 0;
  /** The command itself was one, however soon it ended. */
  #mostProcesses = 1;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get crossing(): Crossing | undefined {
    return this.#crossing;
  }

  /** Highest sample of the guest and all that came from it. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  get mostProcesses(): number {
    return this.#mostProcesses;
  }

  /** At the peak. */
  get holders(): readonly Holder[] {
    return this.#holders;
  }

  /** Takes a sample of the monitor. */
  sampled(sample: MemorySample): void {
    const pids = this.#options.guest.processes();
    this.#mostProcesses = Math.max(this.#mostProcesses, pids.length);
    this.#peakBytes = Math.max(this.#peakBytes, sample.childrenBytes);
    if (this.#peakBytes > this.#holdersAtBytes + Math.max(PEAK_STEP_BYTES, this.#holdersAtBytes * PEAK_STEP_SHARE)) {
      this.#holders = readHolders(pids);
      this.#holdersAtBytes = this.#peakBytes;
    }
    if (this.#crossing !== undefined) this.#end(sample, this.#crossing);
    else if (this.#oomKills() > 0) this.#cross("cgroup", sample, pids);
    else if (sample.treeBytes > this.#options.limitBytes) this.#cross("monitor", sample, pids);
    else this.#setPace(sample);
  }

  /** The kernel may have been quicker than the next sample. */
  ended(sample: MemorySample): void {
    if (this.#crossing === undefined && this.#oomKills() > 0) this.#cross("cgroup", sample, []);
  }

  #oomKills(): number {
    return this.#options.cgroup?.oomKills() ?? 0;
  }

  #setPace({ treeBytes }: MemorySample): void {
    const isNear = treeBytes > this.#options.limitBytes * NEAR_SHARE;
    if (isNear === this.#isNear) return;
    this.#isNear = isNear;
    this.#options.monitor.start(isNear ? NEAR_INTERVAL_MS : this.#options.intervalMs);
  }

  /** Asks all of them to end, and takes from them the means to grow: their own allocations fail from here on. */
  #cross(by: Crossing["by"], { treeBytes }: MemorySample, pids: readonly number[]): void {
    const { guest, monitor, clock } = this.#options;
    this.#crossing = { by, treeBytes, holders: this.#holders, atMs: clock.nowMs() };
    for (const pid of pids) blowFuse(pid);
    guest.signalAll("SIGTERM");
    // One that is stopped hears it only then.
    guest.signalAll("SIGCONT");
    monitor.start(NEAR_INTERVAL_MS);
  }

  #end({ treeBytes }: MemorySample, crossing: Crossing & { readonly atMs: number }): void {
    const { guest, limitBytes, clock } = this.#options;
    const grownBytes = treeBytes - Math.max(crossing.treeBytes, limitBytes);
    if (grownBytes > Math.max(GROWTH_BYTES, limitBytes * GROWTH_SHARE) || clock.nowMs() - crossing.atMs > GRACE_MS) {
      guest.signalAll("SIGKILL");
    }
  }
}

/**
 * RLIMIT_DATA at what the process has: the next mmap or brk of it fails (ENOMEM). What it has mapped already it can still fill. Never from
 * the start: healthy programs map 6 MiB (python3) to 2.2 GiB (java -Xms2g) more than they hold, AddressSanitizer 14 TiB (measured,
 * docs/decisions/0016-run.md).
 */
function blowFuse(pid: number): void {
  const memory = binding.processMemory(pid);
  try {
    if (memory !== undefined) binding.setDataLimit(pid, memory.dataBytes);
  } catch {
    // It has ended meanwhile, or has another user's rights now (setuid).
  }
}
