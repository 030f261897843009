/** What a series of memory comes down to again and again: the part of it that is not on its way to be freed. */

export type LeakSeries = {
  /** Milliseconds, ascending. */
  readonly atMs: Float64Array;
  readonly bytes: Float64Array;
  /** post-gc: the heap right after full collections. malloc: what an allocator has given out. opaque: what a process holds, no more known. */
  readonly kind: "post-gc" | "malloc" | "opaque";
};

export type Floors = { readonly atMs: Float64Array; readonly bytes: Float64Array };

/**
 * Few and long windows: a floor is only one when a collection, or a moment without temporary memory, falls into its window. With 32 a leak of
 * 12 MiB under a sawtooth of 20 is found three times out of four, with 16 nineteen times out of twenty.
 */
const MOST_FLOORS = 16;
/** Values that a window has at least where they are not floors by themselves. */
const FEWEST_IN_WINDOW = 3;

/** The lowest points from `fromMs` on: one of each of up to 16 windows of equal length, those without a value left out. */
export function floorsOf({ atMs, bytes, kind }: LeakSeries, fromMs: number): Floors {
  const first = atMs.findIndex((each) => each >= fromMs);
  const start = first === -1 ? atMs.length : first;
  const count = atMs.length - start;
  const windows = Math.min(MOST_FLOORS, kind === "post-gc" ? count : Math.floor(count / FEWEST_IN_WINDOW));
  if (kind === "post-gc" && count <= MOST_FLOORS) return { atMs: atMs.slice(start), bytes: bytes.slice(start) };
  const lastMs = atMs[atMs.length - 1] ?? fromMs;
  const lowest = new Map<number, number>();
  for (let at = start; at < atMs.length; at++) {
    const window = Math.min(windows - 1, Math.floor((windows * ((atMs[at] ?? 0) - fromMs)) / (lastMs - fromMs)));
    if ((bytes[at] ?? 0) < (bytes[lowest.get(window) ?? -1] ?? Number.POSITIVE_INFINITY)) lowest.set(window, at);
  }
  const indexes = [...lowest.values()];
  return { atMs: Float64Array.from(indexes, (at) => atMs[at] ?? 0), bytes: Float64Array.from(indexes, (at) => bytes[at] ?? 0) };
}
