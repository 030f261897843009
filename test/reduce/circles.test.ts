import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomSource } from "../../fixtures/sequences.mjs";
import { restoreDeltaFile } from "../formats/mmd-reader.ts";
import { MmSession } from "../transcode/run-mm.ts";
import { alignLong, alignWhole, reverseComplement } from "./aligner.ts";
import { type ClusterRow, readClusters, readFasta } from "./fasta.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

const random = randomSource(21);
const letter = (): string => "ACGT"[Math.floor(random() * 4)] ?? "A";
const sequence = (length: number): string => Array.from({ length }, letter).join("");
const rotated = (text: string, start: number): string => text.slice(start) + text.slice(0, start);
const wrapped = (text: string): string => text.replaceAll(/.{1,70}/g, "$&\n");

/** One change in five hundred each: another letter, one more, one less. */
const mutated = (text: string): string =>
  text.replaceAll(/./g, (residue) => {
    const kind = Math.floor(random() * 500);
    return kind === 0 ? letter() : kind === 1 ? residue + letter() : kind === 2 ? "" : residue;
  });

/** A genome and its relatives, which begin elsewhere on the circle, every second one on the other strand. */
function relatives(length: number, starts: readonly number[]): string {
  const genome = sequence(length);
  const records = starts.map((start, at) => {
    const relative = mutated(rotated(genome, start));
    return at % 2 === 0 ? relative : reverseComplement(relative);
  });
  return [genome, ...records].map((residues, at) => `>g${at} of ${length}\n${wrapped(residues)}`).join("");
}

function reduce(text: string, more: readonly string[] = []): string[] {
  writeFileSync(session.path("in.fasta"), text);
  expect(session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "-q", ...more])).toMatchObject({ code: 0, stderr: "" });
  return ["", ".mmd", ".tsv"].map((end) => readFileSync(session.path(`out.fasta${end}`), "latin1"));
}

const LENGTH = 200_000;
const genomes = relatives(LENGTH, [0, 1, 700, 50_000, 77_777, 100_000, 150_000, 199_000, 199_999]);

describe("a genome of 200,000 residues and relatives that begin elsewhere", () => {
  let rows: ClusterRow[];
  beforeAll(() => {
    rows = readClusters(reduce(genomes)[2] ?? "");
  });

  it("have one representative, and all of them go around it", () => {
    expect(new Set(rows.map(({ representativeNumber }) => representativeNumber)).size).toBe(1);
    const members = rows.filter(({ memberNumber, representativeNumber }) => memberNumber !== representativeNumber);
    expect(members.length).toBe(9);
    for (const strand of ["+", "-"]) {
      const around = members.filter((row) => row.strand === strand && row.representativeSpan[1] > LENGTH * 1.1);
      expect(around.length, strand).toBeGreaterThan(1);
    }
    expect(Math.min(...members.map(({ coverage }) => coverage))).toBeGreaterThan(0.999);
  });

  it("keep the promise of identity and coverage as another aligner sees it, on the representative as a circle", () => {
    const records = readFasta(genomes);
    for (const row of rows) {
      const [member, representative] = [records[row.memberNumber]?.residues ?? "", records[row.representativeNumber]?.residues ?? ""];
      const [start, end] = row.representativeSpan;
      expect(start < representative.length && end - start <= representative.length, row.member).toBe(true);
      const forward = (representative + representative).slice(start, end);
      const span = member.slice(...row.memberSpan);
      const { errors, leastMatches } = alignLong(span, row.strand === "-" ? reverseComplement(forward) : forward);
      expect(leastMatches / (leastMatches + errors), row.member).toBeGreaterThanOrEqual(0.9);
      expect(row.identity, row.member).toBeGreaterThan(leastMatches / (leastMatches + errors) - 0.001);
      expect(span.length / member.length, row.member).toBeGreaterThanOrEqual(0.8);
      expect(row.coverage).toBeCloseTo(span.length / member.length, 3);
    }
  });

  it("come back as they were, by a second reader, too, and one by name", () => {
    expect(session.run(["restore", "-i", "out.fasta", "-o", "back.fasta", "-y", "-q"])).toMatchObject({ code: 0 });
    expect(readFileSync(session.path("back.fasta"), "latin1") === genomes).toBe(true);
    const files = ["out.fasta.mmd", "out.fasta"].map((name) => readFileSync(session.path(name)));
    expect(restoreDeltaFile(files[0] ?? new Uint8Array(), files[1] ?? new Uint8Array()).toString("latin1") === genomes).toBe(true);
    const one = session.run(["restore", "-i", "out.fasta", "--id", "g6", "-q"]);
    expect(one.code === 0 && one.stdout === genomes.split(/^(?=>)/m)[6]).toBe(true);
  });

  it("cost little more than relatives that begin where it does", () => {
    const bytes = (text: string): number => reduce(text)[1]?.length ?? 0;
    const around = bytes(genomes);
    expect(around).toBeLessThan(1.1 * bytes(relatives(LENGTH, Array<number>(9).fill(0))));
  });

  it("give the same bytes whatever the memory and the threads are", () => {
    const wanted = reduce(genomes, ["--threads", "2"]);
    for (const more of [
      ["--threads", "1"],
      ["--threads", "2", "--max-memory", "96M"],
      ["--threads", "1", "--max-memory", "192M"],
    ]) {
      expect(
        reduce(genomes, more).every((text, at) => text === wanted[at]),
        more.join(" "),
      ).toBe(true);
    }
  });
});

it("says where sequences are read as circles", () => {
  const said = (text: string): string => {
    writeFileSync(session.path("in.fasta"), text);
    return session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y"]).stderr;
  };
  expect(said(genomes)).toContain("the end of a representative goes on at its beginning");
  expect(said(relatives(30_000, [0]))).not.toContain("circles");
  expect(session.run(["reduce", "--help"]).stdout.replaceAll(/\s+/g, " ")).toContain("as on a circle");
});

it("keeps a genome that begins elsewhere where it is too short to be read as a circle", () => {
  for (const [length, representatives] of [
    [60_000, 2],
    [70_000, 1],
  ] as const) {
    const rows = readClusters(reduce(relatives(length, [length / 2]))[2] ?? "");
    expect(new Set(rows.map(({ representativeNumber }) => representativeNumber)).size, `${length} residues`).toBe(representatives);
  }
});

it("is checked by an aligner that agrees with a plain one", () => {
  for (let round = 0; round < 40; round += 1) {
    const one = sequence(Math.floor(random() * 90));
    const other = round % 2 === 0 ? mutated(mutated(one)) + sequence(3) : sequence(Math.floor(random() * 60));
    const [long, whole] = [alignLong(one, other), alignWhole(one, other)];
    expect(long.errors).toBe(whole.errors);
    expect(long.leastMatches).toBeLessThanOrEqual(whole.matches);
  }
});
