/** The ticks that stand for a run in a picture of `points` points. */
export type Instants = {
  /** Rows of the table, ascending: of each bucket the one with the highest value, the first of equals. */
  readonly rows: Uint32Array;
  /** The first row of each bucket; it ends where the next begins. */
  readonly starts: Uint32Array;
};

/**
 * Cuts time into equal buckets and keeps of each the row with the highest value, so that no peak gets lost; buckets without a row are left
 * out. Where there are no more rows than points, each row is its own bucket.
 */
export function pickInstants(atMs: Float64Array, values: Float64Array, points: number): Instants {
  const count = atMs.length;
  if (count <= points) {
    const all = Uint32Array.from({ length: count }, (_, row) => row);
    return { rows: all, starts: all };
  }
  const startMs = atMs[0] ?? 0;
  const perMs = points / Math.max(Number.EPSILON, (atMs[count - 1] ?? 0) - startMs);
  const [rows, starts]: [number[], number[]] = [[], []];
  let bucket = -1;
  for (let row = 0; row < count; row += 1) {
    const at = Math.min(points - 1, Math.floor(((atMs[row] ?? 0) - startMs) * perMs));
    if (at !== bucket) {
      bucket = at;
      rows.push(row);
      starts.push(row);
    } else if ((values[row] ?? 0) > (values[rows.at(-1) ?? 0] ?? 0)) rows[rows.length - 1] = row;
  }
  return { rows: Uint32Array.from(rows), starts: Uint32Array.from(starts) };
}

/** The lowest value of each bucket. */
export function lowestOf({ starts }: Instants, values: Float64Array): Float64Array {
  return Float64Array.from(starts, (start, bucket) =>
    values.subarray(start, starts[bucket + 1]).reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY),
  );
}

/** The last value of each bucket. */
export function lastOf({ starts }: Instants, values: Float64Array): Float64Array {
  return Float64Array.from(starts, (_, bucket) => values[(starts[bucket + 1] ?? values.length) - 1] ?? 0);
}
