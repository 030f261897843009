import { describe, expect, test } from "vitest";
import { buildModel, type ModelOptions } from "../../src/profile/build-model.ts";
import type { Verdict } from "../../src/profile/model.ts";
import { lonelyScene } from "./scenes.ts";
import { captureOf, type Parts, started } from "./synthetic.ts";

/** A tick in which these programs hold these bytes. */
function verdictOf(held: readonly (readonly [name: string, bytes: number])[], parts: Parts = {}, options: ModelOptions = {}): Verdict {
  const usedBytes = held.reduce((sum, [, bytes]) => sum + bytes, 0);
  const capture = captureOf({
    events: held.map(([name], process) => started(process, 100 + process, process - 1, 0, name)),
    tree: [{ atMs: 0, usedBytes, isMeasured: 1 }],
    resident: held.map(([, residentBytes], process) => ({ atMs: 0, process, residentBytes })),
    ...parts,
  });
  return buildModel(capture, options).verdict;
}

describe("the headline", () => {
  test.each([
    ["one that has it all", [["a", 1000]], "all of it in a (pid 100)."],
    [
      "one beside a crumb",
      [
        ["a", 1000],
        ["b", 3],
      ],
      "all of it in a (pid 100).",
    ],
    [
      "two",
      [
        ["a", 300],
        ["b", 700],
      ],
      "b (pid 101) held 700 B, a the rest.",
    ],
    [
      "one that stands out of many alike",
      [
        ["b", 600],
        ["b", 100],
        ["c", 200],
      ],
      "b (pid 100) held 600 B, 2 others the rest.",
    ],
    [
      "many alike, together more than the biggest",
      [
        ["node", 200],
        ["ff", 180],
        ["ff", 180],
        ["ff", 170],
      ],
      "3 × ff held 530 B, node the rest.",
    ],
    [
      "many alike and nothing else",
      [
        ["a", 100],
        ["a", 110],
        ["a", 105],
      ],
      "3 × a held 315 B.",
    ],
    [
      "many that differ",
      [
        ["a", 100],
        ["b", 110],
        ["c", 105],
      ],
      "b (pid 101) held 110 B, 2 others the rest.",
    ],
  ] as const)("%s", (_name, held, words) => expect(verdictOf(held).headline).toContain(words));
});

describe("the level", () => {
  const of = (parts: Parts, options: ModelOptions = {}) => verdictOf([["a", 10]], parts, options);
  const leak = { of: "x", slopeBytesPerSecond: 1, lowBytesPerSecond: 0, highBytesPerSecond: 2 };

  test("good is nothing to worry of", () => expect(buildModel(lonelyScene()).verdict.level).toBe("good"));

  test("bad is a gate that failed, a kill for memory, or a leak", () => {
    expect(of({}, { gates: [{ gate: "g", passed: false, detail: "" }] })).toMatchObject({
      level: "bad",
      detail: expect.stringContaining("1 of 1 gates failed"),
    });
    expect(of({}, { gates: [{ gate: "g", passed: true, detail: "" }] })).toMatchObject({
      level: "good",
      detail: expect.stringContaining("every gate passed"),
    });
    expect(of({ end: { oomKills: 1 } }).level).toBe("bad");
    expect(of({}, { leak: { ...leak, verdict: "leak" } }).level).toBe("bad");
  });

  test("a warning is growth that is not proven, a serious finding, or a capture that was cut", () => {
    expect(of({}, { leak: { ...leak, verdict: "growing" } }).level).toBe("warning");
    expect(of({}, { leak: { ...leak, verdict: "plateau" } }).level).toBe("good");
    expect(of({ end: null })).toMatchObject({ level: "warning", detail: expect.stringContaining("cut off") });
  });
});

test("how it ended is said: its code, its signal, or that nobody knows", () => {
  const of = (parts: Parts) => verdictOf([["a", 10]], parts).detail;
  expect(of({ end: { exitCode: 3 } })).toContain("exit 3");
  expect(of({ end: { exitCode: null, signal: 15 } })).toContain("ended by signal 15");
  expect(of({ header: { source: "attach" }, end: { exitCode: null } })).toContain("attached");
});
