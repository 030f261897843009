import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ROOTS, VERSIONS } from "../../src/ddex/versions.ts";
import { printedTables } from "./print-tables.ts";

it("docs/PARSE-FIELDS.md is what the tables say", async () => {
  await expect(printedTables()).toMatchFileSnapshot("../../docs/PARSE-FIELDS.md");
});

it("docs/PARSE.md names every root, and the first and last version of each family", () => {
  const text = readFileSync(new URL("../../docs/PARSE.md", import.meta.url), "utf8");
  for (const { element } of ROOTS) expect(text).toContain(`\`${element}\``);
  for (const name of ["3.8", "3.8.3", "4.1", "4.3.2"]) {
    expect(VERSIONS.map((version) => version.name)).toContain(name);
    expect(text).toContain(name);
  }
});
