import type { Capture, CaptureEvent, Owner } from "./capture/records.ts";

/** What is known of one process at a moment. */
export type ProcessState = {
  /** Of the last row. */
  atMs: number;
  /** Of proc_pid_statm(5): resident, and of that what is neither file nor shared. */
  residentBytes: number;
  residentAnonBytes: number;
  /** `residentAnonBytes` when the figures below were measured; NaN before. */
  anonAtMeasureBytes: number;
  pssAnonBytes: number;
  pssSharedBytes: number;
  pssFileBytes: number;
  swapBytes: number;
  hugeBytes: number;
  pageTableBytes: number;
  /** Row of the isolate table by thread, of the job table, and the last word of an mm job about its ledger. */
  isolates: Map<number, number>;
  jobRow: number;
  owners: readonly Owner[];
  cpuMs: number;
  minorFaults: number;
  majorFaults: number;
  /** Highest use so far. */
  peakUsedBytes: number;
  peakAtMs: number;
  samples: number;
};

/** Anonymous memory now: measured, moved by what the resident size has moved since. */
export function anonNowBytes(state: ProcessState): number {
  if (Number.isNaN(state.anonAtMeasureBytes)) return state.residentAnonBytes;
  return Math.max(0, state.pssAnonBytes + state.residentAnonBytes - state.anonAtMeasureBytes);
}

/** The one metric of peaks: anonymous memory, shared memory counted once, swap, and private huge pages. */
export function usedNowBytes(state: ProcessState): number {
  return anonNowBytes(state) + state.pssSharedBytes + state.swapBytes + state.hugeBytes;
}

type EventOf<Type extends CaptureEvent["type"]> = Extract<CaptureEvent, { type: Type }>;

/** Reads all tables of a capture side by side in one pass over time, and knows at each moment what each process held. */
export class TreeWalk {
  readonly states: ProcessState[] = [];
  readonly alive = new Set<number>();
  /** Sums over all processes, those that ended included. */
  cpuMs = 0;
  minorFaults = 0;
  majorFaults = 0;
  /** Ended at the moment that was advanced to last. */
  readonly #ending = new Set<number>();
  readonly #capture: Capture;
  readonly #starts: Queue<"process">;
  readonly #execs: Queue<"exec">;
  readonly #exits: Queue<"exit">;
  readonly #owners: Queue<"owners">;
  /** Rows taken in of each table. */
  readonly #taken = { resident: 0, measured: 0, isolate: 0, job: 0 };

  constructor(capture: Capture) {
    this.#capture = capture;
    this.#starts = new Queue(capture.events, "process");
    this.#execs = new Queue(capture.events, "exec");
    this.#exits = new Queue(capture.events, "exit");
    this.#owners = new Queue(capture.events, "owners");
  }

