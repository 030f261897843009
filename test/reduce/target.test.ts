/** Reductions to a size: the highest identity, in steps, at which the representatives fit. */
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeSequences, randomSource } from "../../fixtures/sequences.mjs";
import type { ReduceResult } from "../../src/commands/index.ts";
import { MmSession, until } from "../transcode/run-mm.ts";
import { alignWhole, reverseComplement } from "./aligner.ts";
import { readClusters, readFasta } from "./fasta.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());
afterEach(() => {
  for (const name of session.leftovers()) rmSync(session.path(name), { recursive: true, force: true });
});

const ENDS = ["", ".mmd", ".tsv"];
const outputs = (): Buffer[] => ENDS.map((end) => readFileSync(session.path(`out.fasta${end}`)));
const areAlike = (a: readonly Buffer[], b: readonly Buffer[]) => a.every((bytes, at) => bytes.equals(b[at] ?? Buffer.of()));
const write = (bytes: string | Uint8Array, name = "in.fasta"): void => writeFileSync(session.path(name), bytes);
const bytesOf = (name: string): number => statSync(session.path(name)).size;
const COMMAND = ["reduce", "-o", "out.fasta", "-y", "-q", "--report", "report.json"];
const report = (): ReduceResult => JSON.parse(readFileSync(session.path("report.json"), "utf8")).result;

/** @returns the report, of a run that went well */
function reduce(...args: readonly string[]): ReduceResult {
  const { code, stderr } = session.run([...COMMAND, ...args]);
  expect(code, stderr).toBe(0);
  return report();
}

/** Relatives at any distance, so that each step finds more of them. */
const sets = {
  protein: [...makeSequences({ kind: "protein", bytes: 400_000, seed: 31, distance: 0.3 })].join(""),
  nucleotide: [...makeSequences({ kind: "nucleotide", bytes: 300_000, seed: 32, distance: 0.2 })].join(""),
};

describe.each(["protein", "nucleotide"] as const)("%s", (kind) => {
  it("comes down to the first identity that fits, and is what a job at that identity writes", () => {
    write(sets[kind]);
    const all = reduce("-i", "in.fasta", "--target-size", "1000");
    const steps = all.steps.map(({ identity }) => identity);
    expect(steps).toEqual(kind === "protein" ? [0.9, 0.85, 0.8, 0.75, 0.7] : [0.9, 0.85, 0.8]);
    for (const [at, { identity, representativeBytes, representatives }] of all.steps.entries()) {
      const found = reduce("-i", "in.fasta", "--target-size", String(representativeBytes));
      expect(found).toMatchObject({ identity, targetBytes: representativeBytes, targetReached: true, representatives });
      expect(found.steps).toEqual(all.steps.slice(0, at + 1));
      expect(bytesOf("out.fasta")).toBe(representativeBytes);
      const wanted = outputs();
      const plain = reduce("-i", "in.fasta", "--identity", String(identity));
      expect(plain).toMatchObject({ identity, targetBytes: null, targetReached: null, steps: [] });
      expect(areAlike(outputs(), wanted), `identity ${identity}`).toBe(true);
    }
    const [first = 0, last = 0] = [all.steps[0]?.representativeBytes, all.steps.at(-1)?.representativeBytes];
    expect(last).toBeLessThan(0.8 * first);
  });

  it("keeps the promise of the identity it says, and gives every byte back", () => {
    write(sets[kind]);
    const { identity } = reduce("-i", "in.fasta", "--ratio", kind === "protein" ? "0.6" : "0.5", "--verify");
    expect(identity).toBeLessThan(0.9);
    const records = readFasta(sets[kind]);
    const found = readClusters(readFileSync(session.path("out.fasta.tsv"), "latin1"));
    for (const { memberNumber, representativeNumber, memberSpan, representativeSpan, strand } of found) {
      const span = records[memberNumber]?.residues.slice(...memberSpan) ?? "";
      const forward = records[representativeNumber]?.residues.slice(...representativeSpan) ?? "";
      const { matches, columns } = alignWhole(span, strand === "-" ? reverseComplement(forward) : forward);
      expect(matches / columns).toBeGreaterThanOrEqual(identity);
    }
    expect(session.run(["restore", "-i", "out.fasta", "-q"]).stdout === sets[kind]).toBe(true);
  });
});

