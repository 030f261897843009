import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { reduceSummary, restoreSummary } from "../../../src/cli/render/reduce-summary.ts";
import type { ReduceResult, Report, RestoreResult } from "../../../src/commands/index.ts";

const PLAIN = new Chalk({ level: 0 });
const memory = { peakBytes: 0, plannedPeakBytes: 0, limitBytes: 0 };
const NOTHING = {
  records: 2,
  representatives: 1,
  members: 1,
  exactDuplicates: 0,
  inputBytes: 1000,
  representativeBytes: 500,
  deltaBytes: 100,
};

function reduced(more: Partial<ReduceResult> = {}): string[] {
  const lists = { lengths: [0, 0, 0, 2], gcContents: [], clusterSizes: [0, 0, 1], identities: [1] };
  const result = { ...NOTHING, ...lists, alphabet: "protein", targetBytes: null, resumedStages: [], verified: true, ...more };
  return reduceSummary("r.fasta", { elapsedMs: 3, memory, result } as unknown as Report<ReduceResult>, PLAIN);
}

test("the figures come last, where a small terminal still shows them", () => {
  const lines = reduced();
  expect(lines.at(-1)).toBe("verify   restored in a stream: identical");
  expect(lines.findIndex((line) => line.startsWith("output"))).toBeGreaterThan(lines.indexOf("identity of members"));
});

test("the alphabet and what an earlier run had done are said, and a rate has no digits below a byte", () => {
  const lines = reduced({ resumedStages: ["read"], inputBytes: 1 });
  expect(lines).toContain("records  2 protein: 1 representatives, 1 members (0 of them the same residues)");
  expect(lines).toContain("resumed  read: taken from the earlier run");
  expect(lines).toContain("time     0.00 s, 333 B/s");
});

test("records that a reader did not wait for are not said to be none", () => {
  const result = { records: 0, outputBytes: 0, sha256: null, identical: null };
  const lines = restoreSummary("-", { elapsedMs: 3, memory, result } as unknown as Report<RestoreResult>, PLAIN);
  expect(lines).toContain("records  not counted: the reader of the pipe had seen enough");
});
