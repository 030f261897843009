import { expect, test } from "vitest";
import { parserTables } from "../../src/ddex/parser-tables.ts";

test("tables that were asked for lately are there, and no more", () => {
  const first = parserTables("joined", ["title"]);
  const usual = parserTables("joined", []);
  for (const field of ["ref", "kind", "label", "genre", "subGenre", "tracks", "deals", "images", "videos"]) {
    parserTables("joined", [field]);
    expect(parserTables("joined", [])).toBe(usual);
  }
  expect(parserTables("joined", ["title"])).not.toBe(first);
  expect(parserTables("joined", ["title"])).toEqual(first);
});
