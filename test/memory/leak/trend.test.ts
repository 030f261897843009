import { describe, expect, it } from "vitest";
import { randomSource } from "../../../fixtures/sequences.mjs";
import { trendOf } from "../../../src/memory/leak/trend.ts";

const upTo = (count: number) => Float64Array.from({ length: count }, (_, at) => at);

/** @param memory - how much of a value is that of the one before */
function noise(seed: number, count: number, memory = 0): Float64Array {
  const random = randomSource(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let value = normal();
  return Float64Array.from({ length: count }, () => {
    value = memory * value + Math.sqrt(1 - memory ** 2) * normal();
    return value;
  });
}

function share(count: number, holds: (seed: number) => boolean): number {
  return Array.from({ length: count }, (_, seed) => holds(seed)).filter(Boolean).length / count;
}

describe("trendOf", () => {
  it("finds the slope of a line that a third of the points do not lie on", () => {
    const y = upTo(30).map((x) => 5 + 2 * x + (x % 3 === 0 ? 1000 : 0));
    expect(trendOf(upTo(30), y).slope).toBeCloseTo(2, 6);
  });

  it("gives the statistic of a worked example, ties included", () => {
    // 1 2 2 3: five pairs rise, one is tied; the variance is (4 x 3 x 13 - 2 x 1 x 9) / 18 = 7.667.
    expect(trendOf(upTo(4), Float64Array.of(1, 2, 2, 3)).z).toBeCloseTo(4 / Math.sqrt(23 / 3), 6);
  });

  it("has the true slope within its bounds 95 times in a hundred", () => {
    const covered = share(1000, (seed) => {
      const { low, high } = trendOf(
        upTo(40),
        noise(seed, 40).map((each, x) => each + 0.05 * x),
      );
      return low <= 0.05 && 0.05 <= high;
    });
    expect(covered).toBeGreaterThan(0.93);
    expect(covered).toBeLessThan(0.98);
  });

  it("does not take neighbours that resemble each other for a trend", () => {
    const rising = (count: number, memory: number) => share(300, (seed) => trendOf(upTo(count), noise(seed, count, memory)).z > 2.326);
    expect(rising(100, 0)).toBeLessThan(0.03);
    // Without the correction these are 9 and 32 in a hundred.
    expect(rising(100, 0.5)).toBeLessThan(0.06);
    expect(rising(100, 0.9)).toBeLessThan(0.2);
  });

  it("says nothing of points that are all alike, or of none", () => {
    const none = { slope: 0, low: 0, high: 0, z: 0 };
    expect(trendOf(upTo(20), new Float64Array(20))).toEqual(none);
    expect(trendOf(new Float64Array(), new Float64Array())).toEqual(none);
    expect(trendOf(Float64Array.of(3, 3), Float64Array.of(1, 2))).toMatchObject({ slope: 0 });
  });
});
