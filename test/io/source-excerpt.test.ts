import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { excerptOf, sourceExcerpt } from "../../src/io/source-excerpt.ts";

const folder = mkdtempSync(join(tmpdir(), "mm-excerpt-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function excerpt(before: string, behind: string, isCut = false): string | undefined {
  return excerptOf(Buffer.from(before + behind), Buffer.byteLength(before), isCut);
}

test("the line alone, with a caret below the place", () => {
  expect(excerpt("<a>\n  <b>", "</c>\n</a>")).toBe("  <b></c>\n     ^");
  expect(excerpt("<a>\r", "</c>\r\n</a>")).toBe("</c>\n^");
  expect(excerpt("<a>", "")).toBe("<a>\n   ^");
});

test("nothing where there is nothing", () => {
  expect(excerpt("", "")).toBeUndefined();
  expect(excerpt("<a>\n", "\n")).toBeUndefined();
});

test("control characters are seen, and counted as they are seen", () => {
  expect(excerpt("<a>\u001b[2J\t", "\u0000</a>")).toBe(`<a>\\x1b[2J \\x00</a>\n${" ".repeat(11)}^`);
});

test("wide characters take two columns, marks none", () => {
  expect(excerpt("東京", "!")).toBe("東京!\n    ^");
  expect(excerpt("e\u0301🎵", "!")).toBe("e\u0301🎵!\n   ^");
});

test("a long line is clipped on both sides of the place", () => {
  const [source = "", caret = ""] = excerpt("a".repeat(500), "b".repeat(500))?.split("\n") ?? [];
  expect(source).toBe(`...${"a".repeat(48)}${"b".repeat(24)}...`);
  expect(caret).toBe(`${" ".repeat(51)}^`);
});

test("a file of one line is read around the place alone, and a character that is cut there is left out", () => {
  const path = join(folder, "one-line.xml");
  writeFileSync(path, `${"é".repeat(5000)}<x></y>`);
  const [source = "", caret = ""] = sourceExcerpt(path, 10_001)?.split("\n") ?? [];
  expect(source).toBe(`...${"é".repeat(47)}<x></y>`);
  expect(caret).toHaveLength(52);
});

test("a file that is gone has no excerpt", () => {
  expect(sourceExcerpt(join(folder, "none.xml"), 10)).toBeUndefined();
});
