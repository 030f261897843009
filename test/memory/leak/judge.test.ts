import { describe, expect, it } from "vitest";
import { LEAK_KINDS, makeLeakSeries } from "../../../fixtures/leak-series.mjs";
import type { LeakSeries } from "../../../src/memory/leak/floors.ts";
import { judgeLeak } from "../../../src/memory/leak/judge.ts";

const MIB = 2 ** 20;
const SEEDS = 400;

function series(count: number, bytesAt: (share: number) => number, kind: LeakSeries["kind"] = "opaque"): LeakSeries {
  return {
    kind,
    atMs: Float64Array.from({ length: count }, (_, at) => at * 1000),
    bytes: Float64Array.from({ length: count }, (_, at) => bytesAt(at / (count - 1))),
  };
}

describe("judgeLeak", () => {
  it.each(LEAK_KINDS)("on 400 series of the kind '$name'", ({ name, isLeak, mostFalse }) => {
    const leaks = Array.from({ length: SEEDS }, (_, seed) => judgeLeak(makeLeakSeries(name, seed))).filter(
      ({ verdict }) => verdict === "leak",
    );
    if (isLeak) expect(leaks.length / SEEDS).toBeGreaterThanOrEqual(0.95);
    else expect(leaks.length / SEEDS).toBeLessThanOrEqual(mostFalse);
  });

  it("gives the slope in bytes per second with its bounds, and the time to the limit", () => {
    const verdict = judgeLeak(
      series(120, (t) => 50 * MIB + 119 * MIB * t + MIB * ((t * 7919) % 1)),
      { limitBytes: 200 * MIB },
    );
    expect(verdict).toMatchObject({ verdict: "leak", floors: 16, judgedFromMs: 119_000 / 3 });
    expect(verdict.slopeBytesPerSecond / MIB).toBeCloseTo(1, 1);
    expect(verdict.lowBytesPerSecond).toBeLessThan(verdict.slopeBytesPerSecond);
    expect(verdict.highBytesPerSecond).toBeGreaterThan(verdict.slopeBytesPerSecond);
    // 169 of 200 MiB at the end.
    expect((verdict.timeToLimitMs ?? 0) / 1000).toBeGreaterThan(28);
    expect((verdict.timeToLimitMs ?? 0) / 1000).toBeLessThan(38);
  });

  it("judges eleven heaps after collections, and not eleven values of a process", () => {
    const rising = (t: number) => 20 * MIB * (1 + t);
    expect(judgeLeak(series(16, rising, "post-gc"))).toMatchObject({ verdict: "leak", floors: 11 });
    expect(judgeLeak(series(16, rising))).toMatchObject({ verdict: "too-short", floors: 3 });
    expect(judgeLeak(series(16, rising)).runLongerMs).toBeGreaterThan(15_000);
    expect(judgeLeak(series(0, rising))).toMatchObject({ verdict: "too-short", floors: 0 });
    expect(judgeLeak(series(1, rising))).toMatchObject({ verdict: "too-short" });
  });

  it("does not call a rise of less than 2 MiB or 2 % a leak", () => {
    expect(judgeLeak(series(200, (t) => 10 * MIB + 2.8 * MIB * t)).verdict).toBe("growing");
    expect(judgeLeak(series(200, (t) => 10 * MIB + 3.3 * MIB * t)).verdict).toBe("leak");
    expect(judgeLeak(series(200, (t) => 1000 * MIB + 28 * MIB * t)).verdict).toBe("growing");
    expect(judgeLeak(series(200, (t) => 1000 * MIB + 34 * MIB * t)).verdict).toBe("leak");
    expect(judgeLeak(series(200, () => 10 * MIB))).toMatchObject({ verdict: "steady", riseBytes: 0 });
    expect(judgeLeak(series(200, (t) => 100 * MIB - 50 * MIB * t)).verdict).toBe("steady");
  });

  it("says how much longer to run, and is then right nine times out of ten", () => {
    let asked = 0;
    let proven = 0;
    for (const { name } of LEAK_KINDS.filter(({ isLeak }) => isLeak)) {
      for (let seed = 0; seed < 100; seed++) {
        const half = makeLeakSeries(name, seed, 0.5);
        const { verdict, runLongerMs } = judgeLeak(half);
        if (verdict !== "growing" || runLongerMs === undefined) continue;
        const endMs = half.atMs.at(-1) ?? 0;
        asked++;
        if (judgeLeak(makeLeakSeries(name, seed, (0.5 * (endMs + runLongerMs)) / endMs)).verdict === "leak") proven++;
      }
    }
    expect(asked).toBeGreaterThan(50);
    expect(proven / asked).toBeGreaterThan(0.9);
  });
});
