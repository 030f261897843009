/** What goes where: formats, folders, patterns, and what is said beside it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeMessage, makeSmallMessage } from "../../fixtures/ddex.mjs";
import { MmSession } from "../transcode/run-mm.ts";
import { recordsOf, releasesOf } from "./messages.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
beforeEach(() => {
  for (const name of session.leftovers()) rmSync(session.path(name), { recursive: true });
  mkdirSync(session.path("in/day"), { recursive: true });
  for (const name of ["a", "b", "day/c"]) writeFileSync(session.path(`in/${name}.xml`), makeSmallMessage(7, name.charCodeAt(0)));
  writeFileSync(session.path("in/day/d.xml.gz"), gzipSync(makeSmallMessage(7, 4)));
});
afterAll(() => session[Symbol.dispose]());

const read = (name: string): string => readFileSync(session.path(name), "utf8");

function parse(...args: readonly string[]) {
  return session.run(["parse", ...args, "-q"]);
}

function stdoutOf(...args: readonly string[]): string {
  const { code, stdout, stderr } = parse(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

const filesIn = (records: readonly object[]) => [...new Set(records.map((record) => (record as { file: string }).file))];

describe("inputs", () => {
  const all = ["in/a.xml", "in/b.xml", "in/day/c.xml", "in/day/d.xml.gz"];

  it.each([[["in"]], [["in/**/*.xml*"]], [["in/{a,b}.xml", "in/day"]], [all]])("%j are the same messages", (inputs) => {
    expect(filesIn(recordsOf(stdoutOf(...inputs)))).toEqual(all);
  });

  it("one that is not there, or a pattern without a file, ends it before any work", () => {
    mkdirSync(session.path("empty"));
    for (const input of ["none.xml", "none-*.xml", "empty"]) {
      expect(parse("in", input, "-o", "out.ndjson")).toMatchObject({ code: 66 });
      expect(existsSync(session.path("out.ndjson"))).toBe(false);
    }
  });
});

describe("formats", () => {
  it("json is one array of what ndjson has line by line", () => {
    const lines = recordsOf(stdoutOf("in"));
    for (const jobs of ["1", "3"]) expect(JSON.parse(stdoutOf("in", "-f", "json", "--jobs", jobs))).toEqual(lines);
    expect(JSON.parse(stdoutOf("in/a.xml", "-f", "json"))).toEqual(lines.filter((record) => filesIn([record])[0] === "in/a.xml"));
  });

  it("csv has one header, and a row for each of what its table is of", () => {
    const releases = releasesOf(stdoutOf("in"));
    const rowsOf = (table: string) => stdoutOf("in", "-f", "csv", "--table", table).split(/\r?\n/).slice(0, -1);
    const rows = rowsOf("releases");
    expect(rows).toHaveLength(1 + releases.length);
    expect(rows[0]).toMatch(/^file,messageId,releaseRef,/);
    expect(rows.filter((row) => row === rows[0])).toHaveLength(1);
    expect(rowsOf("tracks")).toHaveLength(1 + releases.reduce((sum, { tracks }) => sum + tracks.length, 0));
    expect(rowsOf("deals")).toHaveLength(1 + releases.reduce((sum, { deals }) => sum + deals.length, 0));
  });

  it("fields that are asked for are kept alone, and one that is none is refused before any work", () => {
    const [release] = releasesOf(stdoutOf("in/a.xml", "--fields", "title,tracks.isrc"));
    expect(Object.keys(release ?? {})).toEqual(expect.arrayContaining(["type", "title", "tracks"]));
    expect(Object.keys(release ?? {})).not.toContain("deals");
    expect(release?.tracks.every((track) => Object.keys(track).join() === "isrc")).toBe(true);
    const { code, stderr } = parse("in/a.xml", "--fields", "tracks.isrcc", "-o", "out.ndjson");
    expect(code).toBe(64);
    expect(stderr).toMatch(/tracks\.isrcc[\s\S]*try +--fields tracks\.isrc\n/);
  });
});

describe("a folder of outputs", () => {
  it("has a file for each message, below the folders they were in", () => {
    expect(parse("in", "-d", "out").code).toBe(0);
    const names = readdirSync(session.path("out"), { recursive: true }).sort();
    expect(names).toEqual(["a.ndjson", "b.ndjson", "day", "day/c.ndjson", "day/d.ndjson"]);
    expect(["a", "b", "day/c", "day/d"].map((name) => read(`out/${name}.ndjson`)).join("")).toBe(stdoutOf("in"));
  });

  it("as json each is an array, as csv each has a header", () => {
    for (const jobs of ["1", "3"]) {
      expect(parse("in", "-d", "out", "-f", "json", "-y", "--jobs", jobs).code).toBe(0);
      expect(parse("in", "-d", "out", "-f", "csv", "-y", "--jobs", jobs).code).toBe(0);
      expect(["a", "day/d"].map((name) => JSON.parse(read(`out/${name}.json`))[0].type)).toEqual(["message", "message"]);
      for (const name of ["a", "day/d"]) expect(read(`out/${name}.csv`)).toMatch(/^file,messageId,.*\r\n.+\r\n$/);
    }
  });

  it("is not written over unasked", () => {
    expect(parse("in", "-d", "out").code).toBe(0);
    expect(parse("in", "-d", "out")).toMatchObject({ code: 73 });
    expect(parse("in", "-d", "out", "-y")).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(session.path("out")).sort()).toEqual(["a.ndjson", "b.ndjson", "day"]);
  });
});

