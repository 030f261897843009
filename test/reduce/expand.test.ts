import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSequences, randomSource } from "../../fixtures/sequences.mjs";
import { MmSession } from "../transcode/run-mm.ts";
import { reverseComplement } from "./aligner.ts";
import { readClusters, readFasta } from "./fasta.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

function write(name: string, bytes: string | Uint8Array): string {
  writeFileSync(session.path(name), bytes);
  return name;
}
const read = (name: string): string => readFileSync(session.path(name), "latin1");

type Kind = "protein" | "nucleotide";

/** Relatives, every other one of the nucleotides on the other strand; and queries that descend from some of them. */
function makeSet(kind: Kind, bothStrands: boolean): { readonly database: string; readonly queries: string } {
  const random = randomSource(5);
  const letters = kind === "protein" ? "ACDEFGHIKLMNPQRSTVWY" : "ACGT";
  const records = readFasta([...makeSequences({ kind, bytes: 150_000, seed: 31, width: 0, distance: 0.08, familySize: 6 })].join(""));
  const turned = records.map(({ name, residues }, at) => ({
    name,
    residues: bothStrands && at % 2 === 1 ? reverseComplement(residues) : residues,
  }));
  const queries = turned.filter((_, at) => at % 9 === 0);
  const mutated = queries.map(({ residues }) =>
    residues.replaceAll(/./g, (letter) => (random() < 0.03 ? (letters[Math.floor(random() * letters.length)] ?? "") : letter)),
  );
  return {
    database: turned.map(({ name, residues }) => `>${name}\n${residues}\n`).join(""),
    queries: mutated.map((residues, at) => `>q${at}\n${residues}\n`).join(""),
  };
}

/** A line of hits as far as they are compared: spans from 0. */
type HitLine = {
  readonly query: string;
  readonly target: string;
  readonly strand: string;
  readonly spans: readonly [number, number, number, number];
  readonly cells: readonly string[];
};

function readHits(text: string): HitLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const cells = line.split("\t");
      const number = (at: number): number => Number(cells[at]);
      const isPaf = cells[4] === "+" || cells[4] === "-";
      const [query = "", target = ""] = isPaf ? [cells[0], cells[5]] : cells;
      const spans = isPaf ? [number(2), number(3), number(7), number(8)] : [number(6) - 1, number(7), number(8) - 1, number(9)];
      return { query, target, strand: isPaf ? (cells[4] ?? "") : "+", spans: spans as [number, number, number, number], cells };
    });
}

/**
 * Of the hits that a search of everything finds on members whose representative was hit, the share that is among the expanded ones with
 * all four ends at most so many residues away.
 */
function agreement(full: readonly HitLine[], expanded: readonly HitLine[], clusters: string, toleranceResidues: number) {
  const representatives = new Map(readClusters(clusters).map(({ member, representative, strand }) => [member, { representative, strand }]));
  const key = (query: string, target: string, strand: string): string => `${query} ${target} ${strand}`;
  const found = new Map<string, HitLine[]>();
  for (const hit of expanded) {
    const name = key(hit.query, hit.target, hit.strand);
    found.set(name, [...(found.get(name) ?? []), hit]);
  }
  const wanted = full.filter(({ query, target, strand }) => {
    const own = representatives.get(target);
    if (own === undefined || own.representative === target) return false;
    return found.has(key(query, own.representative, own.strand === strand ? "+" : "-"));
  });
  const distances = wanted.map(({ query, target, strand, spans }) =>
    Math.min(
      ...(found.get(key(query, target, strand)) ?? []).map((hit) =>
        Math.max(...hit.spans.map((end, at) => Math.abs(end - (spans[at] ?? 0)))),
      ),
    ),
  );
  return {
    hits: wanted.length,
    present: distances.filter((distance) => distance < Number.POSITIVE_INFINITY).length / wanted.length,
    agreeing: distances.filter((distance) => distance <= toleranceResidues).length / wanted.length,
  };
}

