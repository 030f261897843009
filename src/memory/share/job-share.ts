import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf, MIB } from "../../base/index.ts";
import type { MemoryCore } from "../core.ts";
import { kernelBytesOf, type MemoryLimit, type MemoryLimitRequest, readMachineMemory, readMemoryLimit } from "../limit.ts";
import type { MemorySample } from "../monitor.ts";
import { processIdentity } from "../process-identity.ts";
import { type GroupView, JobLease, POLL_MS, withJobs } from "./job-lease.ts";
import { type Apart, Membership } from "./membership.ts";

/** What a job may take beyond its plan whatever others hold: the ledger of a plain copy goes 13 MiB above it, that of others nothing (measured). */
const UNPLANNED_BYTES = 16 * MIB;
/** Whoever waits longer than this hears for whom, and again as often: finding out costs more than asking whether it is our turn. */
const TELL_INTERVAL_MS = 500;

export type ShareRequest = {
  readonly command: string;
  /** Of mm, for whoever reads the counters. */
  readonly version: string;
  /** Children at once when the job works, and how many different programs they are. */
  readonly limit: MemoryLimitRequest;
  readonly signal: AbortSignal;
  /** Sharing ended underway: the ledger cannot be used any more. */
  readonly onBroken: (reason: string) => void;
};

/** Nobody looks more often. Each 20 ms they left 1.3 MiB more garbage in the heap than without them (measured, a transcode of 3000 frames). */
const COUNTERS_MS = 100;

/** What a job says of itself beside its memory. */
export type JobState = { readonly phase: string; readonly done: number; readonly total: number };

/** Told of each look at the group in vain, with what is wanted. */
export type OnWait = (view: GroupView, wantedBytes: number) => void;

/** One job among those that share: its limit, its turn, its lease, and the counters that others may read. */
export class JobShare implements Disposable {
  #counted = { atMs: Number.NEGATIVE_INFINITY, phase: "" };
  readonly lease: JobLease;
  /** Why it shares with nobody; undefined where it does, or where nobody wanted it to. */
  readonly apart: Apart | undefined;
  readonly #request: ShareRequest;
  readonly #membership: Membership | undefined;
  readonly #identity = processIdentity();
  #limit: MemoryLimit;
  #waitedMs = 0;

  /** Never fails where sharing does. @throws the signal's reason */
  static async join(request: ShareRequest): Promise<JobShare> {
    const { command, version, signal, limit } = request;
    const kernelBytes = kernelBytesOf(0);
    const heldBytes = readMachineMemory().ownBytes + kernelBytes;
    const textBytes = readMemoryLimit(limit).textBytes;
    return new JobShare(request, await Membership.join({ command, version, heldBytes, kernelBytes, textBytes, signal }), textBytes);
  }

  /** A job that neither shares nor shows anything. */
  static apart(request: ShareRequest): JobShare {
    return new JobShare(request, undefined, 0);
  }

  private constructor(request: ShareRequest, membership: Membership | undefined, textBytes: number) {
    this.#request = request;
    this.#membership = membership;
    this.apart = membership?.apart;
    this.lease = new JobLease(membership?.ledger, textBytes, (error) => request.onBroken(errnoOf(error) ?? String(error)));
    this.lease.publish(readMachineMemory().ownBytes);
    this.#limit = this.#readLimit();
  }

  /** Milliseconds spent waiting for others. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  /** Other jobs in the ledger now. */
  get others(): number {
    return this.lease.view().others.length;
  }

  /**
   * What the job may use when it is the only one: what others of its group hold does not count. Once it has its turn this is as of then, and
   * may be more than before: jobs that had only just started were strangers.
   */
  get limit(): MemoryLimit {
    return this.#limit;
  }

