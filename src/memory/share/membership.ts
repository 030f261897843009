/** How a job becomes one of its group: it hands its counters to whoever asks, and takes part in the ledger that the group shares. */
import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../../base/index.ts";
import type { NativeHandover, NativeJobLedger } from "../../binding/index.ts";
import { binding } from "../../binding/index.ts";
import { readKernelFile } from "../kernel-file.ts";
import { COUNTERS_BYTES, COUNTERS_SCHEMA } from "./job-counters.ts";
import { JobCountersWriter } from "./job-counters-writer.ts";
import { doorName, jobGroup, jobName, listJobs } from "./job-names.ts";

/** Whoever has the door is through in a few milliseconds, unless it is stopped or no mm at all. */
const DOOR_TIMEOUT_MS = 2000;
const DOOR_POLL_MS = 3;
/** A listener answers within microseconds, on a thread of its own. */
const ANSWER_TIMEOUT_MS = 200;

export type MembershipRequest = {
  readonly command: string;
  readonly version: string;
  /** What the job holds already, and what of it is kernel memory. */
  readonly heldBytes: number;
  readonly kernelBytes: number;
  /** Program text that has to stay in memory while it runs. */
  readonly textBytes: number;
  readonly signal: AbortSignal;
};

/** Why a job goes on without its group. */
export type Apart = { readonly reason: string; readonly isWarning: boolean };

/** What a job shares with others; each part is absent where it cannot be had, and the job goes on without it. */
export class Membership implements Disposable {
  readonly apart: Apart | undefined;
  /** Entered. */
  readonly ledger: NativeJobLedger | undefined;
  readonly counters: JobCountersWriter | undefined;
  readonly #handover: NativeHandover | undefined;

  private constructor({ apart, ledger, counters, handover }: Parts) {
    this.apart = apart;
    this.ledger = ledger;
    this.counters = counters;
    this.#handover = handover;
  }

  /** Waits at most DOOR_TIMEOUT_MS. @throws the signal's reason */
  static async join(request: MembershipRequest): Promise<Membership> {
    const parts: Parts = {};
    const group = jobGroup();
    if (group === undefined) return new Membership({ apart: { reason: "/proc shows the pids of another namespace", isWarning: false } });
    try {
      if (readKernelFile("/proc/net/unix") === undefined) throw new ApartError("/proc/net/unix cannot be read", false);
      parts.counters = new JobCountersWriter();
      await joinGroup(group, request, parts);
      return new Membership(parts);
    } catch (error) {
      parts.ledger?.close();
      request.signal.throwIfAborted();
      return new Membership({
        ...showAlone(group, request, parts.counters),
        apart: error instanceof ApartError ? error.apart : refused(error),
      });
    }
  }

  /** Others may ask for the ledger until the entry is cleared. */
  [Symbol.dispose](): void {
    this.ledger?.leave();
    this.#handover?.close();
    this.ledger?.close();
    this.counters?.[Symbol.dispose]();
  }
}

type Parts = {
  apart?: Apart;
  ledger?: NativeJobLedger;
  counters?: JobCountersWriter;
  handover?: NativeHandover;
};

class ApartError extends Error {
  readonly apart: Apart;

  constructor(reason: string, isWarning: boolean) {
    super(reason);
    this.apart = { reason, isWarning };
  }
}

/** A sandbox without sockets, no free descriptor, no memory for a page. */
function refused(error: unknown): Apart {
  return { reason: `the system refuses what sharing takes (${errnoOf(error) ?? String(error)})`, isWarning: false };
}

/** While it has the door a job is the only one that may make the group's ledger; it leaves when it can hand that on itself. */
async function joinGroup(group: string, request: MembershipRequest, parts: Parts): Promise<void> {
  const deadlineMs = performance.now() + DOOR_TIMEOUT_MS;
  for (;;) {
    const door = takeDoor(group);
    try {
      const why = door === undefined ? "another program keeps the door to it" : enter(group, request, parts);
      if (why === undefined) return;
      if (performance.now() > deadlineMs) throw new ApartError(why, true);
    } finally {
      if (door !== undefined) closeSync(door);
    }
    await sleep(DOOR_POLL_MS, undefined, { signal: request.signal });
  }
}

function takeDoor(group: string): number | undefined {
  try {
    return binding.takeName(doorName(group));
  } catch (error) {
    if (errnoOf(error) === "EADDRINUSE") return undefined;
    throw error;
  }
}

/** @returns why not yet, or undefined */
function enter(group: string, request: MembershipRequest, parts: Parts): string | undefined {
  const found = findLedger(group);
  if (found.ledger === undefined && found.silent.length > 0)
    return `pid ${found.silent.join(", ")} does not answer as an mm of this version does: is it stopped?`;
  const { command, heldBytes, kernelBytes, textBytes } = request;
  const ledger = found.ledger ?? binding.jobLedgerCreate();
  parts.ledger = ledger;
  if (!ledger.enter(command, heldBytes, kernelBytes, textBytes)) throw new ApartError("its ledger has no room for another job", true);
  const shared = [partOf(parts.counters), { fd: ledger.fd(), offset: 0, length: ledger.byteLength() }];
  parts.handover = binding.handover(jobName(group, process.pid), shared, metadataOf(request));
  return undefined;
}

/** A job without a ledger still shows its counters, where it can. */
function showAlone(group: string, request: MembershipRequest, counters: JobCountersWriter | undefined): Parts {
  if (counters === undefined) return {};
  try {
    return { counters, handover: binding.handover(jobName(group, process.pid), [partOf(counters)], metadataOf(request)) };
  } catch {
    counters[Symbol.dispose]();
    return {};
  }
}

function partOf(counters: JobCountersWriter | undefined) {
  return { fd: counters?.segment.fd() ?? -1, offset: 0, length: COUNTERS_BYTES };
}

function metadataOf({ command, version }: MembershipRequest): string {
  return JSON.stringify({ schema: COUNTERS_SCHEMA, command, pid: process.pid, version });
}

/** Whoever is asked has the ledger, has none, is gone or somebody else, or is silent: then nobody may make another one. */
function findLedger(group: string): { readonly ledger?: NativeJobLedger; readonly silent: readonly number[] } {
  const silent: number[] = [];
  for (const { pid, name } of listJobs().filter((job) => job.group === group)) {
    const descriptors: number[] = [];
    try {
      const { parts } = binding.receiveHandover(name, pid, ANSWER_TIMEOUT_MS);
      descriptors.push(...parts.map(({ fd }) => fd));
      const shared = parts[1];
      if (shared !== undefined) return { ledger: binding.jobLedgerOpen(shared.fd), silent };
    } catch (error) {
      // Gone since, or another user's.
      if (!["ECONNREFUSED", "EPERM"].includes(errnoOf(error) ?? "")) silent.push(pid);
    } finally {
      for (const fd of descriptors) closeSync(fd);
    }
  }
  return { silent };
}
