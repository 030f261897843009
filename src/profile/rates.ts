import type { Timeline } from "./model.ts";

/** Counters come in steps, and processes that idle are asked less often: over a shorter time a rate would show both. */
const RATE_MS = 500;

/** Sums over all processes since the capture began. */
type Counters = {
  readonly atMs: number;
  readonly cpuMs: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly someMicros: number;
  readonly fullMicros: number;
};

type RateColumns = Pick<Timeline, "cpuCores" | "minorFaultsPerSecond" | "majorFaultsPerSecond" | "someStallShare" | "fullStallShare">;

/** Turns counters that rise into rates over the last half second, or since the point before where that is longer ago. */
export class Rates {
  readonly #columns: RateColumns;
  readonly #seen: Counters[] = [];
  #base = 0;

  constructor(columns: RateColumns) {
    this.#columns = columns;
  }

  add(point: number, now: Counters): void {
    this.#seen.push(now);
    while (this.#base + 1 < point && (this.#seen[this.#base + 1]?.atMs ?? now.atMs) <= now.atMs - RATE_MS) this.#base += 1;
    const base = this.#seen[this.#base] ?? now;
    const seconds = (now.atMs - base.atMs) / 1000;
    // Nothing is known of the time before the first point.
    if (seconds <= 0) return;
    const rate = (counter: keyof Counters) => Math.max(0, now[counter] - base[counter]) / seconds;
    this.#columns.cpuCores[point] = rate("cpuMs") / 1000;
    this.#columns.minorFaultsPerSecond[point] = rate("minorFaults");
    this.#columns.majorFaultsPerSecond[point] = rate("majorFaults");
    this.#columns.someStallShare[point] = Math.min(1, rate("someMicros") / 1e6);
    this.#columns.fullStallShare[point] = Math.min(1, rate("fullMicros") / 1e6);
  }
}
