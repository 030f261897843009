/** Several inputs: one database out of all, and no record that is none of them. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { MmSession, until } from "../transcode/run-mm.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());
afterEach(() => {
  for (const name of session.leftovers()) rmSync(session.path(name), { recursive: true, force: true });
});

const ENDS = ["", ".mmd", ".tsv"];
const outputs = (name: string): Buffer[] => ENDS.map((end) => readFileSync(session.path(`${name}${end}`)));
const areAlike = (a: readonly Buffer[], b: readonly Buffer[]) => a.every((bytes, at) => bytes.equals(b[at] ?? Buffer.of()));
const write = (name: string, bytes: string | Uint8Array): string => {
  writeFileSync(session.path(name), bytes);
  return name;
};
const reduce = (args: readonly string[], input?: Buffer) =>
  session.run(["reduce", "-o", "out.fasta", "-y", "-q", ...args], input === undefined ? {} : { input });
const shell = (command: string) => spawnSync("sh", ["-c", command], { cwd: session.folder, encoding: "utf8" });
const restored = (): string => session.run(["restore", "-i", "out.fasta", "-q"]).stdout;

/** Relatives of the same ancestors in different files. */
const records = [...makeSequences({ kind: "protein", bytes: 300_000, seed: 21 })].join("").split(/^(?=>)/m);
const third = (at: number): string => records.filter((_, index) => index % 3 === at).join("");
const [a, b, c] = [third(0), third(1), third(2)];

