import { type Clock, MIB, systemClock } from "../../base/index.ts";
import { collectNow, onFullCollection } from "./collections.ts";
import { floorsOf, type LeakSeries } from "./floors.ts";
import { dumpHeap, readHeadroom } from "./heap-dump.ts";
import { judgeLeak, type LeakVerdict } from "./judge.ts";
import { heldBytes, type MemorySnapshot, RecentSnapshots } from "./snapshots.ts";
import { trendOf } from "./trend.ts";

export type MemoryTrend = {
  readonly trend: "growing" | "stable" | "decreasing" | "unknown";
  /** Bytes per second. */
  readonly rate: number;
};

export type MemoryLeakAlert = {
  readonly type: "memory_leak";
  readonly severity: "high";
  readonly message: string;
  /** ISO 8601. */
  readonly timestamp: string;
  /** Its id. */
  readonly process: number;
  /** Of Node. */
  readonly version: string;
  /** What is still held after a full collection, more than before. */
  readonly growthBytes: number;
  readonly verdict: LeakVerdict["verdict"];
  /** The heap snapshot, or why there is none; absent where none was asked for. */
  readonly heapDump?: string;
};

export type MemoryLeakDetectorOptions = {
  /** Growth that is worth a look: 50 MiB. */
  readonly thresholdBytes?: number;
  /** What is older is forgotten: an hour. */
  readonly windowMs?: number;
  /** Where heap snapshots go when a leak is confirmed, three at most. None are written without it: they hold every string of the program. */
  readonly dumpFolder?: string;
  /** Default: `MEMORY_LEAK_ALERT: ` and the alert as JSON in one line on stderr. */
  readonly onAlert?: (alert: MemoryLeakAlert) => void;
  readonly clock?: Clock;
  readonly readMemory?: () => Omit<MemorySnapshot, "timestamp">;
  /** Collects all garbage. */
  readonly collect?: () => void;
  /** Calls back after each full collection. */
  readonly onFullCollection?: (listener: () => void) => Disposable;
  /** Bytes that a heap snapshot may still take. */
  readonly readHeadroom?: () => number;
};

const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_WINDOW_MS = 3_600_000;
const DEFAULT_THRESHOLD_BYTES = 50 * MIB;
/** Slower than this is standing still. */
const STABLE_BYTES_PER_SECOND = 1000;
const MOST_DUMPS = 3;

/**
 * Watches the heap of this thread, and what it holds outside, for leaks. Growth above the threshold over three snapshots, or a `leak` by the
 * tested rule that has grown as much, is suspected; all garbage is collected; what is still there, if more than half, is confirmed.
 */
export class MemoryLeakDetector implements Disposable {
  readonly #options: MemoryLeakDetectorOptions;
  readonly #clock: Clock;
  readonly #thresholdBytes: number;
  readonly #snapshots: RecentSnapshots;
  /** After each full collection. */
  readonly #floors: RecentSnapshots;
  #timer: NodeJS.Timeout | undefined;
  #collections: Disposable | undefined;
  /** What was held at the last look: only what comes on top of it is suspected again. */
  #lookedAtBytes = Number.NEGATIVE_INFINITY;
  #dumps = 0;

