import { expect, test } from "vitest";
import { printable, printableLines } from "../../src/cli/printable.ts";

test("control characters, escape sequences and direction overrides are written out", () => {
  expect(printable("a\u001b[2Jb\u0007c\u009bd\u202ee\n")).toBe("a\\x1b[2Jb\\x07c\\x9bd\\u202ee\\x0a");
});

test("other languages stay as they are", () => {
  expect(printable("фильм 映画 é 🎬.mp4")).toBe("фильм 映画 é 🎬.mp4");
});

test("lines stay lines", () => {
  expect(printableLines("one\r\ntwo\u001b\n\n")).toEqual(["one", "two\\x1b"]);
});
