import type { Capture } from "../capture/index.ts";

/** A Node process over time: all its isolates together, beside its anonymous memory as last measured. */
export type NodeSeries = {
  readonly process: number;
  readonly points: readonly NodePoint[];
  /** Of the isolate table: where a heap was nearest to its limit. */
  readonly fullestRow: number;
};

export type NodePoint = {
  readonly atMs: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  readonly externalBytes: number;
  readonly arrayBuffersBytes: number;
  /** 0 until the first measurement. */
  readonly anonBytes: number;
};

const ENDED_AFTER_MS = 2000;
/** More points tell no more, and a day of them would be slow. */
const MOST_POINTS = 20_000;

export function nodeSeries({ tables: { isolate, measured } }: Capture): NodeSeries[] {
  const found = new Map<number, { points: NodePoint[]; threads: Map<number, number>; fullestRow: number }>();
  const step = Math.max(1, Math.ceil(isolate.atMs.length / MOST_POINTS));
  let measuredRow = 0;
  const anon = new Map<number, number>();
  for (const [row, atMs] of isolate.atMs.entries()) {
    for (; measuredRow < measured.atMs.length && (measured.atMs[measuredRow] ?? 0) <= atMs; measuredRow += 1) {
      anon.set(measured.process[measuredRow] ?? 0, measured.anonBytes[measuredRow] ?? 0);
    }
    const process = isolate.process[row] ?? 0;
    const series = found.get(process) ?? { points: [] as NodePoint[], threads: new Map<number, number>(), fullestRow: row };
    found.set(process, series);
    series.threads.set(isolate.thread[row] ?? 0, row);
    if (filledShare(isolate, row) > filledShare(isolate, series.fullestRow)) series.fullestRow = row;
    if (row % step !== 0 && row !== isolate.atMs.length - 1) continue;
    const sum = { heapUsedBytes: 0, heapTotalBytes: 0, externalBytes: 0, arrayBuffersBytes: 0 };
    for (const latest of series.threads.values()) {
      if ((isolate.atMs[latest] ?? 0) < atMs - ENDED_AFTER_MS) continue;
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += isolate[name][latest] ?? 0;
    }
    series.points.push({ atMs, ...sum, anonBytes: anon.get(process) ?? 0 });
  }
  return [...found].map(([process, { points, fullestRow }]) => ({ process, points, fullestRow }));
}

/** Of a heap's limit; 0 where that is not known. */
export function filledShare({ heapUsedBytes, heapLimitBytes }: Capture["tables"]["isolate"], row: number): number {
  const limitBytes = heapLimitBytes[row] ?? 0;
  return limitBytes > 0 ? (heapUsedBytes[row] ?? 0) / limitBytes : 0;
}

/** The lowest value in a part of the run, from share `from` to share `to` of its points; undefined where there is none. */
export function lowest({ points }: NodeSeries, from: number, to: number, amount: (point: NodePoint) => number): number | undefined {
  const window = points.slice(Math.floor(points.length * from), Math.ceil(points.length * to));
  return window.length === 0 ? undefined : window.reduce((low, point) => Math.min(low, amount(point)), Number.POSITIVE_INFINITY);
}
