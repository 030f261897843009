import { describe, expect, it } from "vitest";
import { type EngineVersion, predictDecode, predictRemux } from "../../../src/media/model/index.ts";
import { calibration } from "./calibration.ts";

type DecodeRow = { key: string; measuredBytes: number; shape: Parameters<typeof predictDecode>[0] };
type JoinRow = { key: string; measuredBytes: number; engine: EngineVersion; samples: number };

describe("predictDecode", () => {
  it.each(calibration<DecodeRow>("decode").map((row) => [row.key, row] as const))("covers %s", (_, row) => {
    expect(row.measuredBytes / predictDecode(row.shape)).toBeLessThanOrEqual(1.03);
  });
});

describe("predictRemux", () => {
  it.each(calibration<JoinRow>("join").map((row) => [row.key, row] as const))("covers %s", (_, row) => {
    expect(row.measuredBytes / predictRemux(row.engine, row.samples)).toBeLessThanOrEqual(1.03);
  });

  it("counts the video that waits for sound", () => {
    const engine = { major: 5, minor: 1, isStatic: false };
    // Measured: 108 MiB above an empty join at 69 MB/s.
    expect((predictRemux(engine, 0, 69e6) - predictRemux(engine, 0)) / 2 ** 20).toBeGreaterThan(108);
  });
});
