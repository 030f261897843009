/** What a gate can measure: one figure of a tree, of its largest process, or of processes by name. */
import type { Capture, Tables } from "./capture/index.ts";

/**
 * used: anonymous memory, shared memory once, swap · pss: that and its share of file pages · uss: what would be free without it · rss: resident,
 * shared pages in every process · anon: anonymous, pages shared after a fork in every process · shm: shared memory once · swap: once ·
 * heap: V8 heaps in use · external: what they hold outside, array buffers included · cgroup: the own cgroup as the kernel counts its highest,
 * page cache and kernel memory included · ledger: of mm jobs.
 */
export type Metric = "used" | "pss" | "uss" | "rss" | "anon" | "shm" | "swap" | "heap" | "external" | "cgroup" | "ledger";

/** "tree" = all together, "each" = the largest single process, else those whose name fits the pattern, all together. */
export type Scope = "tree" | "each" | { readonly name: string };

type Row = { readonly process: number; readonly part: number; readonly bytes: number; readonly atMs: number };

/** The highest of a metric, or undefined where it was never measured. */
export function peakOf(capture: Capture, metric: Metric, scope: Scope): number | undefined {
  if (metric === "cgroup") return scope === "tree" ? (capture.end?.cgroupPeakBytes ?? highest(capture.tables.tree.cgroupBytes)) : undefined;
  if (metric === "used" && scope === "tree") return highest(capture.tables.tree.usedBytes);
  const rows = rowsOf(capture.tables, metric);
  if (rows.length === 0) return undefined;
  const ends = endsOf(capture, rows);
  if (scope === "tree") return highestSum(rows, ends, () => 0);
  if (scope === "each") return highestSum(rows, ends, (process) => process);
  const fitting = processesNamed(capture, scope.name);
  return highestSum(rows, ends, (process) => (fitting.has(process) ? 0 : undefined));
}

/** Zero is what a cgroup that is not there has. */
function highest(values: Float64Array): number | undefined {
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? undefined : most;
}

/**
 * The highest sum at any time in any group. Each part counts with what it had last, until it ended.
 *
 * @param groupOf - which sum a process is in; undefined = none
 */
function highestSum(rows: readonly Row[], ends: readonly End[], groupOf: (process: number) => number | undefined): number | undefined {
  const now = new Map<string, number>();
  const sums = new Map<number, number>();
  let most: number | undefined;
  let next = 0;
  const set = (key: string, bytes: number, group: number) => {
    const sum = (sums.get(group) ?? 0) + bytes - (now.get(key) ?? 0);
    sums.set(group, sum);
    now.set(key, bytes);
    return sum;
  };
  for (const { process, part, bytes, atMs } of rows) {
    for (let gone = ends[next]; gone !== undefined && gone.atMs < atMs; gone = ends[next]) {
      next += 1;
      const group = groupOf(gone.process);
      if (group !== undefined) set(keyOf(gone), 0, group);
    }
    const group = groupOf(process);
    if (group !== undefined) most = Math.max(most ?? 0, set(keyOf({ process, part }), bytes, group));
  }
  return most;
}

type End = { readonly process: number; readonly part: number; readonly atMs: number };

/** When each part ended, in order of time: with its process; a worker thread (part above 0) says nothing at its end, so with its last row. */
function endsOf({ events }: Capture, rows: readonly Row[]): End[] {
  const exits = new Map<number, number>();
  for (const event of events) if (event.type === "exit") exits.set(event.process, event.atMs);
  const ends = new Map<string, End>();
  for (const { process, part, atMs } of rows) {
    const endMs = part > 0 ? atMs : (exits.get(process) ?? Number.POSITIVE_INFINITY);
    ends.set(keyOf({ process, part }), { process, part, atMs: endMs });
  }
  return [...ends.values()].sort((a, b) => a.atMs - b.atMs);
}

function keyOf({ process, part }: { readonly process: number; readonly part: number }): string {
  return `${process},${part}`;
}

function processesNamed({ events }: Capture, pattern: string): Set<number> {
  const fits = nameFits(pattern);
  const processes = new Set<number>();
  for (const event of events) if ((event.type === "process" || event.type === "exec") && fits(event.name)) processes.add(event.process);
  return processes;
}

/** `*` stands for any letters, `?` for one. */
function nameFits(pattern: string): (name: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, "s");
  return (name) => expression.test(name);
}

function rowsOf({ resident, measured, isolate, job }: Tables, metric: Exclude<Metric, "cgroup">): Row[] {
  const rows = (
    table: { readonly atMs: Float64Array; readonly process: Float64Array },
    bytesAt: (row: number) => number,
    partAt: (row: number) => number = () => 0,
  ) => Array.from(table.atMs, (atMs, row) => ({ atMs, process: table.process[row] ?? 0, part: partAt(row), bytes: bytesAt(row) }));
  const column = (values: Float64Array) => (row: number) => values[row] ?? 0;
  switch (metric) {
    case "used":
      return rows(measured, (row) => usedAt(measured, row));
    case "pss":
      return rows(measured, column(measured.pssBytes));
    case "uss":
      return rows(measured, column(measured.privateBytes));
    case "rss":
      return rows(resident, column(resident.residentBytes));
    case "anon":
      return rows(measured, column(measured.anonBytes));
    case "shm":
      return rows(measured, column(measured.pssSharedBytes));
    case "swap":
      return rows(measured, column(measured.swapPssBytes));
    case "heap":
      return rows(isolate, column(isolate.heapUsedBytes), column(isolate.thread));
    case "external":
      return rows(isolate, column(isolate.externalBytes), column(isolate.thread));
    case "ledger":
      return rows(job, column(job.ledgerBytes));
  }
}

function usedAt({ pssAnonBytes, pssSharedBytes, swapPssBytes, hugeBytes }: Tables["measured"], row: number): number {
  return (pssAnonBytes[row] ?? 0) + (pssSharedBytes[row] ?? 0) + (swapPssBytes[row] ?? 0) + (hugeBytes[row] ?? 0);
}
