/** The ticks that stand for a run in a picture of `points` points. */
export type Instants = {
  /** Rows of the table, ascending: of each bucket the one with the highest value, the first of equals. */
  readonly rows: Uint32Array;
  /** Lowest and last value of each bucket. */
  readonly low: Float64Array;
  readonly last: Float64Array;
};

/**
 * Cuts time into equal buckets and keeps of each the highest, the lowest and the last value, so that no peak gets lost; the bucket of the
 * last tick is never empty. Where there are no more rows than points, each row is its own bucket.
 */
export function pickInstants(atMs: Float64Array, values: Float64Array, points: number): Instants {
  const count = atMs.length;
  if (count <= points) return { rows: Uint32Array.from({ length: count }, (_, row) => row), low: values.slice(), last: values.slice() };
  const startMs = atMs[0] ?? 0;
  const perMs = points / Math.max(Number.EPSILON, (atMs[count - 1] ?? 0) - startMs);
  const [rows, low, last]: [number[], number[], number[]] = [[], [], []];
  let bucket = -1;
  for (let row = 0; row < count; row += 1) {
    const value = values[row] ?? 0;
    const at = Math.min(points - 1, Math.floor(((atMs[row] ?? 0) - startMs) * perMs));
    const end = rows.length - 1;
    if (at !== bucket) {
      bucket = at;
      rows.push(row);
      low.push(value);
      last.push(value);
    } else {
      if (value > (values[rows[end] ?? 0] ?? 0)) rows[end] = row;
      low[end] = Math.min(low[end] ?? 0, value);
      last[end] = value;
    }
  }
  return { rows: Uint32Array.from(rows), low: Float64Array.from(low), last: Float64Array.from(last) };
}
