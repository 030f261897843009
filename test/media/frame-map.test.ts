import { describe, expect, it } from "vitest";
import type { VideoTrack } from "../../src/media/container/index.ts";
import { constantRate, firstShowing } from "../../src/media/frame-map.ts";

const track = (ticks: readonly number[]): VideoTrack =>
  ({ ticks: Float64Array.from(ticks), timeBase: { num: 1, den: 1000 } }) as unknown as VideoTrack;

describe("constantRate", () => {
  it("shows the last frame that starts, rounded, at or before each of its own", () => {
    const { frameMap, ticks, timeBase } = constantRate(track([0, 40, 260, 300]), { first: 0, end: 4, endTick: 400 }, { num: 10, den: 1 });
    // At 0, 1, 2 and 3 tenths: 40 ms is nearest to 0, and 260 as well as 300 ms to 3.
    expect([...frameMap]).toEqual([1, 1, 1, 3]);
    expect(firstShowing(frameMap, 2)).toBe(3);
    expect([...ticks].map((tick) => (tick * timeBase.num) / timeBase.den)).toEqual([0, 0.1, 0.2, 0.3]);
  });

  it("refuses more frames than mm counts, before it makes room for them", () => {
    const year = 365 * 86_400_000;
    expect(() => constantRate(track([0, year]), { first: 0, end: 2, endTick: year }, { num: 60, den: 1 })).toThrow(
      /makes 1892160000 frames/,
    );
  });
});
