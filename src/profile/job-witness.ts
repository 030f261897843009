/** What running mm jobs say of themselves: ledger, pools, spill, phase and owners, read from the memory they share. */
import { monotonicMs } from "../base/index.ts";
import { type JobCounters, JobCountersReader, listJobs } from "../memory/index.ts";
import type { CaptureBatch, CaptureEvent, Owner } from "./capture/index.ts";
import type { ProcessIndex, Witness } from "./recording.ts";

/** Reading a page takes microseconds, and the job never notices. */
const LOOK_MS = 100;

export class JobWitness implements Witness, Disposable {
  readonly #originMs: number;
  readonly #readers = new Map<number, JobCountersReader>();
  /** Asked once each: one that does not answer is stopped, or no job. */
  readonly #asked = new Set<number>();
  readonly #said = new Map<number, string>();
  #timer: NodeJS.Timeout | undefined;
  #seen: { readonly pid: number; readonly atMs: number; readonly counters: JobCounters }[] = [];

  /** @param originMs - process.hrtime in milliseconds at which `atMs` is 0 */
  constructor(originMs: number) {
    this.#originMs = originMs;
  }

  drain(indexOf: ProcessIndex): CaptureBatch {
    this.#meet(indexOf);
    this.#look();
    const rows: number[] = [];
    const events: CaptureEvent[] = [];
    for (const { pid, atMs, counters } of this.#seen) {
      const process = indexOf(pid);
      if (process === undefined) continue;
      const { limitBytes, ledgerBytes, treeBytes, ownBytes, spilledBytes, poolSlots, poolAvailable } = counters;
      rows.push(atMs, process, limitBytes, ledgerBytes, treeBytes, ownBytes, spilledBytes, poolSlots, poolAvailable);
      const owners = counters.owners.map(({ tag, currentBytes, peakBytes }): Owner => ({ tag, bytes: currentBytes, peakBytes }));
      const said = JSON.stringify([counters.phase, owners]);
      if (this.#said.get(pid) === said) continue;
      this.#said.set(pid, said);
      events.push({ type: "owners", process, atMs, phase: counters.phase, owners });
    }
    this.#seen = [];
    return { rows: { job: Float64Array.from(rows) }, events };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const reader of this.#readers.values()) reader[Symbol.dispose]();
    this.#readers.clear();
  }

  #meet(indexOf: ProcessIndex): void {
    for (const { pid } of listJobs()) {
      if (this.#asked.has(pid) || indexOf(pid) === undefined) continue;
      this.#asked.add(pid);
      const reader = JobCountersReader.open(pid);
      // Silent for half a second: whoever has many such names must not stop the profiler.
      if (reader === undefined) return;
      this.#readers.set(pid, reader);
      this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
    }
  }

  #look(): void {
    const atMs = monotonicMs() - this.#originMs;
    for (const [pid, reader] of this.#readers) {
      const counters = reader.read();
      if (counters !== undefined) this.#seen.push({ pid, atMs, counters });
      else {
        reader[Symbol.dispose]();
        this.#readers.delete(pid);
      }
    }
  }
}
