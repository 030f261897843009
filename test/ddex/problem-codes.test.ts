/** The codes that users see are written where they come up, in native/xml, and once more for the documents. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { LIMIT_CODES, type ProblemCode, RECORD_CODES, STRUCTURE_CODES, XML_CODES } from "../../src/ddex/problem-codes.ts";

const FOLDER = new URL("../../native/xml/", import.meta.url);
const source = (name: string) => readFileSync(new URL(name, FOLDER), "utf8");
const all: readonly ProblemCode[] = [...XML_CODES, ...LIMIT_CODES, ...STRUCTURE_CODES, ...RECORD_CODES];

it("every code of the sources is documented, and no other", () => {
  const found = readdirSync(FOLDER)
    .filter((name) => name.endsWith(".cc"))
    .flatMap((name) => [...source(name).matchAll(/"([A-Z]+(?:_[A-Z0-9]+)+)"/g)].map(([, code = ""]) => code));
  expect([...new Set(found)].sort()).toEqual(all.map(({ code }) => code).sort());
});

it("what is not well-formed is told in the words of the documents", () => {
  const words = source("xml_error.cc");
  for (const { code, text } of [...XML_CODES, ...LIMIT_CODES].filter((one) => one.code.startsWith("XML_"))) {
    expect(words).toContain(`{"${code}", "${text}"}`);
  }
});

it("problems of a record are told in the words of the documents, in one order", () => {
  const rows = [...source("record_problems.cc").matchAll(/^ {4}\{"([A-Z_]+)", "(.*)", "(.*)"\},$/gm)];
  expect(rows.map(([, code, before, behind]) => ({ code, text: `${before}{}${behind}` }))).toEqual(RECORD_CODES);
});
