import { describe, expect, it } from "vitest";
import { type EngineVersion, predictDecode, predictRemux } from "../../../src/media/model/index.ts";
import { calibration } from "./calibration.ts";

type DecodeRow = { key: string; measuredBytes: number; shape: Parameters<typeof predictDecode>[0] };
type JoinRow = { key: string; measuredBytes: number; engine: EngineVersion; samples: number };

describe("predictDecode", () => {
  it.each(calibration<DecodeRow>("decode").map((row) => [row.key, row] as const))("covers %s", (_, row) => {
    expect(row.measuredBytes / predictDecode(row.shape)).toBeLessThanOrEqual(1.03);
  });

  it("knows every source codec, and is within a third of what each takes at 1080p", () => {
    const rows = calibration<DecodeRow>("decode").filter(({ shape }) => shape.codec !== "other" && shape.height === 1080);
    expect(new Set(rows.map(({ shape }) => shape.codec)).size).toBe(12);
    for (const { key, measuredBytes, shape } of rows) expect(predictDecode(shape) / measuredBytes, key).toBeLessThan(1.34);
  });
});

describe("predictRemux", () => {
  it.each(calibration<JoinRow>("join").map((row) => [row.key, row] as const))("covers %s", (_, row) => {
    expect(row.measuredBytes / predictRemux(row.engine, row.samples)).toBeLessThanOrEqual(1.03);
  });

  it("counts the video that waits for sound", () => {
    const engine = { major: 5, minor: 1, isStatic: false };
    // 3 MB/s for 1 s, measured 1.6 times; of a faster stream no more than 4 MiB wait.
    const waiting = (bytesPerSecond: number) =>
      (predictRemux(engine, 0, { videoBytesPerSecond: bytesPerSecond, packetBytes: 0 }) - predictRemux(engine, 0)) / 2 ** 20;
    expect(waiting(3e6)).toBeGreaterThan((1.6 * 3e6) / 2 ** 20);
    expect(waiting(3e6)).toBeLessThan((2 * 3e6) / 2 ** 20);
    expect(waiting(69e6)).toBeCloseTo(1.7 * 4, 1);
  });
});
