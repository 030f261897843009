import { expect, it } from "vitest";
import { type EngineProgress, progressReader } from "../../src/media/progress.ts";

it("reports once per block and keeps a figure that a block leaves out", () => {
  const seen: EngineProgress[] = [];
  const read = progressReader((progress) => seen.push(progress));
  for (const line of [
    "frame=12",
    "fps=0.0",
    "total_size=N/A",
    "progress=continue",
    "frame=30",
    "total_size=48",
    "",
    "nonsense",
    "progress=end",
  ])
    read(line);
  expect(seen).toEqual([
    { frames: 12, outputBytes: 0 },
    { frames: 30, outputBytes: 48 },
  ]);
});
