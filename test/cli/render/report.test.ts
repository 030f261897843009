import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { transcodeSummary } from "../../../src/cli/render/report.ts";
import type { Report, TranscodeResult } from "../../../src/commands/index.ts";

function summary(resumedChunks: number, admissionWaitMs = 0): string[] {
  const result = { framesIn: 360, framesOut: 360, chunks: 8, resumedChunks, durationSeconds: 12, outputBytes: 1024, framesCompared: 0 };
  const memory = { peakBytes: 0, plannedPeakBytes: 0, limitBytes: 0, admissionWaitMs };
  return transcodeSummary("out.mp4", { elapsedMs: 6000, result, memory } as unknown as Report<TranscodeResult>, new Chalk({ level: 0 }));
}

test("the summary of a whole run has its speed", () => {
  expect(summary(0)).toContain("frames   360 of 360 in 6.00 s, 2.00x");
});

test("the speed of a run that waited for memory is that of its work, and the wait stands beside it", () => {
  expect(summary(0, 3000)).toContain("frames   360 of 360 in 3.00 s, 4.00x, after 3.00 s of waiting for memory");
  expect(summary(0, 20).join()).not.toContain("waiting");
});

test("the summary of a run that went on has what it found, and no speed: it did not do all of it", () => {
  expect(summary(7)).toEqual(expect.arrayContaining(["frames   360 of 360 in 6.00 s", "resumed  7 of 8 chunks were finished before"]));
});
