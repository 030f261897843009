import { readFileSync } from "node:fs";
import type { LaneShape } from "../../../src/media/model/index.ts";

/** Rows that `npm run bench -- calibrate` measured and committed. */
export type LaneRow = { key: string; measuredBytes: number; dataBytes: number; shape: LaneShape };

export function calibration<Row>(name: string): Row[] {
  const path = new URL(`../../../bench/calibration/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Row);
}
