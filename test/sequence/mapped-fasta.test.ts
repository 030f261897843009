import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MalformedInputError } from "../../src/base/index.ts";
import { MappedInput } from "../../src/memory/index.ts";
import { MappedFasta } from "../../src/sequence/mapped-fasta.ts";
import { roomyBudget, seededRandom } from "../memory/roomy-budget.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-mapped-fasta-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const TEXT = ">one first\nACGTACGT\nACGTACGT\nACG\n>two\r\nGGGG\r\nCC\r\n\n>three\nTTTTTTTTTT";
const INDEX = "one\t19\t11\t8\t9\ntwo\t6\t39\t4\t6\nthree\t10\t57\t10\t11\n";

async function withFasta<T>(text: string, index: string, use: (fasta: MappedFasta) => T, options = {}): Promise<T> {
  const path = join(folder, "in.fasta");
  writeFileSync(path, text, "latin1");
  writeFileSync(`${path}.fai`, index, "latin1");
  using budget = roomyBudget();
  using fasta = await MappedFasta.open((each) => MappedInput.open(budget, "io.window", each, options), path, `${path}.fai`);
  return use(fasta);
}

describe("a mapped FASTA file", () => {
  test.each([{}, { readBelowBytes: 0 }])("is as its index says: %j", async (options) => {
    await withFasta(
      TEXT,
      INDEX,
      (fasta) => expect([...fasta.entries()].map((entry) => fasta.problemOf(entry))).toEqual([undefined, undefined, undefined]),
      options,
    );
  });

  test("of nothing has no entries", async () => {
    expect(await withFasta("", "", (fasta) => [...fasta.entries()])).toEqual([]);
  });

  test.each([
    ["one\t18\t11\t8\t9", "is not all of its record"],
    ["one\t20\t11\t8\t9", "has lines of other lengths"],
    ["one\t19\t12\t8\t9", "is not behind the header of its record"],
    ["one\t19\t11\t7\t8", "has lines of other lengths"],
    ["one\t19\t11\t16\t17", "has lines of other lengths"],
    ["uno\t19\t11\t8\t9", "is not behind the header of its record"],
    ["on\t19\t11\t8\t9", "is not behind the header of its record"],
    ["one\t19\t0\t8\t9", "leads out of the sequences"],
    ["three\t11\t57\t10\t11", "leads out of the sequences"],
    ["two\t6\t39\t4\t5", "has lines of other lengths"],
  ])("tells what is wrong with %j", async (index, problem) => {
    expect(await withFasta(TEXT, `${index}\n`, (fasta) => [...fasta.entries()].map((entry) => fasta.problemOf(entry)))).toEqual([problem]);
  });

  test.each(["one", "one\t1\t2\t3", "\t1\t2\t3\t4", "one\t0\t2\t3\t4", "one\t1\t2\t4\t4", "one\t1\t2\t3\t-4", "one\t1\t2\t3\t4x", "\n"])(
    "refuses %j as a line of an index",
    async (line) => {
      const read = () => withFasta(TEXT, `three\t10\t57\t10\t11\n${line}\n`, (fasta) => [...fasta.entries()]);
      await expect(read()).rejects.toThrow(MalformedInputError);
      await expect(read()).rejects.toThrow("in.fasta.fai:2: is not a name and four numbers");
    },
  );

  test("names and lines of any length agree with samtools", async (context) => {
    if (spawnSync("samtools", ["--version"]).status !== 0) return context.skip("samtools is not installed");
    const random = seededRandom(5);
    const letters = (count: number) => Array.from({ length: count }, () => "ACGT"[Math.floor(random() * 4)]).join("");
    const records = [1, 59, 60, 61, 200_000].map((length, at) => ({ name: `r${at}${"x".repeat(at * 40_000)}`, text: letters(length) }));
    const text = records.map(({ name, text }) => `>${name} words\n${text.replace(/.{60}/g, "$&\n").replace(/\n$/, "")}\n`).join("");
    const path = join(folder, "s.fasta");
    writeFileSync(path, text);
    expect(spawnSync("samtools", ["faidx", path]).status).toBe(0);
    using budget = roomyBudget();
    using fasta = await MappedFasta.open((each) => MappedInput.open(budget, "io.window", each), path, `${path}.fai`);
    const entries = [...fasta.entries()];
    expect(entries.map(({ residues }) => residues)).toEqual(records.map(({ text }) => text.length));
    expect(entries.map((entry) => fasta.problemOf(entry))).toEqual(records.map(() => undefined));
  });
});
