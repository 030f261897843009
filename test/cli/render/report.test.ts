import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { transcodeSummary } from "../../../src/cli/render/report.ts";
import type { Report, TranscodeResult } from "../../../src/commands/index.ts";

function summary(resumedChunks: number): string[] {
  const result = { framesIn: 360, framesOut: 360, chunks: 8, resumedChunks, durationSeconds: 12, outputBytes: 1024, framesCompared: 0 };
  const memory = { peakBytes: 0, plannedPeakBytes: 0, limitBytes: 0 };
  return transcodeSummary("out.mp4", { elapsedMs: 6000, result, memory } as unknown as Report<TranscodeResult>, new Chalk({ level: 0 }));
}

test("the summary of a whole run has its speed", () => {
  expect(summary(0)).toContain("frames   360 of 360 in 6.00 s, 2.00x");
});

test("the summary of a run that went on has what it found, and no speed: it did not do all of it", () => {
  expect(summary(7)).toEqual(expect.arrayContaining(["frames   360 of 360 in 6.00 s", "resumed  7 of 8 chunks were finished before"]));
});
