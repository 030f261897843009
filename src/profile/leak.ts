/** Whether the memory of a capture leaks: the heaps of its isolates after full collections, and what the whole tree uses. */
import { judgeLeak, type LeakSeries, type LeakVerdict, type LeakWord } from "../memory/index.ts";
import type { Capture, CaptureEvent } from "./capture/index.ts";

/** A verdict, and on what. */
export type CaptureLeak = LeakVerdict & { readonly of: "tree" | { readonly process: number; readonly thread: number } };

/** Worst first. */
const ORDER: readonly LeakWord[] = ["leak", "growing", "plateau", "steady", "too-short"];

/** The worst of all verdicts, the tree's where several are equal. */
export function leakOf(capture: Capture): CaptureLeak {
  const { limitBytes } = capture.header;
  const verdicts: CaptureLeak[] = [
    { ...judgeLeak(treeSeries(capture), { limitBytes }), of: "tree" },
    ...heapsOf(capture.events).map(({ series, ...of }): CaptureLeak => ({ ...judgeLeak(series), of })),
  ];
  const rank = ({ verdict }: LeakVerdict) => ORDER.indexOf(verdict);
  return verdicts.reduce((worst, each) => (rank(each) < rank(worst) ? each : worst));
}

/** While anything ran: what comes after all has ended is not memory that was given back. */
function treeSeries({ tables: { tree }, header: { source } }: Capture): LeakSeries {
  // What massif counts instead of time makes no slope.
  const ended = source === "massif" ? 0 : tree.processes.findLastIndex((count) => count > 0) + 1;
  return { atMs: tree.atMs.subarray(0, ended), bytes: tree.usedBytes.subarray(0, ended), kind: "opaque" };
}

type Heap = { readonly process: number; readonly thread: number; readonly series: LeakSeries };

function heapsOf(events: readonly CaptureEvent[]): Heap[] {
  const floors = new Map<string, Extract<CaptureEvent, { type: "gc" }>[]>();
  for (const event of events) {
    if (event.type !== "gc" || event.kind !== "major" || event.afterBytes === 0) continue;
    const key = `${event.process},${event.thread}`;
    const before = floors.get(key);
    if (before === undefined) floors.set(key, [event]);
    else before.push(event);
  }
  return [...floors.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const atMs = Float64Array.from(list, (event) => event.atMs);
    const bytes = Float64Array.from(list, (event) => event.afterBytes);
    return [{ process: first.process, thread: first.thread, series: { atMs, bytes, kind: "post-gc" as const } }];
  });
}
