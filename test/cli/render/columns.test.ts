import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { alignColumns, alignFacts } from "../../../src/cli/render/columns.ts";

test("cells align, numbers to the right, and nothing stands after the last cell", () => {
  const rows = [
    ["9 B", "a", "x"],
    ["100 B", "long", ""],
  ];
  expect(alignColumns(rows, [0])).toEqual(["  9 B  a     x", "100 B  long"]);
});

test("a fact of several lines is indented under its first", () => {
  const facts = [
    { name: "said", text: "one\ntwo" },
    { name: "exit", text: "1" },
  ];
  expect(alignFacts(facts, new Chalk({ level: 0 }), "  ", 6)).toEqual(["  said    one", "          two", "  exit    1"]);
});
