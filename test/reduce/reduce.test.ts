import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSequences, randomSource } from "../../fixtures/sequences.mjs";
import { MmSession } from "../transcode/run-mm.ts";
import { alignWhole, reverseComplement } from "./aligner.ts";
import { type ClusterRow, type FastaRecord, readClusters, readFasta } from "./fasta.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

function write(name: string, bytes: string | Uint8Array): string {
  const path = session.path(name);
  writeFileSync(path, bytes);
  return path;
}

const read = (name: string): string => readFileSync(session.path(name), "latin1");
const outputs = (name: string): string[] => ["", ".mmd", ".tsv"].map((end) => read(`${name}${end}`));

/** Reduces, and gives back what restore makes of it. */
function roundTrip(input: string, more: readonly string[] = []): { code: number; stderr: string; restored: string } {
  const reduced = session.run(["reduce", "-i", input, "-o", "out.fasta", "-y", "-q", ...more]);
  if (reduced.code !== 0) return { code: reduced.code, stderr: reduced.stderr, restored: "" };
  const restored = session.run(["restore", "-i", "out.fasta", "-o", "back.fasta", "-y", "-q"]);
  return { code: restored.code, stderr: restored.stderr, restored: restored.code === 0 ? read("back.fasta") : "" };
}

const sets = {
  protein: [...makeSequences({ kind: "protein", bytes: 400_000, seed: 11 })].join(""),
  nucleotide: [...makeSequences({ kind: "nucleotide", bytes: 300_000, seed: 12, width: 0, distance: 0.08 })].join(""),
};

/** Every second record of a relative is read on the other strand. */
function withReverse(text: string): string {
  return readFasta(text)
    .map(({ name, residues }, at) => `>${name}\n${at % 2 === 0 ? residues : reverseComplement(residues)}\n`)
    .join("");
}

