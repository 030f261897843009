/** The figures of the report that are told of sequences, against those anybody would count in the file. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import type { ReduceResult } from "../../src/commands/index.ts";
import { MmSession } from "../transcode/run-mm.ts";
import { readFasta } from "./fasta.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
  // Columns of tables begin wherever they may.
  writeFileSync(session.path("loose.toml"), "[memory.cache]\nalign_structures = false\n");
});
afterAll(() => session[Symbol.dispose]());

function figuresOf(text: string, ...more: readonly string[]): ReduceResult {
  writeFileSync(session.path("in.fasta"), text);
  const { code, stderr } = session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "-q", "--report", "report.json", ...more]);
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(session.path("report.json"), "utf8")).result;
}

const bins = (count: number, of: readonly number[]): number[] => {
  const values: number[] = Array.from({ length: count }, () => 0);
  for (const bin of of) values[bin] = (values[bin] ?? 0) + 1;
  return values;
};
/** Of the first 64 residues. */
function complexityTenths(residues: string): number {
  const head = residues.slice(0, 64);
  if (head.length < 3) return 0;
  const triplets = Array.from({ length: head.length - 2 }, (_, at) => head.slice(at, at + 3));
  return Math.floor((10 * new Set(triplets).size) / triplets.length);
}

const EDGES = `>empty\n>one\nG\n>all\n${"GC".repeat(30)}\n>none\n${"AT".repeat(40)}\n>seven of twenty\nGGGGGGGAAAAAAAAAAAAA\n`;
const nucleotides = EDGES + [...makeSequences({ kind: "nucleotide", bytes: 4e6, seed: 51 })].join("");

it.each([[[]], [["--config", "loose.toml"]]])("are right for nucleotides, more than fill a table (%s)", (more) => {
  const records = readFasta(nucleotides).map(({ residues }) => residues);
  expect(records.length).toBeGreaterThan(2 * 4096);
  const lengths = records.map(({ length }) => length);
  const gc = records.map((residues) => residues.replaceAll(/[^GC]/g, "").length);
  const found = figuresOf(nucleotides, ...more);
  expect(found).toMatchObject({
    records: records.length,
    residues: lengths.reduce((a, b) => a + b),
    gcResidues: gc.reduce((a, b) => a + b),
  });
  expect(found).toMatchObject({ shortest: 0, longest: Math.max(...lengths), longestRecord: lengths.indexOf(Math.max(...lengths)) });
  expect(found.lengths.slice(0, 20)).toEqual(
    bins(
      20,
      lengths.map((length) => (length === 0 ? 0 : Math.floor(Math.log2(length)) + 1)),
    ),
  );
  const twentieths = records.map(({ length }, at) => (length === 0 ? 0 : Math.floor((20 * (gc[at] ?? 0)) / length)));
  expect(found.gcContents).toEqual(bins(21, twentieths));
  expect(found.complexities).toEqual(bins(11, records.map(complexityTenths)));
});

it("say nothing of G and C in proteins", () => {
  const { gcContents, gcResidues } = figuresOf([...makeSequences({ kind: "protein", bytes: 50_000, seed: 52 })].join(""));
  expect(gcResidues).toBe(0);
  expect(gcContents.every((value) => value === 0)).toBe(true);
});

it("are drawn for people", () => {
  writeFileSync(session.path("in.fasta"), EDGES);
  const { stderr } = session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y"]);
  expect(stderr).toMatch(/^G and C\n +0 to 5 % +2 .*\n(?:.*\n)*? +35 to 40 % +1 .*\n(?:.*\n)*? +100 % +2 /m);
});