describe("a target", () => {
  it("that is not reached is a warning and a field of the report, and no failure", () => {
    write(sets.nucleotide);
    const { code, stderr } = session.run([...COMMAND, "-i", "in.fasta", "--target-size", "10k"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^mm reduce: warning: the representatives take .*, more than .*, at identity 0\.8, the lowest that is tried$/m);
    expect(report()).toMatchObject({ identity: 0.8, targetReached: false, representativeBytes: bytesOf("out.fasta") });
    expect(session.run(["restore", "-i", "out.fasta", "-q"]).stdout === sets.nucleotide).toBe(true);
  });

  it("begins at the identity that is asked for, which may be below the lowest step", () => {
    write(sets.protein);
    expect(reduce("-i", "in.fasta", "--target-size", "1", "--identity", "0.83").steps.map(({ identity }) => identity)).toEqual([
      0.83, 0.78, 0.73, 0.7,
    ]);
    expect(reduce("-i", "in.fasta", "--target-size", "1", "--identity", "0.6").steps.map(({ identity }) => identity)).toEqual([0.6]);
  });

  it("is a share of the plain bytes, packed or from a pipe", () => {
    write(sets.protein);
    const plain = reduce("-i", "in.fasta", "--ratio", "0.65");
    expect(plain).toMatchObject({ targetBytes: Math.floor(0.65 * sets.protein.length), targetReached: true });
    const wanted = outputs();
    write(gzipSync(sets.protein), "in.fasta.gz");
    expect(reduce("-i", "in.fasta.gz", "--ratio", "0.65").steps).toEqual(plain.steps);
    expect(areAlike(outputs(), wanted)).toBe(true);
    const piped = session.run([...COMMAND, "-i", "-", "--ratio", "0.65"], { input: Buffer.from(sets.protein) });
    expect(piped.code, piped.stderr).toBe(0);
    expect(areAlike(outputs(), wanted)).toBe(true);
  });

  it("is said in the plan and in the summary", () => {
    write(sets.protein);
    const { stderr } = session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "--ratio", "0.5"]);
    expect(stderr).toMatch(/^join +identity 0\.9 or less, until representatives fit 195\.\d KiB, coverage 0\.8 of the member$/m);
    expect(stderr).toMatch(/^target +195\.\d KiB reached: .* KiB at identity 0\.9, .* KiB at identity 0\.85/m);
    expect(session.run(["reduce", "-i", "in.fasta", "-o", "dry.fasta", "--ratio", "0.5", "--dry-run", "--json"]).code).toBe(0);
  });

  it("is given once, and is a size or a share", () => {
    write(sets.protein);
    const both = session.run([...COMMAND, "-i", "in.fasta", "--ratio", "0.5", "--target-size", "1M"]);
    expect(both.code).toBe(64);
    expect(both.stderr).toContain("--target-size and --ratio exclude each other");
    for (const ratio of ["0", "1.1", "half"]) expect(session.run([...COMMAND, "-i", "in.fasta", "--ratio", ratio]).code).toBe(64);
  });

  it("of nothing is reached", () => {
    write("");
    expect(reduce("-i", "in.fasta", "--ratio", "0.5")).toMatchObject({ targetBytes: 0, targetReached: true });
  });
});

/** Pairs whose identity is 0.02 above the threshold, changed in random places. @returns the share that is found */
function recall(kind: "protein" | "nucleotide", length: number, identity: number): number {
  const random = randomSource(41);
  const letters = kind === "protein" ? "ACDEFGHIKLMNPQRSTVWY" : "ACGT";
  const letter = () => letters[Math.floor(random() * letters.length)] ?? "";
  const pairs = 400;
  let text = "";
  for (let pair = 0; pair < pairs; pair += 1) {
    const one = Array.from({ length }, letter);
    const other = [...one];
    const places = Array.from({ length }, (_, at) => ({ at, order: random() })).sort((a, b) => a.order - b.order);
    for (const { at } of places.slice(0, Math.floor(length * (0.98 - identity)))) while (other[at] === one[at]) other[at] = letter();
    text += `>${pair}a\n${one.join("")}\n>${pair}b\n${other.join("")}\n`;
  }
  write(text);
  return reduce("-i", "in.fasta", "--identity", String(identity)).members / pairs;
}

