/** Fewer rows for the same time: of the rows of one process that fall in the same stretch, the highest stays, so that peaks survive. */
import { type CaptureEvent, TABLES, type TableName } from "./records.ts";

/** The column that decides which row stays. */
const HEIGHT: { readonly [Name in TableName]: (typeof TABLES)[Name][number] } = {
  tree: "usedBytes",
  resident: "residentBytes",
  measured: "pssBytes",
  isolate: "heapUsedBytes",
  job: "ledgerBytes",
};

/**
 * @param rows - all columns of a row together, in order of time
 * @param strideMs - length of a stretch; 0 = every row stays
 * @returns the same array where nothing falls together
 */
export function thinRows(name: TableName, rows: Float64Array, strideMs: number): Float64Array {
  if (strideMs === 0) return rows;
  const columns: readonly string[] = TABLES[name];
  const width = columns.length;
  const height = columns.indexOf(HEIGHT[name]);
  const process = columns.indexOf("process");
  const thread = columns.indexOf("thread");
  const highest = new Map<string, number>();
  for (let row = 0; row < rows.length; row += width) {
    const of = (column: number) => (column < 0 ? 0 : (rows[row + column] ?? 0));
    const key = `${Math.floor(of(0) / strideMs)},${of(process)},${of(thread)}`;
    const before = highest.get(key);
    if (before === undefined || of(height) > (rows[before + height] ?? 0)) highest.set(key, row);
  }
  if (highest.size * width === rows.length) return rows;
  const kept = [...highest.values()].sort((a, b) => a - b);
  const thinned = new Float64Array(kept.length * width);
  for (const [index, row] of kept.entries()) thinned.set(rows.subarray(row, row + width), index * width);
  return thinned;
}

/** A process that held less than this and lived for less than a stretch leaves no trace in a capture that is thinned. */
const SMALL_PROCESS_BYTES = 16 * 1024 * 1024;

/** Without the collections of garbage, snapshots and short small processes that fall in the same stretch. */
export function thinEvents(events: readonly CaptureEvent[], strideMs: number): CaptureEvent[] {
  const brief = briefProcesses(events, strideMs);
  const last = new Map<string, CaptureEvent>();
  for (const event of events) last.set(keyOf(event, strideMs), event);
  const kept = new Set(last.values());
  return events.filter((event) => kept.has(event) && !brief.has(event.process));
}

/** Of events with the same key the last stays. */
function keyOf(event: CaptureEvent, strideMs: number): string {
  const stretch = Math.floor(event.atMs / strideMs);
  switch (event.type) {
    case "gc":
      return `gc,${event.process},${event.thread},${event.kind},${stretch}`;
    case "owners":
      return `owners,${event.process},${event.phase},${stretch}`;
    case "stacks":
      return `stacks,${event.process},${event.thread},${event.stacks.kind},${event.stacks.weightOf}`;
    case "mark":
      return `mark,${event.process},${event.name},${stretch}`;
    default:
      return `${event.type},${event.process},${event.atMs}`;
  }
}

function briefProcesses(events: readonly CaptureEvent[], strideMs: number): Set<number> {
  const started = new Map<number, number>();
  const brief = new Set<number>();
  for (const event of events) {
    if (event.type === "process") started.set(event.process, event.atMs);
    if (event.type !== "exit" || event.highWaterBytes >= SMALL_PROCESS_BYTES) continue;
    const startMs = started.get(event.process);
    if (startMs !== undefined && event.atMs - startMs < strideMs) brief.add(event.process);
  }
  return brief;
}
