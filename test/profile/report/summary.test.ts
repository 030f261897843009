import { describe, expect, test } from "vitest";
import { buildModel } from "../../../src/profile/build-model.ts";
import type { LeakSummary } from "../../../src/profile/model.ts";
import { markdownSummary } from "../../../src/profile/report/summary.ts";
import { summaryLines } from "../../../src/profile/report/terminal.ts";
import { cutScene, hostileScene, lonelyScene, makeScene, serverScene } from "../scenes.ts";
import { captureOf } from "../synthetic.ts";

const JUDGED = {
  gates: [
    { gate: "--fail-above 1G", passed: false, detail: "1.10 GiB of 1.00 GiB" },
    { gate: "--fail-on-leak", passed: true, detail: "steady" },
  ],
  leak: { verdict: "steady", of: "heap of node (4100)", slopeBytesPerSecond: 1200, lowBytesPerSecond: -300, highBytesPerSecond: 2700 },
} as const;

describe("Markdown for a CI job's page", () => {
  const markdown = markdownSummary(buildModel(serverScene(), JUDGED));

  test("has the verdict, the gates, all three peaks, the run, who held most, and findings", () => {
    expect(markdown).toMatch(/^### ❌ mm profile: node server\.js/);
    expect(markdown).toContain("**Peak 1004.9 MiB at 18.6 s: 3 × ffmpeg held 792.2 MiB, node the rest.**");
    expect(markdown).toContain("| --fail-above 1G | ❌ **fail** | 1.10 GiB of 1.00 GiB |");
    expect(markdown).toContain("| tree | 1004.9 MiB |");
    expect(markdown).toContain("| cgroup | 1.15 GiB |");
    expect(markdown).toContain("| process | 414.6 MiB |");
    expect(markdown).toMatch(/^[▁-█]{60} {2}1004\.9 MiB highest, 30\.0 s long$/m);
    expect(markdown).toContain("Leak: no leak: heap of node (4100), +1.2 KiB/s (-300 B/s to +2.6 KiB/s).");
    expect(markdown).toContain("| sh (4120) | not sampled | not seen |");
    expect(markdown).toMatch(/^- \*\*note: Tools that add resident sizes/m);
  });

  test("rows have as many cells as their heads, and nothing from outside is markup", () => {
    const hostile = markdownSummary(buildModel(hostileScene()));
    expect(hostile).not.toMatch(/(?<!\\)<(?!\/?code)/);
    expect(hostile).not.toContain("\n# owned");
    const counts = hostile
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .map((line) => line.replaceAll("\\|", "").split("|").length);
    expect(new Set(counts)).toEqual(new Set([5, 8]));
  });

  test("many processes are cut, and counted", () => {
    expect(markdownSummary(buildModel(makeScene()))).toContain("and 42 more");
    expect(markdownSummary(buildModel(lonelyScene()))).not.toContain("more");
  });

  test("a capture of nothing has one too", () => expect(markdownSummary(buildModel(captureOf({})))).toContain("No sample was taken"));
});

describe("lines for the end of a run", () => {
  const palette = { bold: String, dim: String, red: (text: string) => `<r>${text}`, green: String, yellow: (text: string) => `<y>${text}` };

  test("a leak is said with the limit that it goes to, and what is too short is not judged", () => {
    const leakLine = (leak: LeakSummary) =>
      summaryLines(buildModel(captureOf({ header: { limitBytes: 512 * 2 ** 20 } }), { leak }), palette, 80).find((line) =>
        line.startsWith("leak"),
      );
    expect(leakLine({ ...JUDGED.leak, verdict: "growing", secondsToLimit: 90 })).toMatch(/, at the limit of 512\.0 MiB in 1:30$/);
    expect(leakLine({ ...JUDGED.leak, verdict: "too-short", of: "the whole tree" })).toBe("leak      too short to judge the whole tree");
  });

  test("a fact a line, with the failed gate in red", () => {
    const lines = summaryLines(buildModel(serverScene(), JUDGED), palette, 80);
    expect(lines).toContain("tree      1004.9 MiB at 18.6 s, estimated; highest measured 1001.8 MiB");
    expect(lines).toContain("gate      <r>FAIL  --fail-above 1G: 1.10 GiB of 1.00 GiB");
    expect(lines.find((line) => line.startsWith("held by"))).toMatch(/^held by {3}ffmpeg \(4112\) 324\.4 MiB, .*, 1 more$/);
    expect(lines.find((line) => line.startsWith("memory"))).toMatch(/^memory {4}[▁-█]+ {2}30\.0 s$/);
  });

  test("what is serious says what to try", () => {
    const lines = summaryLines(buildModel(cutScene()), palette, 80);
    const index = lines.findIndex((line) => line.startsWith("warning   <y>The capture was cut off"));
    expect(lines[index + 1]).toMatch(/^ {2}try {5}/);
  });

  test("the row of blocks fits any width", () => {
    for (const columns of [10, 24, 40, 200]) {
      const memory = summaryLines(buildModel(serverScene()), palette, columns).find((line) => line.startsWith("memory")) ?? "";
      expect(memory.length).toBeLessThanOrEqual(Math.max(columns, 19));
    }
  });

  test("control characters of a name reach no terminal", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested.
    for (const line of summaryLines(buildModel(hostileScene()), palette, 80)) expect(line).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});
