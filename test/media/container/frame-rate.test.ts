import { describe, expect, it } from "vitest";
import { cadenceOf } from "../../../src/media/container/frame-rate.ts";

const FALLBACK = { num: 25, den: 1 };
const rate = (ticks: number[], den: number) => {
  const { frameRate, isVariable } = cadenceOf(Float64Array.from(ticks), { num: 1, den }, FALLBACK);
  return [frameRate.num, frameRate.den, isVariable];
};
const steady = (count: number, spacing: number) => Array.from({ length: count }, (_, at) => Math.round(at * spacing));

describe("cadenceOf", () => {
  it("stays between one frame an hour and a thousand a second, whatever ticks or headers say", () => {
    expect(rate(steady(10, 1), 90_000)).toEqual([1000, 1, false]);
    expect(rate([0, 4_000_000_000], 1000)).toEqual([1, 3600, false]);
    for (const num of [4e9, Number.NaN])
      expect(cadenceOf(Float64Array.of(1), { num: 1, den: 1000 }, { num, den: 1 }).frameRate.num).toBe(1000);
  });

  it("gives exact rates exactly, odd ones too", () => {
    expect(rate(steady(100, 512), 12_800)).toEqual([25, 1, false]);
    expect(rate(steady(100, 2000), 25_000)).toEqual([25, 2, false]);
    expect(rate(steady(9, 3001), 90_000)).toEqual([90_000, 3001, false]);
  });

  it("sees television rates through the milliseconds of Matroska", () => {
    expect(rate(steady(48, 1001 / 24), 1000)).toEqual([24_000, 1001, false]);
    expect(rate(steady(120, 1001 / 30), 1000)).toEqual([30_000, 1001, false]);
    expect(rate(steady(120, 1000 / 30), 1000)).toEqual([30, 1, false]);
  });

  it("calls spacings variable when rounding cannot explain them, and gives the usual one", () => {
    expect(rate([0, 512, 1024, 1536, 9000, 9512], 12_800)).toEqual([25, 1, true]);
    expect(rate([0, 3002, 6005, 9009, 12_012], 90_000)[2]).toBe(false);
  });

  it("falls back for a single frame, and survives frames at one time", () => {
    expect(rate([77], 1000)).toEqual([25, 1, false]);
    expect(rate([5, 5], 1000)).toEqual([1000, 1, false]);
  });
});
