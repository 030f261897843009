import { expect, it } from "vitest";
import { LineSplitter } from "../../src/process/text.ts";

function linesOf(chunks: readonly string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return lines;
}

it("joins a line that comes in parts", () => {
  expect(linesOf(["on", "e\ntw", "o\n", "three"])).toEqual(["one", "two", "three"]);
});

it("cuts a line at 64 Ki and drops its rest, in one chunk or many", () => {
  const long = "x".repeat(65_536);
  expect(linesOf([`${long}rest\nnext\n`])).toEqual([long, "next"]);
  expect(linesOf([long, "rest", "rest", "end\nnext\n"])).toEqual([long, "next"]);
});
