import { expect, test } from "vitest";
import { buildModel } from "../../src/profile/build-model.ts";
import { changeText, diffModels } from "../../src/profile/diff.ts";
import { diffLines, markdownDiff } from "../../src/profile/report/diff-text.ts";
import { changedServerScene, hostileScene, lonelyScene, serverScene } from "./scenes.ts";
import { captureOf } from "./synthetic.ts";

const PLAIN = { bold: String, dim: String, red: (text: string) => `<${text}>`, green: String, yellow: String };
const before = buildModel(serverScene());
const after = buildModel(changedServerScene());

test("memory that grew beyond the tolerance is worse, within it the same, and less of it better", () => {
  const outcome = (toleranceShare: number) =>
    diffModels(before, after, toleranceShare).figures.find(({ id }) => id === "tree-peak")?.outcome;
  expect(outcome(0.05)).toBe("worse");
  expect(outcome(0.13)).toBe("same");
  expect(diffModels(after, before, 0.05).verdict).toMatchObject({ level: "good", headline: "The tree's peak fell by 10.7 %." });
  expect(diffModels(before, after, 0.05).verdict).toMatchObject({ level: "bad", headline: "The tree's peak grew by 12.0 %." });
});

test("a run compared with itself has changed nowhere", () => {
  const diff = diffModels(before, before, 0);
  expect(diff.figures.map(({ outcome }) => outcome)).not.toContain("worse");
  expect(diff.figures.map(({ changeShare }) => changeShare).filter((share) => share !== 0)).toEqual([]);
  expect([diff.functions, diff.newFindings, diff.goneFindings]).toEqual([[], [], []]);
});

test("time and counts are shown and never judged", () => {
  const diff = diffModels(before, buildModel(lonelyScene()), 0);
  expect(diff.figures.find(({ id }) => id === "duration")).toMatchObject({ before: 30_000, after: 6000, outcome: "same" });
  expect(diff.figures.find(({ id }) => id === "processes")?.outcome).toBe("same");
});

test("a figure that only one run has is left out", () => {
  expect(diffModels(before, buildModel(lonelyScene()), 0).figures.map(({ id }) => id)).not.toContain("cgroup-peak");
});

test("programs stand side by side by name, those that came and went included", () => {
  const { programs } = diffModels(before, after, 0.05);
  expect(programs.find(({ name }) => name === "ffprobe")).toMatchObject({ before: { count: 0, peakUsedBytes: 0 }, after: { count: 1 } });
  expect(programs.find(({ name }) => name === "ffmpeg")).toMatchObject({ before: { count: 3 }, after: { count: 2 } });
  const changes = programs.map(({ before: was, after: is }) => Math.abs(is.peakUsedBytes - was.peakUsedBytes));
  expect(changes).toEqual([...changes].sort((a, b) => b - a));
});

test("functions that changed come with both figures", () => {
  const { functions } = diffModels(before, after, 0.05);
  expect(functions.length).toBeGreaterThan(5);
  expect(new Set(functions.map(({ kind }) => kind))).toEqual(new Set(["js"]));
  for (const { beforeBytes, afterBytes } of functions) expect(beforeBytes).not.toBe(afterBytes);
  expect(diffModels(before, buildModel(lonelyScene()), 0).functions).toEqual([]);
});

test("findings that came and went are named", () => {
  const lonely = buildModel(lonelyScene());
  expect(diffModels(lonely, before, 0).newFindings.map(({ id }) => id)).toEqual(before.findings.map(({ id }) => id));
  expect(diffModels(before, lonely, 0).goneFindings.map(({ id }) => id)).toEqual(before.findings.map(({ id }) => id));
});

test("as lines for a terminal: aligned, and what is worse in red", () => {
  const lines = diffLines(diffModels(before, after, 0.05), PLAIN);
  expect(lines[0]).toContain("<The tree's peak grew by 12.0 %.");
  expect(lines[1]).toMatch(/^tree peak\s+1004\.9 MiB\s+1\.10 GiB\s+<\s*\+12\.0 %>$/);
});

test("as Markdown: tables whose rows have as many cells as their heads, whatever things are called", () => {
  const markdown = markdownDiff(diffModels(before, buildModel(hostileScene()), 0.05));
  const rows = markdown.split("\n").filter((line) => line.startsWith("|"));
  expect(rows.length).toBeGreaterThan(8);
  for (const row of rows) expect([4, 5]).toContain(row.replaceAll("\\|", "").split("|").length - 2);
  expect(markdown).not.toMatch(/(?<!\\)<img/);
});

test("nothing against nothing", () => {
  const none = buildModel(captureOf({}));
  expect(diffModels(none, none, 0.05).verdict.level).toBe("good");
  expect(changeText(null)).toBe("new");
});
