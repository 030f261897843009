import { expect, test } from "vitest";
import { callFunctions, callTree } from "../../src/profile/report/call-tree.ts";
import { stackTree, totals } from "../../src/profile/stack-tree.ts";
import { seeded, stacksFrom } from "./synthetic.ts";

const FRAMES = [{ name: "main" }, { name: "load", file: "/a.js", line: 3 }, { name: "parse" }];
const SET = {
  ...{ kind: "js" as const, weightOf: "live" as const, process: 0, thread: 0, atMs: 0, frames: FRAMES },
  samples: [
    { stack: [0, 1], weight: 100, count: 2 },
    { stack: [0, 2, 2], weight: 50, count: 1 },
    { stack: [0, 1], weight: 11, count: 1 },
  ],
};
const OPTIONS = {
  kinds: new Set(["js", "native"] as const),
  weightOf: "live" as const,
  isBottomUp: false,
  nameOf: (process: number) => `p${process}`,
};

test("paths that begin alike share their nodes", () => {
  const tree = stackTree(SET);
  expect([...tree.parent]).toEqual([-1, 0, 1, 1, 3]);
  expect([...tree.frame]).toEqual([-1, 0, 1, 2, 2]);
  expect([...tree.ownBytes]).toEqual([0, 0, 111, 0, 50]);
  expect([...tree.count]).toEqual([0, 0, 3, 0, 1]);
  expect([...totals(tree.parent, tree.ownBytes)]).toEqual([161, 161, 111, 50, 50]);
});

test("a path without end, as a forged capture may have, is cut where recursion is safe, and loses no byte", () => {
  const deep = stackTree({ ...SET, samples: [{ stack: Array.from({ length: 200_000 }, (_, at) => at % 3), weight: 7, count: 1 }] });
  expect(deep.parent.length).toBe(513);
  expect(deep.ownBytes[512]).toBe(7);
  expect(callTree([deep], [], OPTIONS).value).toBe(7);
});

test("a tree that is too large loses nodes and no byte", () => {
  const stacks = stacksFrom(11, "js", ["a", "b", "c", "d", "e", "f", "g", "h", "i"]);
  const whole = stackTree({ ...SET, ...stacks });
  const small = stackTree({ ...SET, ...stacks }, 30);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  expect(whole.parent.length).toBeGreaterThan(100);
  expect(small.parent.length).toBeLessThanOrEqual(30);
  expect(small.parent.length).toBeGreaterThan(5);
  expect(sum(small.ownBytes)).toBe(sum(whole.ownBytes));
  expect(sum(small.count)).toBe(sum(whole.count));
  for (const [node, parent] of small.parent.entries()) expect(parent).toBeLessThan(node);
});

test("callers first: kinds, then frames; each value is the sum of what is below and its own", () => {
  const root = callTree([stackTree(SET), stackTree({ ...SET, kind: "native" })], [], OPTIONS);
  expect(root).toMatchObject({ name: "all", value: 322 });
  expect(root.children.map(({ name, value }) => [name, value])).toEqual([
    ["JavaScript", 161],
    ["native", 161],
  ]);
  const main = root.children[0]?.children[0];
  expect(main).toMatchObject({ name: "main", value: 161, ownBytes: 0, count: 4 });
  expect(main?.children.map(({ name, place, value }) => [name, place, value])).toEqual([
    ["load", "/a.js:3", 111],
    ["parse", "", 50],
  ]);
});

test("allocators first: the functions that allocate, then who called them", () => {
  const [kind] = callTree([stackTree(SET)], [], { ...OPTIONS, isBottomUp: true }).children;
  expect(kind?.children.map(({ name, value }) => [name, value])).toEqual([
    ["load", 111],
    ["parse", 50],
  ]);
  expect(kind?.children[1]?.children[0]).toMatchObject({ name: "parse", children: [{ name: "main", value: 50, ownBytes: 50 }] });
});

test("several processes stand apart under their kind", () => {
  const [kind] = callTree([stackTree(SET), stackTree({ ...SET, process: 1 })], [], OPTIONS).children;
  expect(kind?.children.map(({ name, value }) => [name, value])).toEqual([
    ["p0", 161],
    ["p1", 161],
  ]);
});

test("kinds and weights that were not asked for are left out", () => {
  expect(callTree([stackTree(SET)], [], { ...OPTIONS, kinds: new Set(["pool"] as const) }).value).toBe(0);
  expect(callTree([stackTree(SET)], [], { ...OPTIONS, weightOf: "allocated" }).value).toBe(0);
});

test("a function that calls itself counts once in its total", () => {
  const parse = callFunctions([stackTree(SET)], [], OPTIONS).find(({ name }) => name === "parse");
  expect(parse).toMatchObject({ ownBytes: 50, totalBytes: 50, count: 1 });
  const main = callFunctions([stackTree(SET)], [], OPTIONS).find(({ name }) => name === "main");
  expect(main).toMatchObject({ ownBytes: 0, totalBytes: 161 });
});

test("functions and trees agree with a plain count over random stacks", () => {
  const stacks = stacksFrom(5, "js", ["a", "b", "c", "d", "e", "f", "g"]);
  const found = callFunctions([stackTree({ ...SET, ...stacks })], [], OPTIONS);
  const random = seeded(1);
  const index = Math.floor(random() * 7);
  const holding = stacks.samples.filter(({ stack }) => stack.includes(index));
  expect(found.find(({ name }) => name === stacks.frames[index]?.name)?.totalBytes).toBe(
    holding.reduce((sum, { weight }) => sum + weight, 0),
  );
});

test("against another capture each node knows both", () => {
  const root = callTree(
    [stackTree(SET)],
    [
      stackTree({
        ...SET,
        samples: [
          { stack: [0, 1], weight: 30, count: 1 },
          { stack: [2], weight: 9, count: 1 },
        ],
      }),
    ],
    OPTIONS,
  );
  const [kind] = root.children;
  expect([root.before, root.value]).toEqual([39, 161]);
  expect(kind?.children.map(({ name, before, value }) => [name, before, value])).toEqual([
    ["main", 30, 161],
    ["parse", 9, 0],
  ]);
});
