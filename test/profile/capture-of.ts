import {
  type Capture,
  type CaptureEnd,
  type CaptureEvent,
  type CaptureHeader,
  TABLES,
  type TableName,
  type Tables,
} from "../../src/profile/capture/index.ts";

/** A capture in memory, from rows of numbers. */
export function captureOf(given: {
  readonly rows: Partial<Record<TableName, readonly (readonly number[])[]>>;
  readonly events?: readonly CaptureEvent[];
  readonly header?: Partial<CaptureHeader>;
  readonly end?: CaptureEnd;
}): Capture {
  const tables = Object.fromEntries(
    Object.entries(TABLES).map(([name, columns]) => {
      const rows = given.rows[name as TableName] ?? [];
      return [name, Object.fromEntries(columns.map((column, index) => [column, Float64Array.from(rows, (row) => row[index] ?? 0)]))];
    }),
  );
  const header: CaptureHeader = {
    schema: "mm.capture/1",
    version: "0",
    startedAt: "2026-01-01T00:00:00.000Z",
    command: ["a"],
    source: "run",
    intervalMs: 50,
    tracking: "descendants",
    host: { kernel: "6.1", cpus: 2, memoryBytes: 2 ** 34, cgroupVersion: 2 },
    limitBytes: 2 ** 34,
    unavailable: [],
    ...given.header,
  };
  return { header, tables: tables as unknown as Tables, events: given.events ?? [], end: given.end, damagedBytes: 0 };
}
