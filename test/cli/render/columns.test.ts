import { stripVTControlCharacters } from "node:util";
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { alignColumns, alignFacts, wrapColoured, wrapWords } from "../../../src/cli/render/columns.ts";

test("cells align, numbers to the right, and nothing stands after the last cell", () => {
  const rows = [
    ["9 B", "a", "x"],
    ["100 B", "long", ""],
  ];
  expect(alignColumns(rows, [0])).toEqual(["  9 B  a     x", "100 B  long"]);
});

test("words are wrapped to a width, and one that is wider stands alone", () => {
  expect(wrapWords("one two three\nfour", 8)).toEqual(["one two", "three", "four"]);
  expect(wrapWords("a /very/long/path b", 6)).toEqual(["a", "/very/long/path", "b"]);
  expect(wrapWords("as it is", Number.POSITIVE_INFINITY)).toEqual(["as it is"]);
});

test("a fact of several lines is indented under its first", () => {
  const facts = [
    { name: "said", text: "one\ntwo" },
    { name: "exit", text: "1" },
  ];
  expect(alignFacts(facts, new Chalk({ level: 0 }), "  ", 6)).toEqual(["  said    one", "          two", "  exit    1"]);
});

test("a coloured line is wrapped by what is seen of it, under its text", () => {
  const { dim, red } = new Chalk({ level: 1 });
  const lines = wrapColoured(`${dim("leak".padEnd(9))} ${red("it leaks: the whole tree")}`, 22, 10);
  expect(lines.map((line) => stripVTControlCharacters(line))).toEqual(["leak      it leaks:", "          the whole", "          tree"]);
  expect(wrapColoured("  try     as it is", 80, 10)).toEqual(["  try     as it is"]);
  expect(wrapColoured("  try     /very/long/path", 12, 10)).toEqual(["  try     /very/long/path"]);
});