  constructor(options: MemoryLeakDetectorOptions = {}) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#thresholdBytes = options.thresholdBytes ?? DEFAULT_THRESHOLD_BYTES;
    const windowMs = options.windowMs ?? DEFAULT_WINDOW_MS;
    this.#snapshots = new RecentSnapshots(windowMs);
    this.#floors = new RecentSnapshots(windowMs);
  }

  /** Takes a snapshot now and then; the timer does not keep the process alive. */
  startDetection(intervalMs: number = DEFAULT_INTERVAL_MS): void {
    this.stopDetection();
    this.#timer = setInterval(() => this.takeSnapshot(), intervalMs);
    this.#timer.unref();
    this.#collections = (this.#options.onFullCollection ?? onFullCollection)(() => this.#floors.push(this.#now()));
  }

  stopDetection(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#collections?.[Symbol.dispose]();
    this.#collections = undefined;
  }

  /** What the timer does. */
  takeSnapshot(): void {
    this.#snapshots.push(this.#now());
    const suspect = this.#suspect();
    if (suspect !== undefined) this.#confirm(suspect);
  }

  /** The median slope of what is held, over the last hour. */
  getMemoryTrend(): MemoryTrend {
    const { points } = this.#snapshots;
    if (points.length < 2) return { trend: "unknown", rate: 0 };
    const { atMs, bytes } = floorsOf(seriesOf(points, "post-gc"), 0);
    const rate = trendOf(atMs, bytes).slope * 1000;
    if (Math.abs(rate) < STABLE_BYTES_PER_SECOND) return { trend: "stable", rate };
    return { trend: rate > 0 ? "growing" : "decreasing", rate };
  }

  /** By heaps after full collections where there were enough of them, else by the lowest snapshots. */
  verdict(): LeakVerdict {
    const collected = judgeLeak(seriesOf(this.#floors.points, "post-gc"));
    return collected.verdict === "too-short" ? judgeLeak(seriesOf(this.#snapshots.points, "opaque")) : collected;
  }

  [Symbol.dispose](): void {
    this.stopDetection();
  }

  #now(): MemorySnapshot {
    const { heapUsed, heapTotal, external, rss } = (this.#options.readMemory ?? process.memoryUsage)();
    return { timestamp: this.#clock.nowMs(), heapUsed, heapTotal, external, rss };
  }

  /** The snapshot that the last one has grown from. */
  #suspect(): MemorySnapshot | undefined {
    const [earlier, , last] = this.#snapshots.newest;
    const first = this.#snapshots.points[0];
    if (last === undefined || first === undefined || earlier === undefined) return undefined;
    if (heldBytes(last) - this.#lookedAtBytes <= this.#thresholdBytes) return undefined;
    if (heldBytes(last) - heldBytes(earlier) > this.#thresholdBytes) return earlier;
    if (heldBytes(last) - heldBytes(first) <= this.#thresholdBytes) return undefined;
    const { verdict, riseBytes } = this.verdict();
    return verdict === "leak" && riseBytes > this.#thresholdBytes ? first : undefined;
  }

  #confirm(earlier: MemorySnapshot): void {
    const before = heldBytes(this.#snapshots.newest.at(-1) ?? earlier);
    // What was held then without its garbage, where a collection showed it.
    const floor = this.#floors.points.findLast(({ timestamp }) => timestamp <= earlier.timestamp);
    const baseBytes = Math.min(heldBytes(earlier), heldBytes(floor ?? earlier));
    (this.#options.collect ?? collectNow)();
    const collected = this.#now();
    this.#floors.push(collected);
    this.#lookedAtBytes = heldBytes(collected);
    const growthBytes = heldBytes(collected) - baseBytes;
    if (growthBytes * 2 > before - baseBytes) this.#alert(growthBytes);
  }

  #alert(growthBytes: number): void {
    const { verdict } = this.verdict();
    const heapDump = this.#dump();
    const alert: MemoryLeakAlert = {
      type: "memory_leak",
      severity: "high",
      message: `Memory leak detected: ${(growthBytes / MIB).toFixed(2)}MB growth`,
      timestamp: new Date().toISOString(),
      process: process.pid,
      version: process.version,
      growthBytes,
      verdict,
      ...(heapDump === undefined ? {} : { heapDump }),
    };
    (this.#options.onAlert ?? writeAlert)(alert);
  }

  #dump(): string | undefined {
    const { dumpFolder } = this.#options;
    if (dumpFolder === undefined) return undefined;
    if (this.#dumps >= MOST_DUMPS) return `there are ${MOST_DUMPS} dumps already`;
    const dump = dumpHeap(dumpFolder, (this.#options.readHeadroom ?? readHeadroom)(), Date.now());
    if ("refusal" in dump) return dump.refusal;
    this.#dumps += 1;
    return dump.path;
  }
}

function seriesOf(points: readonly MemorySnapshot[], kind: LeakSeries["kind"]): LeakSeries {
  return { kind, atMs: Float64Array.from(points, ({ timestamp }) => timestamp), bytes: Float64Array.from(points, heldBytes) };
}

function writeAlert(alert: MemoryLeakAlert): void {
  process.stderr.write(`MEMORY_LEAK_ALERT: ${JSON.stringify(alert)}\n`);
}
