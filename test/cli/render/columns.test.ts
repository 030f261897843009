import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { alignColumns, alignFacts, wrapWords } from "../../../src/cli/render/columns.ts";

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
