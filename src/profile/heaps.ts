/** The heaps of the isolates in a capture: what full collections left of them, and what they took of the tree's memory. */
import type { LeakSeries } from "../memory/index.ts";
import type { Capture, CaptureEvent } from "./capture/index.ts";

export type Heap = { readonly process: number; readonly thread: number; readonly floors: LeakSeries };

type Collection = Extract<CaptureEvent, { type: "gc" }>;

export function heapsOf({ events }: Capture): Heap[] {
  const found = new Map<string, Collection[]>();
  for (const event of events) {
    if (event.type !== "gc" || event.kind !== "major" || event.afterBytes === 0) continue;
    const key = keyOf(event.process, event.thread);
    const before = found.get(key);
    if (before === undefined) found.set(key, [event]);
    else before.push(event);
  }
  return [...found.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const atMs = Float64Array.from(list, (event) => event.atMs);
    const bytes = Float64Array.from(list, (event) => event.afterBytes);
    return [{ process: first.process, thread: first.thread, floors: { atMs, bytes, kind: "post-gc" as const } }];
  });
}

/** What these heaps and their buffers took at each of the times, as they last said; 0 before the first and after the last time each said so. */
export function heldByHeaps({ tables: { isolate } }: Capture, heaps: readonly Heap[], timesMs: Float64Array): Float64Array {
  const keys = new Set(heaps.map(({ process, thread }) => keyOf(process, thread)));
  const lastMs = new Map<string, number>();
  const keyOfRow = (row: number) => keyOf(isolate.process[row] ?? 0, isolate.thread[row] ?? 0);
  for (const [row, atMs] of isolate.atMs.entries()) lastMs.set(keyOfRow(row), atMs);
  const held = new Map<string, number>();
  let row = 0;
  return timesMs.map((timeMs) => {
    for (; row < isolate.atMs.length && (isolate.atMs[row] ?? 0) <= timeMs; row++) {
      const key = keyOfRow(row);
      if (keys.has(key)) held.set(key, (isolate.heapTotalBytes[row] ?? 0) + (isolate.externalBytes[row] ?? 0));
    }
    let sum = 0;
    for (const [key, bytes] of held) if (timeMs <= (lastMs.get(key) ?? 0)) sum += bytes;
    return sum;
  });
}

function keyOf(process: number, thread: number): string {
  return `${process},${thread}`;
}
