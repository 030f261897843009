/** Whether the memory of a capture leaks: the heaps of its isolates after full collections, and what else the whole tree uses. */
import { judgeLeak, type LeakSeries, type LeakVerdict, type LeakWord } from "../memory/index.ts";
import type { Capture } from "./capture/index.ts";
import { type Heap, heapsOf, heldByHeaps } from "./heaps.ts";

/** A verdict, and on what. */
export type CaptureLeak = LeakVerdict & { readonly of: "tree" | { readonly process: number; readonly thread: number } };

/** Worst first. */
const ORDER: readonly LeakWord[] = ["leak", "growing", "plateau", "steady", "too-short"];

/**
 * The worst of all verdicts, the tree's where several are equal. Heaps that can be judged by what collections left of them are not part of the
 * tree's: between two collections a sound program grows like one that leaks.
 */
export function leakOf(capture: Capture): CaptureLeak {
  const { limitBytes } = capture.header;
  const heaps = heapsOf(capture).map((heap) => ({ heap, verdict: judgeLeak(heap.floors) }));
  const judged = heaps.filter(({ verdict }) => verdict.verdict !== "too-short");
  const rest = treeSeries(
    capture,
    judged.map(({ heap }) => heap),
  );
  const verdicts: CaptureLeak[] = [
    { ...judgeLeak(rest, { limitBytes }), of: "tree" },
    ...heaps.map(({ heap: { process, thread }, verdict }): CaptureLeak => ({ ...verdict, of: { process, thread } })),
  ];
  const rank = ({ verdict }: LeakVerdict) => ORDER.indexOf(verdict);
  return verdicts.reduce((worst, each) => (rank(each) < rank(worst) ? each : worst));
}

/** While anything ran: what comes after all has ended is not memory that was given back. */
function treeSeries(capture: Capture, without: readonly Heap[]): LeakSeries {
  const { tree } = capture.tables;
  // What massif counts instead of time makes no slope.
  const ended = capture.header.source === "massif" ? 0 : tree.processes.findLastIndex((count) => count > 0) + 1;
  const atMs = tree.atMs.subarray(0, ended);
  const held = heldByHeaps(capture, without, atMs);
  return { atMs, bytes: tree.usedBytes.subarray(0, ended).map((used, row) => Math.max(0, used - (held[row] ?? 0))), kind: "opaque" };
}
