import { expect, it } from "vitest";
import { type EngineProgress, highestQuantiser, progressReader } from "../../src/media/progress.ts";

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

it("finds the highest quantiser of an encode", () => {
  const line = (q: string) =>
    `frame=     1 q= ${q} f_size=  6125 s_size=        6KiB time= 0.033 br=  1470.0kbits/s avg_br=  1470.0kbits/s type= I`;
  expect(highestQuantiser([line("20.0"), line("31.5"), line("-1.0"), line(" 9.0")].join("\n"))).toBe(31.5);
  expect(highestQuantiser("")).toBeUndefined();
  expect(highestQuantiser(line(" 0.0"))).toBeUndefined();
});