describe.each([
  ["protein", sets.protein, 0.9],
  ["nucleotide", sets.nucleotide, 0.95],
  ["nucleotide on both strands", withReverse(sets.nucleotide), 0.95],
])("%s", (_kind, text, identity) => {
  const records = readFasta(text);
  let rows: ClusterRow[];

  beforeAll(() => {
    const { code, stderr, restored } = roundTrip(write("in.fasta", text), ["--identity", String(identity)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(restored === text, "the restored bytes are the input's").toBe(true);
    rows = readClusters(read("out.fasta.tsv"));
  });

  it("names every record once, and has fewer representatives than records", () => {
    expect(rows.map(({ memberNumber }) => memberNumber).sort((a, b) => a - b)).toEqual(records.map((_, at) => at));
    const representatives = readFasta(read("out.fasta"));
    expect(representatives.length).toBeLessThan(0.9 * records.length);
    const own = rows.filter(({ memberNumber, representativeNumber }) => memberNumber === representativeNumber);
    expect(own.map(({ member }) => member).sort()).toEqual(representatives.map(({ name }) => name).sort());
  });

  it("keeps its promise for every member, as another aligner sees it", () => {
    for (const row of rows) checkMember(row, records, identity);
  });
});

/** The spans aligned anew: at least the identity that was promised, and the coverage that was said. */
function checkMember(row: ClusterRow, records: readonly FastaRecord[], identity: number): void {
  const [member, representative] = [records[row.memberNumber], records[row.representativeNumber]];
  if (member === undefined || representative === undefined) throw new Error("a record that is none");
  expect([member.name, representative.name]).toEqual([row.member, row.representative]);
  const span = member.residues.slice(...row.memberSpan);
  const forward = representative.residues.slice(...row.representativeSpan);
  const { matches, columns } = alignWhole(span, row.strand === "-" ? reverseComplement(forward) : forward);
  expect(matches / columns, `identity of ${row.member}`).toBeGreaterThanOrEqual(identity);
  expect(span.length / member.residues.length, `coverage of ${row.member}`).toBeGreaterThanOrEqual(0.8);
  expect(row.coverage).toBeCloseTo(span.length / member.residues.length, 3);
  expect(row.identity).toBeGreaterThanOrEqual(identity);
}

describe("what comes out", () => {
  it("does not depend on memory, threads or the folder of temporary files", () => {
    const input = write("in.fasta", sets.protein);
    const reference = roundTrip(input);
    expect(reference.code).toBe(0);
    const wanted = outputs("out.fasta");
    for (const more of [
      ["--max-memory", "96M"],
      ["--threads", "1"],
      ["--threads", "5"],
      ["--temp-dir", session.folder],
      ["--low-memory"],
    ]) {
      expect(session.run(["reduce", "-i", input, "-o", "out.fasta", "-y", "-q", ...more]), more.join(" ")).toMatchObject({ code: 0 });
      expect(
        outputs("out.fasta").every((text, at) => text === wanted[at]),
        more.join(" "),
      ).toBe(true);
    }
  });

  it("keeps the same partition when the records come in another order", () => {
    const records = sets.protein.split(/^(?=>)/m);
    const random = randomSource(3);
    const shuffled = records
      .map((record) => ({ record, at: random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ record }) => record);
    const partition = (text: string): string[] => {
      expect(roundTrip(write("in.fasta", text)).code).toBe(0);
      const clusters = new Map<string, string[]>();
      for (const { representative, member } of readClusters(read("out.fasta.tsv"))) {
        clusters.set(representative, [...(clusters.get(representative) ?? []), member]);
      }
      return [...clusters.values()].map((members) => members.sort().join(" ")).sort();
    };
    expect(partition(shuffled.join(""))).toEqual(partition(sets.protein));
  });
});

/** Bytes that readers of FASTA stumble over. */
const NASTY: Readonly<Record<string, string>> = {
  "nothing at all": "",
  "only a header": ">",
  "a header without an end": ">name of it all",
  "an empty record": ">a\n>b\nACGT\n>c\n",
  "no final newline": ">a\nACGTACGTAA\n>b\nACGTACGTAA",
  "line ends of another system": ">a\r\nACGT\r\nAC\r\n>b\r\nACGTAC\r\n",
  "mixed line ends": ">a\nACGT\r\nACGT\n>b\r\nAC\nGT\rAC\r\n\r\n>c\nAC\n\n\nGT\n",
  "text before the first record": "; made by hand\n\nsomething\n>a\nACGT\n",
  "masks and codes": ">a\nACGTacgtNNNNnnnnRYKMryswbdhv\n>b\nACGTacgtNNNNnnnnRYKMryswbdhv\n",
  "numbers and blanks as in GenBank": ">a\n        1 acgtacgtac gtacgtacgt\n       21 acgtacgtac\n>b\n        1 acgtacgtac gtacgtacgt\n",
  "stops, gaps and dots": ">a\nMKV*--..~MKVLLA*\n>b\nMKV*--..~MKVLLA*\n",
  "names that repeat": ">a x\nACGTACGTACGTACGTACGTACGT\n>a y\nACGTACGTACGTACGTACGTACGT\n>a\nTTTT\n",
  "headers joined by ^A": `>a one\x01b two\x01c three\nMKVLAAGIVGLPNVGKSTLFNALT\n>d\nMKVLAAGIVGLPNVGKSTLFNALT\n`,
  "bytes that are no text": ">a\xff\xfe\x00 b\x00\nAC\x00GT\xff\n>\x80\nACGT\n",
  "ragged lines": ">a\nACGTACGT\nAC\nACGTACGTACGT\n\nA\n>b\nACGTACGTACACGTACGTACGTA\n",
  "a '>' inside": ">a > b\nAC>GT\n>b\n ACGT>\n",
};

describe("bytes that readers stumble over", () => {
  it.each(Object.entries(NASTY))("%s come back as they were", (_name, text) => {
    const { code, stderr, restored } = roundTrip(write("nasty.fasta", Buffer.from(text, "latin1")), ["--verify", "--fai"]);
    expect({ code, stderr, restored }).toEqual({ code: 0, stderr: "", restored: text });
  });

  it("random pieces of all of these come back as they were", () => {
    const random = randomSource(99);
    const pieces = [...Object.values(NASTY), ...sets.protein.split(/^(?=>)/m).slice(0, 40)];
    for (let round = 0; round < 12; round += 1) {
      const text = Array.from({ length: 60 }, () => pieces[Math.floor(random() * pieces.length)] ?? "").join("");
      const cut = `>first\nMKV\n${text.slice(0, Math.floor(random() * text.length))}`;
      const { code, stderr, restored } = roundTrip(write("nasty.fasta", Buffer.from(cut, "latin1")));
      expect({ code, stderr, isSame: restored === cut }, `round ${round}`).toEqual({ code: 0, stderr: "", isSame: true });
    }
  });
});

describe("inputs", () => {
  it("takes gzip and a pipe, and gives the same as for the plain file", () => {
    expect(roundTrip(write("in.fasta", sets.protein)).restored === sets.protein).toBe(true);
    const wanted = outputs("out.fasta");
    write("in.fasta.gz", gzipSync(sets.protein));
    expect(session.run(["reduce", "-i", "in.fasta.gz", "-o", "out.fasta", "-y", "-q"]).code).toBe(0);
    expect(outputs("out.fasta").every((text, at) => text === wanted[at])).toBe(true);
    expect(session.run(["reduce", "-i", "-", "-o", "out.fasta", "-y", "-q"], { input: Buffer.from(sets.protein) }).code).toBe(0);
    expect(outputs("out.fasta").every((text, at) => text === wanted[at])).toBe(true);
  });

  it("names its output after the input", () => {
    write("named.fa.gz", gzipSync(sets.nucleotide));
    expect(session.run(["reduce", "-i", "named.fa.gz", "-q"]).code).toBe(0);
    for (const end of ["", ".mmd", ".tsv"]) rmSync(session.path(`named.reduced.fasta${end}`));
  });

  it.each([
    ["FASTQ", "@r1\nACGT\n+\nIIII\n@r2\nACGT\n+\nIIII\n", 65],
    ["a web page", `<html>${"x".repeat(2_000_000)}</html>`, 65],
  ])("refuses %s, and takes it byte for byte with --force", (_name, text, code) => {
    const path = write("wrong.fasta", text);
    const before = session.leftovers();
    expect(session.run(["reduce", "-i", path, "-o", "wrong.out", "-q"])).toMatchObject({ code });
    expect(session.leftovers()).toEqual(before);
    expect(roundTrip(path, ["--force"]).restored === text).toBe(true);
  });

  it("names a limit that works for a sequence that is longer than usual", () => {
    const random = randomSource(9);
    const long = Array.from({ length: 20_000_000 }, () => "ACGT"[Math.floor(random() * 4)]).join("");
    const path = write("long.fasta", `>one\n${long}\n>two\n${long.slice(5000)}\n`);
    const run = (limit: string) => session.run(["reduce", "-i", path, "-o", "out.fasta", "-y", "-q", "--max-memory", limit]);
    const small = run("68M");
    expect(small).toMatchObject({ code: 75 });
    const hint = /--max-memory (\d+M)/.exec(small.stderr)?.[1] ?? "";
    expect(run(hint)).toMatchObject({ code: 0, stderr: "" });
    expect(readClusters(read("out.fasta.tsv"))).toHaveLength(2);
  });

  it("says what is missing, what is there already, and what is too small", () => {
    expect(session.run(["reduce", "-i", "none.fasta", "-o", "x.fasta"])).toMatchObject({ code: 66 });
    expect(session.run(["reduce"])).toMatchObject({ code: 64 });
    write("in.fasta", sets.protein);
    expect(roundTrip("in.fasta").code).toBe(0);
    expect(session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta"])).toMatchObject({ code: 73 });
    const small = session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "--max-memory", "40M"]);
    expect(small.code).toBe(75);
    const tiny = session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "--max-memory", "20M"]);
    expect(tiny.code).toBe(75);
    expect(tiny.stderr, "what mm alone needs is not what the job does").not.toMatch(/works|--max-memory \d/);
    const hint = /--max-memory (\d+M)/.exec(small.stderr)?.[1];
    expect(session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "-q", "--max-memory", hint ?? ""])).toMatchObject({ code: 0 });
  });
});

