/** The tree as it is now, kept up to date from batches: what a live view shows. */
import { judgeLeak, type LeakWord } from "../memory/index.ts";
import { type CaptureBatch, type CaptureEvent, type ColumnName, TABLES, type TableName } from "./capture/index.ts";

export type LiveProcess = {
  readonly pid: number;
  readonly name: string;
  /** Depth below the top, for indenting. */
  readonly depth: number;
  /** Anonymous and shared memory and swap when last measured; the resident size until then. */
  readonly usedBytes: number;
  readonly residentBytes: number;
  /** Processors in use. */
  readonly cores: number;
  /** Of its V8 isolates; 0 where it is no Node process. */
  readonly heapUsedBytes: number;
  readonly heapLimitBytes: number;
  /** Of an mm job; 0 where it is none. */
  readonly ledgerBytes: number;
  readonly poolSlots: number;
  readonly poolAvailable: number;
};

export type LiveTree = {
  readonly atMs: number;
  readonly usedBytes: number;
  readonly peakBytes: number;
  readonly limitBytes: number;
  readonly fileBytes: number;
  /** Highest use in each of the last equal stretches of time, oldest first. */
  readonly trace: readonly number[];
  readonly processCount: number;
  /** Largest first. */
  readonly processes: readonly LiveProcess[];
  readonly leak: LeakWord;
};

const MOST_SHOWN = 16;
const TRACE_POINTS = 60;
/** Points that the verdict on the way is made of; of two neighbours the lower one stays when they are too many. */
const MOST_FLOORS = 240;

type Row = { -readonly [Key in keyof LiveProcess]: LiveProcess[Key] } & {
  readonly process: number;
  cpuMs: number;
  lookedAtMs: number;
  lookedCpuMs: number;
};

export class LiveState {
  readonly #limitBytes: number;
  readonly #rows = new Map<number, Row>();
  readonly #trace: number[] = [];
  #floors: { atMs: number; bytes: number }[] = [];
  #floorStrideMs = 500;
  #atMs = 0;
  #usedBytes = 0;
  #fileBytes = 0;
  #peakBytes = 0;

  /** @param limitBytes - what the tree may hold, for the bar */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  add({ rows, events }: CaptureBatch): void {
    for (const event of events) this.#event(event);
    let highest = 0;
    each("tree", rows.tree, (row) => {
      this.#atMs = row("atMs");
      this.#usedBytes = row("usedBytes");
      this.#fileBytes = row("fileBytes");
      highest = Math.max(highest, this.#usedBytes);
      this.#floor(this.#atMs, this.#usedBytes);
    });
    this.#peakBytes = Math.max(this.#peakBytes, highest);
    if (rows.tree !== undefined && rows.tree.length > 0) this.#trace.push(highest);
    if (this.#trace.length > TRACE_POINTS) this.#trace.shift();
    each("resident", rows.resident, (row) => this.#resident(row));
    each("measured", rows.measured, (row) => {
      const found = this.#rows.get(row("process"));
      if (found !== undefined) found.usedBytes = row("pssAnonBytes") + row("pssSharedBytes") + row("swapPssBytes") + row("hugeBytes");
    });
    each("isolate", rows.isolate, (row) => {
      const found = this.#rows.get(row("process"));
      if (found === undefined || row("thread") !== 0) return;
      found.heapUsedBytes = row("heapUsedBytes");
      found.heapLimitBytes = row("heapLimitBytes");
    });
    each("job", rows.job, (row) => {
      const found = this.#rows.get(row("process"));
      if (found === undefined) return;
      found.ledgerBytes = row("ledgerBytes");
      found.poolSlots = row("poolSlots");
      found.poolAvailable = row("poolAvailable");
    });
  }

  /** As it is now; processors are those in use since the last call. */
  tree(): LiveTree {
    for (const row of this.#rows.values()) {
      const elapsedMs = this.#atMs - row.lookedAtMs;
      if (elapsedMs <= 0) continue;
      row.cores = (row.cpuMs - row.lookedCpuMs) / elapsedMs;
      row.lookedAtMs = this.#atMs;
      row.lookedCpuMs = row.cpuMs;
    }
    const largest = [...this.#rows.values()].sort((a, b) => b.usedBytes - a.usedBytes).slice(0, MOST_SHOWN);
    const atMs = Float64Array.from(this.#floors, (floor) => floor.atMs);
    const bytes = Float64Array.from(this.#floors, (floor) => floor.bytes);
    return {
      atMs: this.#atMs,
      usedBytes: this.#usedBytes,
      peakBytes: this.#peakBytes,
      limitBytes: this.#limitBytes,
      fileBytes: this.#fileBytes,
      trace: [...this.#trace],
      processCount: this.#rows.size,
      processes: largest.map(({ process: _, cpuMs: __, lookedAtMs: ___, lookedCpuMs: ____, ...shown }) => shown),
      leak: judgeLeak({ atMs, bytes, kind: "opaque" }).verdict,
    };
  }

  #event(event: CaptureEvent): void {
    if (event.type === "process") {
      const { process, pid, name, parent, atMs } = event;
      const depth = (this.#rows.get(parent)?.depth ?? -1) + 1;
      const nothing = { usedBytes: 0, residentBytes: 0, cores: 0, heapUsedBytes: 0, heapLimitBytes: 0 };
      this.#rows.set(process, {
        ...{ process, pid, name, depth, cpuMs: 0, lookedAtMs: atMs, lookedCpuMs: 0, ledgerBytes: 0, poolSlots: 0, poolAvailable: 0 },
        ...nothing,
      });
    }
    if (event.type === "exit") this.#rows.delete(event.process);
    if (event.type !== "exec") return;
    const found = this.#rows.get(event.process);
    if (found !== undefined) found.name = event.name;
  }

  #resident(row: RowReader<"resident">): void {
    const found = this.#rows.get(row("process"));
    if (found === undefined) return;
    found.cpuMs = row("cpuMs");
    // Until it is measured, what is surely its own.
    if (found.usedBytes === 0) found.usedBytes = Math.max(0, row("residentBytes") - row("sharedBytes"));
    found.residentBytes = row("residentBytes");
  }

  #floor(atMs: number, bytes: number): void {
    const last = this.#floors.at(-1);
    if (last !== undefined && atMs - last.atMs < this.#floorStrideMs) {
      last.bytes = Math.min(last.bytes, bytes);
      return;
    }
    this.#floors.push({ atMs, bytes });
    if (this.#floors.length <= MOST_FLOORS) return;
    this.#floorStrideMs *= 2;
    this.#floors = this.#floors.flatMap((floor, index, all) => {
      const next = all[index + 1];
      return index % 2 === 1 ? [] : [{ atMs: floor.atMs, bytes: Math.min(floor.bytes, next?.bytes ?? floor.bytes) }];
    });
  }
}

type RowReader<Name extends TableName> = (column: ColumnName<Name>) => number;

function each<Name extends TableName>(name: Name, rows: Float64Array | undefined, visit: (row: RowReader<Name>) => void): void {
  if (rows === undefined) return;
  const columns: readonly string[] = TABLES[name];
  for (let at = 0; at < rows.length; at += columns.length) visit((column) => rows[at + columns.indexOf(column)] ?? 0);
}
