import { expect, test } from "vitest";
import { printable, printableJson, printableLines } from "../../src/base/index.ts";

test("control characters, escape sequences and direction overrides are written out", () => {
  expect(printable("a\u001b[2Jb\u0007c\u009bd\u202ee\n")).toBe("a\\x1b[2Jb\\x07c\\x9bd\\u202ee\\x0a");
});

test("other languages stay as they are", () => {
  expect(printable("фильм 映画 é 🎬.mp4")).toBe("фильм 映画 é 🎬.mp4");
});

test("lines stay lines", () => {
  expect(printableLines("one\r\ntwo\u001b\n\n")).toEqual(["one", "two\\x1b"]);
});

test("JSON says the same to a parser, and nothing to a terminal", () => {
  const value = { name: "a\u001b[2J\u009b\u202e\u2028\u007f é" };
  const text = printableJson(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u202e]/);
});
