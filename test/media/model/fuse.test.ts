import { describe, expect, it } from "vitest";
import { dataLimitSlackBytes, predictLane } from "../../../src/media/model/index.ts";
import { calibration, type LaneRow } from "./calibration.ts";

describe("dataLimitSlackBytes", () => {
  it.each(calibration<LaneRow>("lanes").map((row) => [row.key, row] as const))("leaves room above the data segment of %s", (_, row) => {
    const fuseBytes = 1.15 * predictLane(row.shape).totalBytes + dataLimitSlackBytes(row.shape);
    expect(fuseBytes / row.dataBytes).toBeGreaterThan(1.1);
  });

  it("grows with threads, whose stacks are reserved and hardly touched", () => {
    const row = calibration<LaneRow>("lanes").find(({ shape }) => shape.encoder.codec === "hevc");
    if (row?.shape.encoder.codec !== "hevc") throw new Error("no row of x265");
    const wider = { ...row.shape, encoder: { ...row.shape.encoder, pools: row.shape.encoder.pools + 4 } };
    expect(dataLimitSlackBytes(wider) - dataLimitSlackBytes(row.shape)).toBeGreaterThan(4 * 8 * 2 ** 20);
  });
});
