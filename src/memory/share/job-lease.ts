import { BudgetExceededError, formatBytes } from "../../base/index.ts";
import type { JobEntry, NativeJobLedger } from "../../binding/index.ts";
import { readKernelFile, SYSTEM_ROOTS } from "../kernel-file.ts";
import type { Lease } from "../lease.ts";
import { kernelBytesOf, type MachineMemory, readGroupBytes, readMachineMemory } from "../limit.ts";

/** Other jobs give back when they like; this often it is looked at. */
export const POLL_MS = 50;
/** What the group may have depends on programs that are no jobs, and reading that takes 0.4 ms: it is read anew when it is older than this. */
const GROUP_LIMIT_MS = 200;
/** Of those that hold most, so many are named. */
const NAMED_JOBS = 3;

/** What all jobs of a group hold, as one of them sees it now. */
export type GroupView = {
  readonly limitBytes: number;
  readonly others: readonly JobEntry[];
  readonly othersBytes: number;
  /** Of it, what nobody gives back before it had its turn. */
  readonly waitingBytes: number;
  /** Whether one of them works, and so gives back in time. */
  readonly isAnyRunning: boolean;
};

/**
 * The part of the group's memory that this job may use. It holds what the job has pledged, or has reserved where that is more, and kernel
 * memory; a ledger that cannot be used any more ends the sharing, never the job.
 */
export class JobLease implements Lease {
  readonly #onBroken: (error: unknown) => void;
  readonly #textBytes: number;
  #ledger: NativeJobLedger | undefined;
  #children = 0;
  #reservedBytes = 0;
  #pledgedBytes = 0;
  #coveredBytes = 0;
  #treeBytes = 0;
  #group = { jobs: 0, atMs: 0, bytes: 0 };
  /** Up to here a claim is granted by force: what it is for is there already, or is needed to find out what the job takes. */
  #forcedBytes = Number.POSITIVE_INFINITY;
  #isRefused = false;

  /**
   * @param ledger - entered; undefined = the job shares with nobody
   * @param textBytes - program text of this job
   * @param onBroken - told once, when the ledger cannot be used any more
   */
  constructor(ledger: NativeJobLedger | undefined, textBytes: number, onBroken: (error: unknown) => void) {
    this.#ledger = ledger;
    this.#textBytes = textBytes;
    this.#onBroken = onBroken;
  }

  get isShared(): boolean {
    return this.#ledger !== undefined;
  }

  /** What can be reserved without asking the group. */
  get coveredBytes(): number {
    return this.isShared ? this.#coveredBytes : Number.POSITIVE_INFINITY;
  }

  cover(bytes: number, claim: "needed" | "optional"): boolean {
    const isGranted = bytes <= this.coveredBytes || this.#take(bytes, claim) || (claim === "needed" && this.#force(bytes));
    if (isGranted) this.#reservedBytes = bytes;
    this.#isRefused = !isGranted;
    return isGranted;
  }