  /** Takes in every row up to and at `atMs`. What ended at that very moment counts in it if it was still seen then. */
  advance(atMs: number): void {
    for (const process of this.#ending) this.alive.delete(process);
    this.#ending.clear();
    for (const event of this.#starts.until(atMs)) this.alive.add(event.process);
    for (const event of this.#owners.until(atMs)) this.#state(event.process).owners = event.owners;
    // A program that replaces another in its process begins with no V8.
    for (const event of this.#execs.until(atMs)) this.#state(event.process).isolates.clear();
    this.#takeMeasured(atMs);
    this.#takeResident(atMs);
    this.#takeLatest(atMs);
    for (const event of this.#exits.until(atMs)) {
      const isSeenNow = (this.states[event.process]?.atMs ?? -1) >= atMs;
      if (isSeenNow) this.#ending.add(event.process);
      else this.alive.delete(event.process);
    }
  }

  /** Takes in what is left. */
  finish(): void {
    this.advance(Number.POSITIVE_INFINITY);
    for (const state of this.states) if (state !== undefined) notePeak(state);
  }

  #takeResident(untilMs: number): void {
    const { atMs, process, residentBytes, sharedBytes, cpuMs, minorFaults, majorFaults } = this.#capture.tables.resident;
    let row = this.#taken.resident;
    for (; row < atMs.length && (atMs[row] ?? 0) <= untilMs; row += 1) {
      const state = this.#stateAt(process[row] ?? 0, atMs[row] ?? 0);
      state.residentBytes = residentBytes[row] ?? 0;
      state.residentAnonBytes = Math.max(0, state.residentBytes - (sharedBytes[row] ?? 0));
      state.samples += 1;
      this.cpuMs += advanced(state, "cpuMs", cpuMs[row] ?? 0);
      this.minorFaults += advanced(state, "minorFaults", minorFaults[row] ?? 0);
      this.majorFaults += advanced(state, "majorFaults", majorFaults[row] ?? 0);
    }
    this.#taken.resident = row;
  }

  #takeMeasured(untilMs: number): void {
    const table = this.#capture.tables.measured;
    let row = this.#taken.measured;
    for (; row < table.atMs.length && (table.atMs[row] ?? 0) <= untilMs; row += 1) {
      const atMs = table.atMs[row] ?? 0;
      // The resident size of the same tick comes first: later estimates start from both.
      this.#takeResident(atMs);
      const state = this.#stateAt(table.process[row] ?? 0, atMs);
      state.pssAnonBytes = table.pssAnonBytes[row] ?? 0;
      state.pssSharedBytes = table.pssSharedBytes[row] ?? 0;
      state.pssFileBytes = table.pssFileBytes[row] ?? 0;
      state.swapBytes = table.swapPssBytes[row] ?? 0;
      state.hugeBytes = table.hugeBytes[row] ?? 0;
      state.pageTableBytes = table.pageTableBytes[row] ?? 0;
      state.anonAtMeasureBytes = state.residentAnonBytes;
      if (state.residentBytes === 0) {
        state.residentBytes = table.residentBytes[row] ?? 0;
        state.residentAnonBytes = state.anonAtMeasureBytes = state.pssAnonBytes;
      }
      state.samples += 1;
    }
    this.#taken.measured = row;
  }

  #takeLatest(untilMs: number): void {
    const { isolate, job } = this.#capture.tables;
    let row = this.#taken.isolate;
    for (; row < isolate.atMs.length && (isolate.atMs[row] ?? 0) <= untilMs; row += 1) {
      this.#state(isolate.process[row] ?? 0).isolates.set(isolate.thread[row] ?? 0, row);
    }
    this.#taken.isolate = row;
    for (row = this.#taken.job; row < job.atMs.length && (job.atMs[row] ?? 0) <= untilMs; row += 1) {
      this.#state(job.process[row] ?? 0).jobRow = row;
    }
    this.#taken.job = row;
  }

  /** The state of a process that is about to be told news of `atMs`: what it held until then is weighed first. */
  #stateAt(process: number, atMs: number): ProcessState {
    const state = this.#state(process);
    if (atMs > state.atMs) notePeak(state);
    state.atMs = atMs;
    return state;
  }

  #state(process: number): ProcessState {
    const known = this.states[process];
    if (known !== undefined) return known;
    const state: ProcessState = {
      ...{ atMs: 0, residentBytes: 0, residentAnonBytes: 0, anonAtMeasureBytes: Number.NaN },
      ...{ pssAnonBytes: 0, pssSharedBytes: 0, pssFileBytes: 0, swapBytes: 0, hugeBytes: 0, pageTableBytes: 0 },
      ...{ isolates: new Map(), jobRow: -1, owners: [] },
      ...{ cpuMs: 0, minorFaults: 0, majorFaults: 0, peakUsedBytes: 0, peakAtMs: 0, samples: 0 },
    };
    this.states[process] = state;
    return state;
  }
}

function notePeak(state: ProcessState): void {
  const usedBytes = usedNowBytes(state);
  if (usedBytes <= state.peakUsedBytes) return;
  state.peakUsedBytes = usedBytes;
  state.peakAtMs = state.atMs;
}

/** Counters of the kernel only rise; what one has risen by. */
function advanced(state: ProcessState, counter: "cpuMs" | "minorFaults" | "majorFaults", now: number): number {
  const by = Math.max(0, now - state[counter]);
  state[counter] += by;
  return by;
}

/** The events of one type in order of time, taken from the front. */
class Queue<Type extends CaptureEvent["type"]> {
  readonly #events: readonly EventOf<Type>[];
  #next = 0;

  constructor(events: readonly CaptureEvent[], type: Type) {
    this.#events = events
      .filter((event): event is EventOf<Type> => event.type === type && event.process >= 0)
      .sort((a, b) => a.atMs - b.atMs);
  }

  *until(atMs: number): Generator<EventOf<Type>> {
    for (;;) {
      const event = this.#events[this.#next];
      if (event === undefined || event.atMs > atMs) return;
      this.#next += 1;
      yield event;
    }
  }
}
