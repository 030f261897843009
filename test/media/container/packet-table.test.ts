import { describe, expect, it } from "vitest";
import { PacketTable, positionsOf } from "../../../src/media/container/packet-table.ts";

describe("PacketTable", () => {
  it("leaves hidden packets out of the frames and keeps their keyframes to seek to", () => {
    const table = new PacketTable();
    for (const [tick, isKey, isHidden] of [
      [-80, true, true],
      [-40, false, true],
      [0, false, false],
      [40, true, false],
      [80, false, false],
    ] as const)
      table.add(tick, isKey, isHidden, 40);
    const times = table.finish();
    expect([...times.ticks]).toEqual([0, 40, 80]);
    expect([...times.keyframes]).toEqual([1]);
    expect([...times.keySeekTicks]).toEqual([-80, 40]);
    expect(times).toMatchObject({ lastDurationTicks: 40, isReordered: false, doubts: [] });
  });

  it("takes the duration of the frame shown last, not decoded last", () => {
    const table = new PacketTable();
    for (const [tick, duration] of [
      [0, 10],
      [20, 33],
      [10, 10],
    ] as const)
      table.add(tick, tick === 0, false, duration);
    expect(table.finish()).toMatchObject({ lastDurationTicks: 33, isReordered: true });
  });

  it("names every reason to ask the decoder", () => {
    const doubts = (...packets: (readonly [number | undefined, boolean])[]) => {
      const table = new PacketTable();
      for (const [tick, isKey] of packets) table.add(tick, isKey, false, 1);
      return table.finish().doubts;
    };
    expect(doubts([0, true], [1, false])).toEqual([]);
    expect(doubts([0, false])).toEqual(["the first packet is no keyframe"]);
    expect(doubts([0, true], [undefined, false])).toEqual(["packets without a time"]);
    expect(doubts([10, true], [5, false])).toEqual(["frames before the first keyframe"]);
    expect(doubts([0, true], [1, false], [1, false])).toEqual(["two frames at one time"]);
  });

  it("grows to any length with nine bytes a packet", () => {
    const table = new PacketTable();
    for (let at = 0; at < 5000; at++) table.add(at * 2, at % 250 === 0, false, 2);
    expect(table.length).toBe(5000);
    const { ticks, keyframes } = table.finish();
    expect(ticks.every((tick, at) => tick === at * 2)).toBe(true);
    expect(keyframes.length).toBe(20);
    expect(table.length).toBe(0);
  });
});

describe("positionsOf", () => {
  it("finds values that are there and passes over those that are not", () => {
    expect([...positionsOf(Float64Array.of(-1, 2, 3, 9, 12), Float64Array.of(2, 4, 9))]).toEqual([0, 2]);
    expect([...positionsOf(Float64Array.of(1), new Float64Array(0))]).toEqual([]);
  });
});