/** The alignment a line claims, done again letter by letter. */
function checkAlignment({ query, target, spans, cells }: HitLine, sequences: ReadonlyMap<string, string>): void {
  const of = (name: string): string => sequences.get(name) ?? "";
  expect(Number(cells[6]), "length of the target").toBe(of(target).length);
  const span = of(query).slice(spans[0], spans[1]);
  const [one, other] = [cells[4] === "-" ? reverseComplement(span) : span, of(target).slice(spans[2], spans[3])];
  const cigar = cells.find((cell) => cell.startsWith("cg:Z:"))?.slice(5) ?? "";
  let [at, on, matches, columns] = [0, 0, 0, 0];
  for (const [, digits, letter = ""] of cigar.matchAll(/(\d+)([=XMID])/g)) {
    for (let left = Number(digits); left > 0; left -= 1) {
      const isEqual = one[at] === other[on];
      if (letter === "=" || letter === "X") expect(isEqual, `${cells.join(" ")} at ${at}`).toBe(letter === "=");
      if (letter !== "D") at += 1;
      if (letter !== "I") on += 1;
      if ("=XM".includes(letter) && isEqual) matches += 1;
      columns += 1;
    }
  }
  expect([at, on, matches, columns]).toEqual([one.length, other.length, Number(cells[9]), Number(cells[10])]);
}

const has = (tool: string): boolean => {
  const isThere = spawnSync("sh", ["-c", `command -v ${tool}`]).status === 0;
  if (!isThere) console.log(`skipped: hits of ${tool}, which is not installed`);
  return isThere;
};

function search(command: string): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: session.folder, encoding: "latin1", maxBuffer: 1e8 });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

type Peer = {
  readonly tool: string;
  readonly kind: Kind;
  readonly bothStrands: boolean;
  readonly identity: string;
  /** Searches a database for the queries. */
  readonly command: (database: string) => string;
  readonly toleranceResidues: number;
};

const PEERS: readonly Peer[] = [
  {
    tool: "minimap2",
    kind: "nucleotide",
    bothStrands: true,
    identity: "0.9",
    command: (database) => `minimap2 -k 11 -w 3 -N 100000 -p 0 -f 0 -c --cs ${database} queries.fasta 2>/dev/null`,
    toleranceResidues: 20,
  },
  {
    tool: "mmseqs",
    kind: "protein",
    bothStrands: false,
    identity: "0.9",
    command: (database) => `mmseqs easy-search queries.fasta ${database} ${database}.m8 mmtmp -v 1 --threads 2 >&2 && cat ${database}.m8`,
    toleranceResidues: 20,
  },
  {
    tool: "vsearch",
    kind: "nucleotide",
    bothStrands: false,
    identity: "0.9",
    command: (database) =>
      `vsearch --usearch_global queries.fasta --db ${database} --id 0.7 --maxaccepts 0 --maxrejects 0 --quiet --userout - --userfields query+target+id+alnlen+mism+opens+qilo+qihi+tilo+tihi+evalue+bits`,
    toleranceResidues: 20,
  },
];