describe("restore", () => {
  it("gives records by name, representative or member, in the order of the input", () => {
    expect(roundTrip(write("in.fasta", sets.protein)).code).toBe(0);
    const rows = readClusters(read("out.fasta.tsv"));
    const member = rows.find(({ memberNumber, representativeNumber }) => memberNumber !== representativeNumber);
    if (member === undefined) throw new Error("no member");
    const records = sets.protein.split(/^(?=>)/m);
    const wanted = [member.memberNumber, member.representativeNumber].sort((a, b) => a - b).map((at) => records[at]);
    const found = session.run(["restore", "-i", "out.fasta", "--id", member.member, "--id", member.representative, "-q"]);
    expect(found).toMatchObject({ code: 0, stdout: wanted.join("") });
    expect(session.run(["restore", "-i", "out.fasta", "--id", "nobody", "-q"])).toMatchObject({ code: 66 });
  });

  it("takes several names, one a line, and commas in them", () => {
    expect(roundTrip(write("in.fasta", ">a,b\nMKVLAT\n>c d\nWWYHHG\n>e\nMM\n")).code).toBe(0);
    expect(session.run(["restore", "-i", "out.fasta", "--id", "c\na,b", "-q"])).toMatchObject({
      code: 0,
      stdout: ">a,b\nMKVLAT\n>c d\nWWYHHG\n",
      stderr: "",
    });
  });

  it("says that not every name has a record", () => {
    expect(roundTrip(write("in.fasta", ">a b\nMKVLAT\n>c d\nWWYHHG\n")).code).toBe(0);
    const { code, stdout, stderr } = session.run(["restore", "-i", "out.fasta", "--id", "a", "--id", "b", "-q"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: ">a b\nMKVLAT\n" });
    expect(stderr).toContain("1 record for 2 names: not every name has one");
  });

  it("does not write over the deltas it reads, and says where they are missing", () => {
    expect(roundTrip(write("in.fasta", sets.protein)).code).toBe(0);
    const deltas = readFileSync(session.path("out.fasta.mmd"));
    expect(session.run(["restore", "-i", "out.fasta", "-o", "out.fasta.mmd", "-y"])).toMatchObject({ code: 64 });
    expect(readFileSync(session.path("out.fasta.mmd")).equals(deltas)).toBe(true);
    const alone = session.run(["restore", "-i", "in.fasta", "-o", "x.fasta"]);
    expect(alone).toMatchObject({ code: 66 });
    expect(alone.stderr).toMatch(/in\.fasta\.mmd does not exist.*try +--deltas/s);
    expect(session.run(["restore", "-i", "out.fasta.mmd", "-o", "x.fasta"]).stderr).toMatch(/try +-i out\.fasta\n/);
  });

  it("waits for a reader that is slower, also where its pipe does not", () => {
    const text = sets.protein.repeat(20);
    expect(roundTrip(write("in.fasta", text)).code).toBe(0);
    const { code, stdout, stderr } = session.run(["restore", "-i", "out.fasta", "-q"]);
    expect({ code, stderr, isSame: stdout === text }).toEqual({ code: 0, stderr: "", isSame: true });
  });

  it("does not write over the representatives or the deltas it reads", () => {
    expect(roundTrip(write("in.fasta", sets.protein)).code).toBe(0);
    const before = outputs("out.fasta");
    for (const output of ["out.fasta", "out.fasta.mmd"]) {
      expect(session.run(["restore", "-i", "out.fasta", "-o", output, "-y", "-q"]), output).toMatchObject({ code: 64 });
    }
    expect(outputs("out.fasta")).toEqual(before);
  });

  it("refuses a pipe or a folder in place of either, and does not wait for it", () => {
    expect(roundTrip(write("in.fasta", sets.protein)).code).toBe(0);
    execFileSync("mkfifo", [session.path("pipe")]);
    for (const other of ["pipe", "."]) {
      expect(session.run(["restore", "-i", other, "--deltas", "out.fasta.mmd", "-q"]), other).toMatchObject({ code: 64 });
      expect(session.run(["restore", "-i", "out.fasta", "--deltas", other, "-q"]), other).toMatchObject({ code: 64 });
    }
    rmSync(session.path("pipe"));
  });

  it("refuses representatives or deltas that were changed or cut, and writes nothing", () => {
    expect(roundTrip(write("in.fasta", sets.protein)).code).toBe(0);
    const [representatives, deltas] = [readFileSync(session.path("out.fasta")), readFileSync(session.path("out.fasta.mmd"))];
    rmSync(session.path("back.fasta"));
    const attempts: [string, Buffer, Buffer][] = [
      ["edited representatives", Buffer.concat([representatives, Buffer.from(">more\nMKV\n")]), deltas],
      ["a letter changed in them", withByte(representatives, 2000), deltas],
      ["cut deltas", representatives, deltas.subarray(0, deltas.length - 100)],
      ["a changed byte in the deltas", representatives, withByte(deltas, deltas.length >> 1)],
      ["another file in place of the deltas", representatives, representatives],
    ];
    for (const [name, first, second] of attempts) {
      write("out.fasta", first);
      write("out.fasta.mmd", second);
      expect(session.run(["restore", "-i", "out.fasta", "-o", "back.fasta", "-q"]), name).toMatchObject({ code: 65 });
      expect(session.leftovers(), name).not.toContain("back.fasta");
    }
  });
});

function withByte(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
