import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { parseSummary } from "../../../src/cli/render/parse-summary.ts";
import type { ParseResult, Report } from "../../../src/commands/index.ts";

const PLAIN = new Chalk({ level: 0 });
const RESULT: ParseResult = {
  ...{ files: 1, failedFiles: 0, releases: 1, tracks: 12, deals: 3, parties: 0, problems: 0, elements: 900, maxDepth: 8 },
  ...{ bytes: 1024, outputBytes: 2048, bytesPerSecond: 10_240, retries: 0, jobs: 1, diskPeakBytes: 0, internedBytes: 0 },
};

function summary(output: string, more: Partial<ParseResult> = {}): string[] {
  const memory = { peakBytes: 0, plannedPeakBytes: 0, limitBytes: 0 };
  return parseSummary(output, { elapsedMs: 500, memory, result: { ...RESULT, ...more } } as unknown as Report<ParseResult>, PLAIN);
}

test("what came of one message", () => {
  expect(summary("-")).toEqual([
    "output   stdout, 2.0 KiB",
    "records  1 release, 12 tracks, 3 deals",
    "input    1 message, 1.0 KiB",
    "time     0.50 s, 10.0 KiB/s",
    "memory   peak 0 B, planned 0 B, limit 0 B",
  ]);
});

test("what is odd is said, and only then", () => {
  const lines = summary("out/", { files: 3000, failedFiles: 2, problems: 1, retries: 4, parties: 5 });
  expect(lines).toContain("output   out/, 2.0 KiB");
  expect(lines).toContain("records  1 release, 12 tracks, 3 deals, 5 parties");
  expect(lines).toContain("input    3,000 messages, 1.0 KiB, 2 refused");
  expect(lines).toContain('odd      1 problem: see "problems" of the releases');
  expect(lines).toContain("retries  4 messages read again in smaller chunks");
  expect(lines).toContain("time     0.50 s, 10.0 KiB/s, 6,000 files/s");
});