describe("the lowest identity that is tried", () => {
  it.each([["protein", 0.7] as const, ["nucleotide", 0.8] as const])("of %s finds every second relative of 350 residues", (kind, floor) => {
    expect(recall(kind, 350, floor)).toBeGreaterThan(0.5);
    expect(recall(kind, 350, floor - 0.1)).toBeLessThan(0.5);
  });
});

describe("in little memory", () => {
  const text = [...makeSequences({ kind: "protein", bytes: 20e6, seed: 33, distance: 0.3 })].join("");
  const tight = ["--max-memory", "68M", "--threads", "1"];
  const job = ["-i", "in.fasta", "--ratio", "0.6"];
  /** Bytes, and what came of each comparison. */
  let wanted: readonly Buffer[];
  let steps: ReduceResult["steps"];

  it("gives the same bytes, whatever its limit, its threads and its disk", () => {
    write(text);
    steps = reduce(...job, "--max-memory", "1G").steps;
    expect(steps.length).toBeGreaterThan(2);
    wanted = outputs();
    for (const more of [["--max-memory", "96M", "--threads", "2"], tight]) {
      expect(reduce(...job, ...more).steps).toEqual(steps);
      expect(areAlike(outputs(), wanted), more.join(" ")).toBe(true);
    }
    expect(report().diskPeakBytes).toBeGreaterThan(1e7);
  });

  it("stops where its disk does not hold the ranks that each comparison reads", () => {
    write(text);
    const full = session.run([...COMMAND, ...job, ...tight, "--max-disk", "8M"]);
    expect(full.code, full.stderr).toBe(75);
    expect(full.stderr).toContain("a larger --max-disk");
    expect(session.leftovers().sort()).toEqual(["in.fasta", "report.json"]);
  });

  it.each([
    ["in the first comparison", 1, ["read"], 0],
    ["in the second comparison", 2, ["read"], 1],
    ["in the third comparison", 3, ["read"], 2],
  ])("goes on with --resume where it was killed %s", async (_when, comparison, stages, earlier) => {
    write(text);
    const run = session.start(["reduce", "-o", "out.fasta", ...job, ...tight, "--progress", "json"]);
    /** Comparisons that were begun: each is one stretch of lines with that phase. */
    const begun = () =>
      [...run.said().matchAll(/"phase":"(\w+)"/g)].filter(([, phase], at, all) => phase === "cluster" && all[at - 1]?.[1] !== phase);
    await until(() => begun().length === comparison);
    run.kill("SIGKILL");
    await run.exit;
    const record = JSON.parse(readFileSync(session.path(".out.fasta.mm/checkpoint.json"), "utf8"));
    expect(record.steps).toEqual(steps.slice(0, earlier).map((step) => ({ ...step, identity: Math.round(step.identity * 10_000) })));
    const other = session.run([...COMMAND, "-i", "in.fasta", "--ratio", "0.5", ...tight, "--resume"]);
    expect(other.code).toBe(64);
    expect(other.stderr).toMatch(/target +0\.5 of the input, was 0\.6 of the input/);
    const resumed = reduce(...job, ...tight, "--resume");
    expect(resumed.resumedStages).toEqual(stages);
    expect(resumed.steps).toEqual(steps);
    expect(areAlike(outputs(), wanted)).toBe(true);
  });

  it("goes on with --resume where it was killed while it wrote", async () => {
    write(text);
    const run = session.start(["reduce", "-o", "out.fasta", ...job, ...tight, "--progress", "json"]);
    await until(() => run.said().includes('"phase":"write"'));
    run.kill("SIGKILL");
    await run.exit;
    const resumed = reduce(...job, ...tight, "--resume");
    expect(resumed.resumedStages).toEqual(["read", "cluster"]);
    expect(resumed.steps).toEqual(steps);
    expect(resumed.targetReached).toBe(true);
    expect(areAlike(outputs(), wanted)).toBe(true);
  });
});