  /** The limit less what stays held however long the job waits: by those that wait themselves. */
  bestLimit(): MemoryLimit {
    return narrowedLimit(this.#limit, this.#bestBytes(this.lease.view()));
  }

  /**
   * Waits until no other job plans, but for one that takes long over it, and those that wait for longer had their turn; then until there are
   * `planningBytes`, or nobody works who could give them back.
   */
  async takeTurn(planningBytes: number, onWait: OnWait): Promise<void> {
    this.lease.queue();
    await this.#until(() => {
      if (!this.lease.isFirst()) return planningBytes;
      const { limitBytes, isAnyRunning } = this.lease.view();
      return this.lease.claim(planningBytes, limitBytes) || !isAnyRunning ? undefined : planningBytes;
    }, onWait);
    if (this.others > 0) this.#limit = this.#readLimit();
  }

  /**
   * Waits for as much as `choose` takes of what is free, and ends the turn with it.
   *
   * @param choose - how much of so many bytes, all that the job reserves included; undefined = too few
   * @returns what the job holds from now on; undefined when others came meanwhile and it can no longer be had however long one waits
   */
  async claim(choose: (bytes: number) => number | undefined, onWait: OnWait): Promise<number | undefined> {
    const mostBytes = this.#limit.budgetBytes;
    this.lease.children = this.#request.limit.children;
    let claimed: number | undefined;
    await this.#until(() => {
      const view = this.lease.view();
      const freeBytes = view.limitBytes - view.othersBytes - this.lease.kernelBytes;
      // Others may have come first if making the plan took long.
      claimed = this.lease.isFirst() ? choose(Math.min(mostBytes, freeBytes)) : undefined;
      if (claimed !== undefined && this.lease.claim(claimed, view.limitBytes)) return undefined;
      claimed = undefined;
      return choose(Math.min(mostBytes, this.#bestBytes(view)));
    }, onWait);
    if (claimed === undefined) return undefined;
    this.lease.forceUpTo(claimed + UNPLANNED_BYTES);
    this.lease.leaveQueue();
    return claimed;
  }

  /** A measurement, for the ledger and for whoever reads the counters. */
  publish(core: MemoryCore, sample: MemorySample, budgetBytes: number, state: JobState): void {
    this.lease.publish(sample.treeBytes);
    const counters = this.#membership?.counters;
    const isNew = state.phase !== this.#counted.phase;
    if (counters === undefined || (!isNew && sample.atMs - this.#counted.atMs < COUNTERS_MS)) return;
    this.#counted = { atMs: sample.atMs, phase: state.phase };
    const { owners, ...stats } = core.stats();
    const { pid, startTicks } = this.#identity;
    counters.write({ ...stats, ...sample, ...state, pid, startTicks, command: this.#request.command, budgetBytes, owners });
  }

  [Symbol.dispose](): void {
    this.#membership?.[Symbol.dispose]();
  }

  #readLimit(): MemoryLimit {
    return readMemoryLimit(this.#request.limit, withJobs(readMachineMemory(), this.lease.view().others, kernelBytesOf(0)));
  }

  #bestBytes({ limitBytes, waitingBytes }: GroupView): number {
    return limitBytes - waitingBytes - kernelBytesOf(this.#request.limit.children);
  }

  /** @param missing - the bytes that are waited for, or undefined when there is nothing to wait for any more */
  async #until(missing: () => number | undefined, onWait: OnWait): Promise<void> {
    const { signal } = this.#request;
    let toldMs = performance.now();
    for (let wanted = missing(); wanted !== undefined; wanted = missing()) {
      const sinceMs = performance.now();
      if (sinceMs - toldMs >= TELL_INTERVAL_MS) {
        toldMs = sinceMs;
        onWait(this.lease.view(), wanted);
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      this.#waitedMs += performance.now() - sinceMs;
    }
  }
}

/** The limit of a job that gets no more than so many bytes of it, for plans and refusals. */
export function narrowedLimit(limit: MemoryLimit, budgetBytes: number): MemoryLimit {
  const lessBytes = limit.budgetBytes - budgetBytes;
  if (lessBytes <= 0) return limit;
  return {
    ...limit,
    othersBytes: limit.othersBytes + lessBytes,
    budgetBytes: Math.max(0, budgetBytes),
    lines: [...limit.lines, { what: "held by other mm jobs", bytes: -lessBytes }],
  };
}
