/** What was seen in the last hour, in a bounded number of points. */

export type MemorySnapshot = {
  /** Milliseconds of the clock in use. */
  readonly timestamp: number;
  readonly heapUsed: number;
  readonly heapTotal: number;
  /** What objects of the heap hold outside of it, buffers included. */
  readonly external: number;
  readonly rss: number;
};

/** What a program holds: a buffer counts like any other object. */
export function heldBytes({ heapUsed, external }: Pick<MemorySnapshot, "heapUsed" | "external">): number {
  return heapUsed + external;
}

/** An hour in steps of 3 s, in 150 KB. */
const MOST_POINTS = 1200;
/** These are kept as they came. */
const NEWEST = 3;

/** The snapshots of the last while: the newest three, and of all the lowest in each step of time, because floors are what is judged. */
export class RecentSnapshots {
  readonly #windowMs: number;
  readonly #points: MemorySnapshot[] = [];
  readonly #newest: MemorySnapshot[] = [];

  /** @param windowMs - what is older than this is forgotten */
  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  get points(): readonly MemorySnapshot[] {
    return this.#points;
  }

  /** Oldest first. */
  get newest(): readonly MemorySnapshot[] {
    return this.#newest;
  }

  push(snapshot: MemorySnapshot): void {
    this.#newest.push(snapshot);
    if (this.#newest.length > NEWEST) this.#newest.shift();
    const oldest = snapshot.timestamp - this.#windowMs;
    while ((this.#points[0]?.timestamp ?? Number.POSITIVE_INFINITY) <= oldest) this.#points.shift();
    const last = this.#points.at(-1);
    if (last === undefined || this.#stepOf(last) !== this.#stepOf(snapshot)) this.#points.push(snapshot);
    else if (heldBytes(snapshot) < heldBytes(last)) this.#points[this.#points.length - 1] = snapshot;
  }

  #stepOf({ timestamp }: MemorySnapshot): number {
    return Math.floor((timestamp * MOST_POINTS) / this.#windowMs);
  }
}