describe("what is said", () => {
  it("of a refused message: its place, its line, a caret, the byte and what to type", () => {
    const message = makeSmallMessage(7, 1).replace(/ *<MessageId>.*\n/, "\t<MessageId>日本</Message>\n");
    writeFileSync(session.path("in/b.xml"), message);
    const { code, stderr } = parse("in", "-o", "out.ndjson");
    expect(code).toBe(65);
    const [head, source, caret, byte, hint] = stderr.split("\n");
    expect(head).toMatch(/^mm parse: in\/b\.xml:\d+:15: XML_TAG_MISMATCH: .*\(MM_INPUT_MALFORMED\)$/);
    expect(source).toBe("  source    <MessageId>日本</Message>");
    // 15 characters, two of them wide, behind the name of the fact.
    expect(caret).toBe(`${" ".repeat(11 + 14 + 2)}^`);
    expect(byte).toMatch(/^ {2}byte {5}\d+$/);
    expect(hint).toBe("  try      xmllint --noout in/b.xml");
    expect(existsSync(session.path("out.ndjson"))).toBe(false);
  });

  it("as JSON lines, where others are read all the same", () => {
    writeFileSync(session.path("in/b.xml"), "<a>");
    const { code, stderr, stdout } = session.run(["parse", "in", "--continue-on-error", "--progress", "json"]);
    expect(code).toBe(1);
    const lines = stderr
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    const refused = lines.filter(({ type }) => type === "refused");
    expect(refused).toMatchObject([{ code: "MM_INPUT_MALFORMED", message: expect.stringMatching(/^in\/b\.xml:1:/) }]);
    const progress = lines.filter(({ type }) => type === "progress");
    expect(progress.at(-1)).toMatchObject({ phase: "parse", unit: "bytes", releases: 3 });
    expect(recordsOf(stdout).filter(({ type }) => type === "error")).toMatchObject([{ file: "in/b.xml", line: 1 }]);
  });

  it("at the end: records, inputs, rate and memory", () => {
    const { code, stderr } = session.run(["parse", "in", "-o", "out.ndjson"]);
    expect(code).toBe(0);
    const facts = [
      /^output {3}out\.ndjson, /m,
      /^records {2}4 releases, /m,
      /^input {4}4 messages, /m,
      /^time .*\/s$/m,
      /^memory {3}peak/m,
    ];
    for (const fact of facts) expect(stderr).toMatch(fact);
  });

  it("of temporary files that are in memory", () => {
    const { code, stderr } = session.run(["parse", "in", "-o", "out.ndjson", "--temp-dir", "/dev/shm"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/\/dev\/shm.* is on tmpfs, so spilled bytes count as memory/);
  });

  it("a plan instead of records", () => {
    const { code, stdout } = session.run(["parse", "in", "-d", "out", "--dry-run", "--max-memory", "200M"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/ddex\.parser/);
    expect(existsSync(session.path("out"))).toBe(false);
    expect(session.run(["parse", "in", "--dry-run", "--max-memory", "20M"]).code).toBe(75);
  });

  it("a report on stdout where the records are elsewhere", () => {
    const { stdout } = session.run(["parse", "in", "-o", "out.ndjson", "--json", "-q"]);
    const { command, ok, result } = JSON.parse(stdout);
    expect({ command, ok, result }).toMatchObject({
      command: "parse",
      ok: true,
      result: { files: 4, failedFiles: 0, releases: 4, retries: 0 },
    });
    expect(result.outputBytes).toBe(Buffer.byteLength(read("out.ndjson")));
  });
});

it("chunks, buffers and limits change nothing of what is written", () => {
  writeFileSync(session.path("album.xml"), [...makeMessage({ profile: "album", seed: 5 }).pieces].join(""));
  const plain = stdoutOf("album.xml");
  expect(releasesOf(plain).length).toBeGreaterThan(1);
  expect(stdoutOf("album.xml", "--chunk-size", "4K", "--buffer-size", "64K", "--flush-threshold", "0.1")).toBe(plain);
  expect(stdoutOf("album.xml", "--max-memory", "90M", "--low-memory")).toBe(plain);
});
