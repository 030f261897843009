import { MIB } from "../../base/index.ts";
import type { Finding } from "../model.ts";
import { at, type Evidence, percent, processLabel, type Rule, size } from "./evidence.ts";
import { filledShare, lowest, type NodePoint, type NodeSeries, nodeSeries } from "./node-series.ts";

/** Points that a trend needs: fewer are the start of a program. */
const FEWEST_POINTS = 20;

/** What goes wrong in a Node process, each rule on each of them. */
export const nodeRules: Rule = (evidence) =>
  nodeSeries(evidence.capture).flatMap((series) =>
    [externalMemory, nativeMemory, heapHoldsFree, heapNearLimit, heapFlatResidentGrows].flatMap((rule) => rule(series, evidence) ?? []),
  );

type NodeRule = (series: NodeSeries, evidence: Evidence) => Finding | undefined;

function highestOf({ points }: NodeSeries, amount: (point: NodePoint) => number): NodePoint | undefined {
  return points.reduce<NodePoint | undefined>(
    (best, point) => (best === undefined || amount(point) > amount(best) ? point : best),
    undefined,
  );
}

const externalMemory: NodeRule = (series, evidence) => {
  const point = highestOf(series, ({ externalBytes }) => externalBytes);
  if (point === undefined || point.externalBytes < 32 * MIB || point.anonBytes === 0) return undefined;
  const share = point.externalBytes / point.anonBytes;
  if (share < 0.5) return undefined;
  const { externalBytes, arrayBuffersBytes, anonBytes, heapUsedBytes, atMs } = point;
  // Of which a heap without anything in it has none to show.
  const isSampled = evidence.capture.events.some(({ type, process }) => type === "stacks" && process === series.process);
  return {
    id: "external-memory",
    severity: "warning",
    title: `${processLabel(evidence, series.process)} holds ${size(externalBytes)} outside its V8 heap, ${share > 0.995 ? "nearly all" : percent(share)} of its memory`,
    evidence: `At ${at(atMs)} V8 counted ${size(externalBytes)} external (${size(arrayBuffersBytes)} of it ArrayBuffers) beside ${size(heapUsedBytes)} of heap; the process had ${size(anonBytes)} of anonymous memory.`,
    fix: `${isSampled ? "What lies outside the heap is not in the stacks. " : ""}Look for Buffers and typed arrays kept in caches, queues or streams without backpressure. --max-old-space-size does not bound them.`,
    figures: { externalBytes, arrayBuffersBytes, anonBytes, heapUsedBytes },
    ...{ process: series.process, atMs },
  };
};

const nativeMemory: NodeRule = (series, evidence) => {
  const restOf = ({ anonBytes, heapTotalBytes, externalBytes }: NodePoint) => anonBytes - heapTotalBytes - externalBytes;
  const point = highestOf(series, restOf);
  if (point === undefined) return undefined;
  const restBytes = restOf(point);
  if (restBytes < 64 * MIB || restBytes < 0.4 * point.anonBytes) return undefined;
  return {
    id: "native-memory",
    severity: "warning",
    title: `${size(restBytes)} of ${processLabel(evidence, series.process)} is neither V8 heap nor a buffer`,
    evidence: `At ${at(point.atMs)}: anonymous ${size(point.anonBytes)}, of that V8 heap ${size(point.heapTotalBytes)} and external ${size(point.externalBytes)}. The rest is native code's, or freed memory that malloc keeps.`,
    fix: "Run once with MALLOC_ARENA_MAX=2 (or jemalloc by LD_PRELOAD): what goes away was held free by malloc, what stays is allocated by native code; mm profile --tool heaptrack names its callers.",
    figures: {
      nativeBytes: restBytes,
      anonBytes: point.anonBytes,
      heapTotalBytes: point.heapTotalBytes,
      externalBytes: point.externalBytes,
    },
    ...{ process: series.process, atMs: point.atMs },
  };
};