describe("several inputs", () => {
  it("give the bytes of the one file that cat makes of them, however they are named and packed", () => {
    write("all.fasta", a + b + c);
    expect(reduce(["-i", "all.fasta"]).code).toBe(0);
    const wanted = outputs("out.fasta");
    write("a.fasta", a);
    write("b, too.fasta", b);
    write("b.fasta.gz", gzipSync(b));
    write("c.fasta", c);
    write("empty.fasta", "");
    const forms: [readonly string[], Buffer?][] = [
      [["-i", "a.fasta", "b, too.fasta", "c.fasta"]],
      [["-i", "a.fasta", "-i", "b, too.fasta", "-i", "c.fasta", "--max-memory", "80M", "--threads", "1"]],
      [["-i", "empty.fasta", "a.fasta", "empty.fasta", "b.fasta.gz", "c.fasta", "empty.fasta"]],
      [["-i", "a.fasta", "b.fasta.gz", "-", "--verify"], Buffer.from(c)],
      [["-i", "-", "b.fasta.gz", "c.fasta"], gzipSync(a)],
    ];
    for (const [args, input] of forms) {
      const { code, stderr } = reduce(args, input);
      expect({ code, stderr }, args.join(" ")).toEqual({ code: 0, stderr: "" });
      expect(areAlike(outputs("out.fasta"), wanted), args.join(" ")).toBe(true);
    }
    expect(restored() === a + b + c).toBe(true);
    const { code } = session.run(["reduce", "-o", "out.fasta", "-y", "-q"], { env: { MM_INPUT: "a.fasta\nb, too.fasta\nc.fasta" } });
    expect(code).toBe(0);
    expect(areAlike(outputs("out.fasta"), wanted)).toBe(true);
  });

  it("are named in the plan and the report, with the bytes of each", () => {
    write("a.fasta", a);
    write("b.fasta.gz", gzipSync(b));
    const { code, stdout, stderr } = session.run(["reduce", "-i", "a.fasta", "b.fasta.gz", "-o", "out.fasta", "--json"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/^input +2 files, .* \(gzip\), .* of them unpacked to disk$/m);
    const { result } = JSON.parse(stdout);
    expect(result.inputs).toEqual([
      { name: "a.fasta", byteLength: Buffer.byteLength(a) },
      { name: "b.fasta.gz", byteLength: Buffer.byteLength(b) },
    ]);
    expect(result.inputBytes).toBe(Buffer.byteLength(a + b));
    expect(result.packedBytes).toBe(Buffer.byteLength(a) + statSync(session.path("b.fasta.gz")).size);
  });

  it("keep their last line without an end where it is the last of all", () => {
    write("a.fasta", a);
    write("b.fasta", b.trimEnd());
    expect(reduce(["-i", "a.fasta", "b.fasta"])).toMatchObject({ code: 0, stderr: "" });
    expect(restored() === a + b.trimEnd()).toBe(true);
  });
});

it("no report or log is written over what is read or written", () => {
  const text = ">a\nMKVLAAGIVGLPNVGKSTLF\n";
  write("x.fasta", text);
  for (const [words, file] of [
    [["reduce", "-i", "x.fasta", "-o", "out.fasta", "--report", "x.fasta"], "--report and the input"],
    [["reduce", "-i", "x.fasta", "-o", "out.fasta", "--track-allocations", "./out.fasta.mmd"], "--track-allocations and the output"],
    [["restore", "-i", "x.fasta", "-o", "back.fasta", "--report", "x.fasta.mmd"], "--report and the input"],
    [["expand", "hits.m8", "-d", "x.fasta.mmd", "--report", "x.fasta"], "--report and the input"],
  ] as const) {
    const { code, stderr } = session.run([...words, "-y", "-q"]);
    expect(code, words.join(" ")).toBe(64);
    expect(stderr).toContain(`${file} are the same file`);
  }
  expect(readFileSync(session.path("x.fasta"), "utf8")).toBe(text);
});

describe("where one input would run on in the next", () => {
  it.each([
    ["a line without an end", "a.fasta", `${a.trimEnd()}`, b, /a\.fasta does not end with a line end, so b\.fasta/],
    ["lines before the first record", "a.fasta", a, `MKV\n${b}`, /b\.fasta does not begin with ">", so .* the end of a\.fasta/],
    ["FASTQ", "a.fasta", a, "@r\nACGT\n+\nIIII\n", /b\.fasta does not begin with ">"/],
  ])("%s is refused before anything is written, and taken with --force", (_name, first, text, next, message) => {
    write(first, text);
    write("b.fasta", next);
    const refused = reduce(["-i", first, "b.fasta"]);
    expect(refused.code).toBe(65);
    expect(refused.stderr).toMatch(message);
    expect(session.leftovers().sort()).toEqual([first, "b.fasta"]);
    expect(reduce(["-i", first, "b.fasta", "--force"])).toMatchObject({ code: 0 });
    expect(restored() === text + next).toBe(true);
  });

  it.each(["", "gzip"])("what it says to type mends it (%s)", (packing) => {
    const pack = (text: string) => (packing === "" ? text : gzipSync(text));
    const name = write(packing === "" ? "it's a.fasta" : "it's a.fasta.gz", pack(a.trimEnd()));
    write("b.fasta", b);
    const refused = reduce(["-i", name, "b.fasta"]);
    const hint = /^ *try +(.*), or name it last$/m.exec(refused.stderr)?.[1] ?? "";
    const mended = shell(hint);
    expect(mended.status, mended.stderr).toBe(0);
    expect(reduce(["-i", name, "b.fasta"])).toMatchObject({ code: 0 });
    expect(restored() === `${a.trimEnd()}\n${b}`).toBe(true);
    if (packing !== "") expect(gunzipSync(readFileSync(session.path(name))).toString()).toBe(`${a.trimEnd()}\n`);
  });
});

describe("a wrong list of inputs", () => {
  it("is refused with what to type", () => {
    write("a.fasta", a);
    write("b.fasta", b);
    const refused = (args: readonly string[], code: number, message: RegExp) => {
      const run = session.run(["reduce", ...args, "-q"]);
      expect(run.code, run.stderr).toBe(code);
      expect(run.stderr).toMatch(message);
    };
    refused(["-i", "a.fasta", "b.fasta"], 64, /several inputs have no one name[\s\S]*-o representatives\.fasta/);
    refused(["-i", "-", "-", "-o", "out.fasta"], 64, /--input - is given twice/);
    refused(["-i", "a.fasta", "b.fasta", "-o", "b.fasta", "-y"], 64, /the output and the input are the same file[\s\S]*b\.fasta/);
    refused(["-i", "a.fasta", "none.fasta", "-o", "out.fasta"], 66, /none\.fasta/);
    refused(["-i", ...Array.from({ length: 1001 }, () => "a.fasta"), "-o", "out.fasta"], 64, /1001 inputs, and 1000 are the most/);
    expect(session.leftovers().sort()).toEqual(["a.fasta", "b.fasta"]);
  });

  it("takes as many as it says", () => {
    write("a.fasta", ">a\nMKV\n");
    expect(reduce(["-i", ...Array.from({ length: 1000 }, () => "a.fasta")])).toMatchObject({ code: 0, stderr: "" });
    expect(restored()).toBe(">a\nMKV\n".repeat(1000));
  });
});

it("more inputs than files may be open are refused in so many words", () => {
  write("a.fasta", ">a\nMKV\n");
  const names = "a.fasta ".repeat(300);
  const refused = shell(`ulimit -n 256; exec '${process.execPath}' '${session.bin}' reduce -q -o out.fasta -i ${names}`);
  expect(refused.status, refused.stderr).toBe(64);
  expect(refused.stderr).toContain("more inputs than files that may be open here");
  expect(session.leftovers()).toEqual(["a.fasta"]);
});

describe("an input that changes underway", () => {
  it("is noticed, whichever it is", async () => {
    write("a.fasta", a);
    write("b.fasta", [...makeSequences({ kind: "protein", bytes: 20e6, seed: 22 })].join(""));
    for (const name of ["a.fasta", "b.fasta"]) {
      const args = ["reduce", "-i", "a.fasta", "b.fasta", "-o", "out.fasta", "--progress", "json", "--threads", "1"];
      const job = session.start(args);
      await until(() => job.said().includes('"phase":"cluster"'));
      utimesSync(session.path(name), 1, 1);
      const end = await job.exit;
      expect(end.code, end.stderr).toBe(74);
      expect(end.stderr).toContain(`${name} changed while mm was reading it`);
      expect(session.leftovers().sort()).toEqual(["a.fasta", "b.fasta"]);
    }
  });
});

describe("--resume with several inputs", () => {
  const b20 = [...makeSequences({ kind: "protein", bytes: 20e6, seed: 23 })].join("");
  const args = ["reduce", "-i", "a.fasta.gz", "b.fasta", "-", "-o", "out.fasta", "--max-memory", "68M", "--threads", "1"];

  it("goes on with those that were kept and those that are there, and refuses others", async () => {
    write("a.fasta.gz", gzipSync(a));
    write("b.fasta", b20);
    // Whole seconds: what can be put back.
    utimesSync(session.path("b.fasta"), 2, 2);
    expect(session.run([...args, "-q"], { input: Buffer.from(c) }).code).toBe(0);
    const wanted = outputs("out.fasta");
    for (const end of ENDS) rmSync(session.path(`out.fasta${end}`));
    const job = session.start([...args, "--progress", "json"], Buffer.from(c));
    await until(() => job.said().includes('"phase":"cluster"'));
    job.kill("SIGKILL");
    await job.exit;
    const refused = (more: readonly string[], message: RegExp) => {
      const run = session.run([...args, ...more, "--resume", "-q"]);
      expect(run.code, run.stderr).toBe(64);
      expect(run.stderr).toMatch(message);
    };
    refused(["-i", "a.fasta.gz"], /input +4 files, was 3 files/);
    utimesSync(session.path("b.fasta"), 1, 1);
    refused([], /input +modified 1970/);
    utimesSync(session.path("b.fasta"), 2, 2);
    const resumed = session.run([...args, "--resume", "--report", "report.json", "--progress", "json"]);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain("standard input is not read");
    expect(resumed.stderr).not.toMatch(/"phase":"(spool|read)"/);
    expect(areAlike(outputs("out.fasta"), wanted)).toBe(true);
    expect(JSON.parse(readFileSync(session.path("report.json"), "utf8")).result.resumedStages).toEqual(["read"]);
  });
});
