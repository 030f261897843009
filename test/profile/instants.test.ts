import { expect, test } from "vitest";
import { lastOf, lowestOf, pickInstants } from "../../src/profile/instants.ts";
import { seeded } from "./synthetic.ts";

test("few rows are all kept, each its own bucket", () => {
  const instants = pickInstants(Float64Array.of(0, 10, 20), Float64Array.of(5, 9, 7), 10);
  expect([...instants.rows]).toEqual([0, 1, 2]);
  expect([...lowestOf(instants, Float64Array.of(5, 9, 7))]).toEqual([5, 9, 7]);
});

test("the highest, the lowest and the last value of every bucket are those of a plain search", () => {
  const random = seeded(3);
  const count = 5000;
  const atMs = new Float64Array(count);
  for (let row = 1; row < count; row += 1) atMs[row] = (atMs[row - 1] ?? 0) + 1 + Math.floor(random() * 90);
  const values = atMs.map(() => Math.floor(random() * 1000));
  const points = 70;
  const instants = pickInstants(atMs, values, points);
  const spanMs = atMs[count - 1] ?? 0;
  const buckets = new Map<number, number[]>();
  for (const [row, at] of atMs.entries()) {
    const bucket = Math.min(points - 1, Math.floor((at / spanMs) * points));
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), values[row] ?? 0]);
  }
  const expected = [...buckets.values()];
  expect(instants.rows.length).toBeLessThanOrEqual(points);
  expect([...instants.rows].map((row) => values[row])).toEqual(expected.map((bucket) => Math.max(...bucket)));
  expect([...lowestOf(instants, values)]).toEqual(expected.map((bucket) => Math.min(...bucket)));
  expect([...lastOf(instants, values)]).toEqual(expected.map((bucket) => bucket.at(-1)));
});

test("one tick's spike survives any number of points", () => {
  const atMs = Float64Array.from({ length: 100_000 }, (_, row) => row * 50);
  const values = atMs.map((_, row) => (row === 77_777 ? 1e9 : 1e6));
  for (const points of [10, 600, 4000]) {
    const { rows } = pickInstants(atMs, values, points);
    expect([...rows]).toContain(77_777);
  }
});

test("nothing is picked from nothing", () => {
  expect(pickInstants(new Float64Array(0), new Float64Array(0), 10).rows).toHaveLength(0);
});