  uncover(bytes: number): void {
    this.#reservedBytes = bytes;
    const wanted = Math.max(this.#pledgedBytes, bytes);
    if (wanted < this.#coveredBytes) this.#take(wanted, "forced");
  }

  pledge(bytes: number): boolean {
    return this.claim(Math.max(bytes, this.#pledgedBytes));
  }

  /**
   * As `pledge`, and what was pledged above that is given back.
   *
   * @param limitBytes - of the group, where a view tells it already
   */
  claim(bytes: number, limitBytes?: number): boolean {
    const wanted = Math.max(bytes, this.#reservedBytes);
    if (!this.#take(wanted, "needed", limitBytes)) return false;
    this.#pledgedBytes = bytes;
    return true;
  }

  /** What is reserved up to here is granted whatever others hold. */
  forceUpTo(bytes: number): void {
    this.#forcedBytes = bytes;
  }

  /** Children at once, each with kernel memory of its own. */
  set children(count: number) {
    this.#children = count;
  }

  get kernelBytes(): number {
    return kernelBytesOf(this.#children);
  }

  /** What there is now, measured anew. */
  view(): GroupView {
    const entries = this.#ask((ledger) => ledger.entries()) ?? [];
    const others = entries.filter(({ pid }) => pid !== process.pid);
    return {
      limitBytes: this.#groupBytes(others),
      others,
      othersBytes: sumOf(others),
      waitingBytes: sumOf(others.filter(({ isQueued }) => isQueued)),
      isAnyRunning: others.some(({ isQueued, isStalled }) => !isQueued && !isStalled),
    };
  }

  queue(): void {
    this.#ask((ledger) => ledger.queue());
  }

  /** True too where there is no queue. */
  isFirst(): boolean {
    return this.#ask((ledger) => ledger.isFirst()) ?? true;
  }

  leaveQueue(): void {
    this.#ask((ledger) => ledger.leaveQueue());
  }

  publish(treeBytes: number): void {
    this.#treeBytes = treeBytes;
    this.#ask((ledger) => ledger.publish(treeBytes));
  }

  wait(serve: () => void): Disposable & { readonly signal: AbortSignal } {
    const hopeless = new AbortController();
    let isStalled = false;
    const poll = () => {
      serve();
      if (isStalled !== this.#isRefused) {
        isStalled = this.#isRefused;
        this.#ask((ledger) => ledger.setStalled(isStalled));
      }
      if (isStalled && !this.view().isAnyRunning) hopeless.abort(this.#hopeless());
    };
    const timer = this.isShared ? setInterval(poll, POLL_MS) : undefined;
    return {
      signal: hopeless.signal,
      [Symbol.dispose]: () => {
        clearInterval(timer);
        if (isStalled) this.#ask((ledger) => ledger.setStalled(false));
      },
    };
  }

  describeOthers(): string | undefined {
    const view = this.view();
    return view.othersBytes === 0 ? undefined : describeHolders(view);
  }

  /** Alone, a job is bound by its own limit. */
  #groupBytes(others: readonly JobEntry[]): number {
    if (others.length === 0) return Number.MAX_SAFE_INTEGER;
    const nowMs = performance.now();
    if (this.#group.jobs === others.length && nowMs - this.#group.atMs < GROUP_LIMIT_MS) return this.#group.bytes;
    const textBytes = Math.max(this.#textBytes, ...others.map((job) => job.textBytes));
    const bytes = readGroupBytes(textBytes, withJobs(readMachineMemory(SYSTEM_ROOTS, this.#treeBytes), others, this.kernelBytes));
    this.#group = { jobs: others.length, atMs: nowMs, bytes };
    return bytes;
  }

  #force(bytes: number): boolean {
    return bytes <= this.#forcedBytes && this.#take(bytes, "forced");
  }

  #take(bytes: number, claim: "forced" | "needed" | "optional", groupBytes?: number): boolean {
    const limitBytes = claim === "forced" || !this.isShared ? 0 : (groupBytes ?? this.view().limitBytes);
    const isGranted = this.#ask((ledger) => ledger.hold(bytes + this.kernelBytes, this.kernelBytes, limitBytes, claim)) ?? true;
    if (isGranted) this.#coveredBytes = bytes;
    return isGranted;
  }

  #hopeless(): BudgetExceededError {
    return new BudgetExceededError("over the memory limit", {
      details: { otherJobs: this.describeOthers() ?? "none", waiting: "all of them wait for memory too" },
      hint: "the same command when they have ended, or fewer of them at once",
    });
  }

  #ask<T>(question: (ledger: NativeJobLedger) => T): T | undefined {
    if (this.#ledger === undefined) return undefined;
    try {
      return question(this.#ledger);
    } catch (error) {
      this.#ledger = undefined;
      this.#onBroken(error);
      return undefined;
    }
  }
}

/** "700.0 MiB of 900.0 MiB are held by 2 other mm jobs (pid 12 transcode, pid 13 reduce, which is stopped); 3 more wait" */
export function describeHolders({ limitBytes, others, othersBytes }: GroupView): string {
  const running = others.filter(({ isQueued }) => !isQueued);
  const holders = running.length > 0 ? running : others;
  const waiting = others.length - holders.length;
  const most = holders.toSorted((a, b) => b.heldBytes - a.heldBytes);
  const names = most.slice(0, NAMED_JOBS).map(({ pid, command }) => `pid ${pid} ${command}${isStopped(pid) ? ", which is stopped" : ""}`);
  const more = most.length > NAMED_JOBS ? ", ..." : "";
  const jobs = holders.length === 1 ? "1 other mm job" : `${holders.length} other mm jobs`;
  const queue = waiting === 0 ? "" : `; ${waiting} more ${waiting === 1 ? "waits" : "wait"}`;
  return `${formatBytes(othersBytes)} of ${formatBytes(limitBytes)} are held by ${jobs} (${names.join(", ")}${more})${queue}`;
}

/** By a signal (SIGSTOP, Ctrl-Z): what it holds stays held until it goes on. Field 3 of /proc/<pid>/stat. */
function isStopped(pid: number): boolean {
  const stat = readKernelFile(`/proc/${pid}/stat`) ?? "";
  return stat.startsWith("T", stat.lastIndexOf(")") + 2);
}

function sumOf(jobs: readonly JobEntry[]): number {
  return jobs.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
}

/** What jobs of the group have is not memory of others. */
export function withJobs(machine: MachineMemory, jobs: readonly JobEntry[], ownKernelBytes: number): MachineMemory {
  return {
    ...machine,
    ownBytes: jobs.reduce((sum, { treeBytes }) => sum + treeBytes, machine.ownBytes),
    ownKernelBytes: jobs.reduce((sum, { kernelBytes }) => sum + kernelBytes, ownKernelBytes),
  };
}