const heapHoldsFree: NodeRule = (series, evidence) => {
  if (series.points.length < FEWEST_POINTS) return undefined;
  const freeBytes = lowest(series, 0.75, 1, ({ heapTotalBytes, heapUsedBytes }) => heapTotalBytes - heapUsedBytes) ?? 0;
  const totalBytes = lowest(series, 0.75, 1, ({ heapTotalBytes }) => heapTotalBytes) ?? 0;
  if (freeBytes < 64 * MIB || freeBytes < 0.5 * totalBytes) return undefined;
  return {
    id: "heap-holds-free",
    severity: "info",
    title: `V8 in ${processLabel(evidence, series.process)} keeps ${size(freeBytes)} that it does not use`,
    evidence: `In the last quarter of the run at least ${size(freeBytes)} of ${size(totalBytes)} of committed heap were free, at every sample.`,
    fix: "It is left from a peak. A lower --max-old-space-size or --max-semi-space-size makes V8 collect earlier and hold less.",
    figures: { freeBytes, heapTotalBytes: totalBytes },
    process: series.process,
  };
};

const heapNearLimit: NodeRule = ({ process, fullestRow }, evidence) => {
  const { isolate } = evidence.capture.tables;
  const share = filledShare(isolate, fullestRow);
  if (share < 0.85) return undefined;
  const heapUsedBytes = isolate.heapUsedBytes[fullestRow] ?? 0;
  const heapLimitBytes = isolate.heapLimitBytes[fullestRow] ?? 0;
  const atMs = isolate.atMs[fullestRow] ?? 0;
  const thread = isolate.thread[fullestRow] ?? 0;
  return {
    id: "heap-near-limit",
    severity: "serious",
    title: `The V8 heap of ${processLabel(evidence, process)}${thread === 0 ? "" : `, worker ${thread},`} reached ${percent(share)} of its limit`,
    evidence: `At ${at(atMs)}: ${size(heapUsedBytes)} in use of ${size(heapLimitBytes)}. Near the limit V8 collects without end, and then it aborts.`,
    fix: `If that much is needed: NODE_OPTIONS=--max-old-space-size=${Math.ceil((heapLimitBytes * 1.5) / MIB)}. If not, mm profile --stacks shows who holds it.`,
    figures: { heapUsedBytes, heapLimitBytes, share },
    ...{ process, atMs },
  };
};

/** Early against late: the first fifth is start-up, and at the very end a program lets go of all it has. */
const heapFlatResidentGrows: NodeRule = (series, evidence) => {
  if (series.points.length < FEWEST_POINTS) return undefined;
  const change = (amount: (point: NodePoint) => number) => {
    const early = lowest(series, 0.2, 0.4, amount) ?? 0;
    const late = lowest(series, 0.8, 0.95, amount) ?? 0;
    return { early, late, grown: late - early };
  };
  const anon = change(({ anonBytes }) => anonBytes);
  const heap = change(({ heapUsedBytes, externalBytes }) => heapUsedBytes + externalBytes);
  if (anon.early === 0 || anon.grown < 16 * MIB || anon.grown < 0.2 * anon.early || heap.grown > 0.25 * anon.grown) return undefined;
  return {
    id: "heap-flat-resident-grows",
    severity: "warning",
    title: `${processLabel(evidence, series.process)} grows, and its JavaScript does not`,
    evidence: `Anonymous memory rose from ${size(anon.early)} to ${size(anon.late)} between the early and the late part of the run, heap and buffers together from ${size(heap.early)} to ${size(heap.late)}.`,
    fix: "That is fragmentation (malloc keeps freed memory) or native code that does not free. MALLOC_ARENA_MAX=2 or jemalloc tell the two apart: fragmentation shrinks, a leak does not.",
    figures: { anonEarlyBytes: anon.early, anonLateBytes: anon.late, heapEarlyBytes: heap.early, heapLateBytes: heap.late },
    process: series.process,
  };
};