describe.each(PEERS)("hits of $tool", ({ tool, kind, bothStrands, identity, command, toleranceResidues }) => {
  it.skipIf(!has(tool))("on representatives become those that a search of everything finds", () => {
    const { database, queries } = makeSet(kind, bothStrands);
    write("all.fasta", database);
    write("queries.fasta", queries);
    expect(session.run(["reduce", "-i", "all.fasta", "-o", "reps.fasta", "-y", "-q", "--identity", identity]).code).toBe(0);
    write("hits", search(command("reps.fasta")));
    const run = session.run(["expand", "hits", "-d", "reps.fasta.mmd", "-o", "expanded", "-y", "-q"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const expanded = readHits(read("expanded"));
    const { hits, present, agreeing } = agreement(
      readHits(search(command("all.fasta"))),
      expanded,
      read("reps.fasta.tsv"),
      toleranceResidues,
    );
    console.log(
      `${tool}: of ${hits} hits on members ${(100 * present).toFixed(2)} % are there, ${(100 * agreeing).toFixed(2)} % within ${toleranceResidues} residues`,
    );
    expect(hits).toBeGreaterThan(100);
    expect(present).toBeGreaterThan(0.99);
    expect(agreeing).toBeGreaterThan(0.9);
    const own = expanded.filter(({ cells }) => /^(mk:Z:)?hit$/.test(cells.at(-1) ?? ""));
    expect(own.map(({ cells }) => cells.slice(0, -2).join("\t")).join("\n")).toBe(read("hits").trimEnd());
    if (tool !== "minimap2") return;
    const sequences = new Map(readFasta(database + queries).map(({ name, residues }) => [name, residues]));
    for (const line of expanded) if (/mk:Z:(computed|same)$/.test(line.cells.at(-1) ?? "")) checkAlignment(line, sequences);
  });
});

describe("the command", () => {
  const DATABASE = makeSet("nucleotide", true).database;
  /** A hit on the whole of each representative. */
  let hits: string;
  let wanted: string;

  beforeAll(() => {
    write("in.fasta", DATABASE);
    expect(session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "-q"]).code).toBe(0);
    hits = readFasta(read("out.fasta"))
      .map(({ name, residues }) => `q\t${name}\t98.5\t${residues.length}\t1\t0\t1\t${residues.length}\t1\t${residues.length}\t1e-9\t99\n`)
      .join("");
    write("hits.m8", hits);
    const { code, stdout } = session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-q"]);
    expect(code).toBe(0);
    wanted = stdout;
  });

  it("gives every record of the database, in the order of representatives hit and members read", () => {
    const rows = readClusters(read("out.fasta.tsv"));
    const lines = wanted.trimEnd().split("\n");
    expect(lines.map((line) => line.split("\t")[1])).toEqual(rows.map(({ member }) => member));
    for (const [at, row] of rows.entries()) {
      const cells = (lines[at] ?? "").split("\t");
      const [from, to] = [Number(cells[8]), Number(cells[9])];
      expect([Math.min(from, to) - 1, Math.max(from, to)], cells.join(" ")).toEqual([...row.memberSpan]);
      expect(from > to ? "-" : "+").toBe(row.strand);
    }
  });

  it("takes gzip and a pipe, and gives the same in a file, with little memory, and with temporary files elsewhere", () => {
    write("hits.m8.gz", gzipSync(hits));
    expect(session.run(["expand", "hits.m8.gz", "-r", "out.fasta", "-q"]).stdout).toBe(wanted);
    expect(session.run(["expand", "-", "-d", "out.fasta.mmd", "-q"], { input: Buffer.from(hits) }).stdout).toBe(wanted);
    expect(session.run(["expand", "-", "-d", "out.fasta.mmd", "-q"], { input: Buffer.from("") })).toMatchObject({ code: 0, stdout: "" });
    const before = session.leftovers();
    const small = session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-o", "all.m8", "--max-memory", "38M"]);
    expect(small.code).toBe(75);
    const hint = /--max-memory (\d+M)/.exec(small.stderr)?.[1] ?? "";
    const more = ["--max-memory", hint, "--temp-dir", session.folder, "--report", "report.json", "-q"];
    expect(session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-o", "all.m8", ...more])).toMatchObject({ code: 0, stderr: "" });
    expect(read("all.m8")).toBe(wanted);
    expect(session.leftovers().sort()).toEqual([...before, "all.m8", "report.json"].sort());
    const { result, memory } = JSON.parse(read("report.json"));
    const lines = wanted.split("\n").length - 1;
    expect(result.hits + result.memberHits).toBe(lines);
    expect(result).toMatchObject({ ambiguous: 0, stored: 0, outputBytes: wanted.length, lines: hits.split("\n").length - 1 });
    expect(memory.peakBytes).toBeLessThanOrEqual(memory.limitBytes);
    rmSync(session.path("all.m8"));
  });

  it("waits for a slow reader of its output, as restore does, and ends with one that has seen enough", () => {
    write("many.m8", hits.repeat(200));
    const mm = `'${process.execPath}' '${session.bin}'`;
    const slow = (command: string): string => search(`${mm} ${command} -q 2>said | { sleep 1; cat; }`);
    expect(slow("expand many.m8 -d out.fasta.mmd")).toBe(wanted.repeat(200));
    expect(slow("restore -i out.fasta") === DATABASE).toBe(true);
    expect(search(`{ ${mm} expand many.m8 -d out.fasta.mmd -q; echo $? >code; } 2>said | head -n 1; cat code said`)).toBe(
      `${wanted.split("\n")[0]}\n0\n`,
    );
    for (const name of ["said", "code"]) rmSync(session.path(name));
  });

  it.each([
    ["a target that is no representative", "q\tnobody\t98\t9\t0\t0\t1\t9\t1\t9\t0\t9", "the target is no representative of these deltas"],
    ["too few columns", "q\tt\t98", "twelve columns"],
    ["a word for a number", "q\tt\t98\t9\t0\t0\t1\t9\tone\t9\t0\t9", "columns 9 and 10"],
  ])("refuses %s with the line, and writes nothing", (_name, line, words) => {
    write("wrong.m8", `# a comment\n${hits.split("\n")[0]}\n${line}\n`);
    const { code, stderr } = session.run(["expand", "wrong.m8", "-d", "out.fasta.mmd", "-o", "wrong.out", "-q"]);
    expect(code).toBe(65);
    expect(stderr).toContain("wrong.m8:3: ");
    expect(stderr).toContain(words);
    expect(session.leftovers()).not.toContain("wrong.out");
  });

  it("says what is missing, what is there already, and what does not belong together", () => {
    expect(session.run(["expand", "none.m8", "-d", "out.fasta.mmd"])).toMatchObject({ code: 66 });
    expect(session.run(["expand", "hits.m8", "-d", "none.mmd"])).toMatchObject({ code: 66 });
    expect(session.run(["expand", "hits.m8"])).toMatchObject({ code: 64 });
    expect(session.run(["expand", "hits.m8", "-d", "deltas"])).toMatchObject({ code: 64 });
    expect(session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "--json"])).toMatchObject({ code: 64 });
    expect(session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-o", "hits.m8"])).toMatchObject({ code: 64 });
    expect(session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-o", "out.fasta.mmd", "-y"])).toMatchObject({ code: 64 });
    expect(session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-o", "in.fasta"])).toMatchObject({ code: 73 });
    expect(session.run(["expand", "hits.m8", "-d", "out.fasta.mmd", "-r", "in.fasta"])).toMatchObject({ code: 65 });
    expect(session.run(["expand", "hits.m8", "-d", "in.fasta", "-r", "out.fasta"])).toMatchObject({ code: 65 });
  });

  it("warns of hits that could be any of several representatives, and of members without an alignment", () => {
    const random = randomSource(4);
    const letters = (count: number): string => Array.from({ length: count }, () => "ACGT"[Math.floor(random() * 4)]).join("");
    const short = letters(11);
    write("odd.fasta", `>same\n${letters(300)}\n>same\n${letters(200)}\n>short\n${short}\n>again\n${short}\n`);
    expect(session.run(["reduce", "-i", "odd.fasta", "-o", "odd.reps", "-q"]).code).toBe(0);
    const line = "q\tsame\t98\t9\t0\t0\t1\t9\t1\t9\t0\t9";
    write("odd.m8", `${line}\n`);
    const { code, stdout, stderr } = session.run(["expand", "odd.m8", "-d", "odd.reps.mmd", "-q"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${line}\tsame\tambiguous\n` });
    expect(stderr).toContain("1 hit on names");
    expect(stderr).toContain("1 member is stored without an alignment");
  });
});
