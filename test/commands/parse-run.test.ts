import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ParseRequest } from "../../src/binding/index.ts";
import type { CommandEvent } from "../../src/commands/index.ts";
import { batchesOf } from "../../src/commands/parse-input.ts";
import { DirectOutput, FolderOutputs, type Outputs, ParkedOutput } from "../../src/commands/parse-outputs.ts";
import { ParseRun } from "../../src/commands/parse-run.ts";
import { RetryingParser } from "../../src/ddex/retrying-parser.ts";
import { type InputFile, OutputFolder } from "../../src/io/index.ts";
import { Spill } from "../../src/memory/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { FakeParser } from "./fake-parser.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-parse-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const never = new AbortController().signal;

type Given = {
  readonly messages: readonly string[];
  readonly format?: ParseRequest["format"];
  readonly jobs?: number;
  readonly batchMessages?: number;
  readonly continues?: boolean;
  readonly maxErrors?: number;
  readonly retries?: number;
  readonly maxDiskBytes?: number;
  readonly directory?: string;
  readonly signal?: AbortSignal;
};

async function run(given: Given) {
  const { format = "ndjson", jobs = 1, batchMessages = 2, continues = false, maxErrors = 10, retries = 2 } = given;
  const files: InputFile[] = given.messages.map((text, at) => {
    const path = join(folder, `${at}.xml`);
    writeFileSync(path, text);
    return { path, name: `${at}.xml`, byteLength: text.length };
  });
  const fake = new FakeParser();
  const budget = roomyBudget();
  const spill = new Spill(budget, { parent: folder, limitBytes: given.maxDiskBytes ?? 1e12 });
  const reading = { mode: "joined", format, table: "releases", chunkBytes: 65_536, bufferBytes: 1e6, flushThreshold: 0.8 } as const;
  const lanes = Array.from({ length: jobs }, () => {
    return new RetryingParser(fake.open, 50_000, () => spill.lend(jobs + 1), { ...reading, maxDepth: 100, maxElements: 1e6 }, retries);
  });
  const events: CommandEvent[] = [];
  const output = join(folder, "out");
  const fd = openSync(output, "a");
  using outputFolder = given.directory === undefined ? undefined : new OutputFolder(join(folder, given.directory), false);
  const kind = { format, header: "head\n", signal: given.signal ?? never };
  const outputs: Outputs =
    outputFolder !== undefined
      ? new FolderOutputs(outputFolder, kind)
      : jobs === 1
        ? new DirectOutput(fd, kind)
        : new ParkedOutput(fd, kind, { budget, spill }, folder);
  const parse = new ParseRun({
    settings: { continuesOnError: continues, maxErrors },
    emit: (event) => events.push(event),
    signal: given.signal ?? never,
    batches: batchesOf(files, batchMessages),
    opener: {
      open: (file) => {
        const message = openSync(file.path, "r");
        return { name: file.path, file, fd: message, source: file.path, [Symbol.asyncDispose]: async () => closeSync(message) };
      },
    },
    lanes,
    outputs,
    nameOf: ({ name }) => name.replace("xml", format),
    limitFor: (bytes) => ({ hint: `--max-memory ${bytes}`, smallestLimitBytes: bytes }),
    onProgress: () => undefined,
  });
  const error = await parse.run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  closeSync(fd);
  return { error, events, fake, lanes, totals: parse.totals, spill, text: readFileSync(output, "utf8"), left: readdirSync(folder) };
}

/** What the fake writes of so many records a message, by their places. */
function lines(...counts: readonly (readonly [file: number, records: number])[]): string[] {
  return counts.flatMap(([file, records]) => Array.from({ length: records }, (_, at) => JSON.stringify({ file: `${file}.xml`, at })));
}

function joined(records: readonly string[]): string {
  return records.map((each) => `${each}\n`).join("");
}

describe.each([1, 2, 3])("with %d parsers", (jobs) => {
  test("records come in the order of the inputs", async () => {
    const { text, totals, error } = await run({ messages: ["slow 2", "1", "1", "0", "slow 3", "1", "2"], jobs });
    expect(error).toBeUndefined();
    expect(text).toBe(joined(lines([0, 2], [1, 1], [2, 1], [4, 3], [5, 1], [6, 2])));
    expect(totals).toMatchObject({ files: 7, failedFiles: 0, outputBytes: text.length, counts: { releases: 10 } });
  });

  test.each([
    [["0", "0", "2", "1"], lines([2, 2], [3, 1])],
    [["1", "0", "0", "1"], lines([0, 1], [3, 1])],
  ] as const)("json is one array, csv has one header: %j", async (messages, records) => {
    const json = await run({ messages, jobs, format: "json" });
    expect(json.text).toBe(`[\n${records.join(",\n")}\n]\n`);
    rmSync(join(folder, "out"));
    const csv = await run({ messages, jobs, format: "csv" });
    expect(csv.text).toBe(`head\n${joined(records)}`);
    for (const { totals, text } of [json, csv]) expect(totals.outputBytes).toBe(text.length);
  });

  test("nothing at all is an empty array, or a header", async () => {
    expect((await run({ messages: ["0", "0", "0"], jobs, format: "json" })).text).toBe("[]\n");
    rmSync(join(folder, "out"));
    const { text, totals } = await run({ messages: ["0", "0", "0"], jobs, format: "csv" });
    expect(text).toBe("head\n");
    expect(totals.outputBytes).toBe(text.length);
  });

  test("the first message that is refused ends it with its error", async () => {
    const { text, error, events } = await run({ messages: ["1", "slow 1", "2", "bad", "bad", "1", "1"], jobs });
    expect(error).toMatchObject({ exitCode: 65, message: expect.stringMatching(/3\.xml:1:3: XML_TAG_MISMATCH: <\/b> closes <a>$/) });
    expect(text).toBe(joined(lines([0, 1], [1, 1], [2, 2])));
    expect(events).toEqual([]);
  });

  test("or has a record in its place", async () => {
    const { text, error, events, totals } = await run({ messages: ["bad", "1", "1", "bad 7", "changed", "1"], jobs, continues: true });
    expect(error).toBeUndefined();
    const records = text.split("\n").slice(0, -1);
    expect(records.map((each) => JSON.parse(each))).toEqual([
      { type: "error", file: join(folder, "0.xml"), code: "XML_TAG_MISMATCH", message: "</b> closes <a>", line: 1, column: 3, offset: 2 },
      { file: "1.xml", at: 0 },
      { file: "2.xml", at: 0 },
      expect.objectContaining({ type: "error", file: join(folder, "3.xml") }),
      { ...JSON.parse(records[4] ?? ""), type: "error", code: "MM_IO", line: null, column: null, offset: null },
      { file: "5.xml", at: 0 },
    ]);
    expect(totals).toMatchObject({ files: 6, failedFiles: 3, outputBytes: text.length });
    expect(events).toMatchObject([
      { type: "refused", code: "MM_INPUT_MALFORMED", details: { source: "bad\n  ^", byte: 2 } },
      { type: "refused" },
      { type: "refused", code: "MM_IO", message: expect.stringContaining("changed while mm was reading it") },
    ]);
  });

  test("in json and csv, too", async () => {
    const messages = ["bad", "bad", "1", "bad", "1"];
    const { text } = await run({ messages, jobs, continues: true, format: "json" });
    expect(JSON.parse(text).map(({ type, file }: Record<string, string>) => type ?? file)).toEqual([
      ...["error", "error", "2.xml"],
      ...["error", "4.xml"],
    ]);
    rmSync(join(folder, "out"));
    const rows = await run({ messages, jobs, continues: true, format: "csv" });
    expect(rows.text).toBe(`head\n${joined(lines([2, 1], [4, 1]))}`);
  });

  test("so many errors and no more", async () => {
    const { error, events, totals } = await run({ messages: ["bad", "1", "bad", "1", "bad", "1"], jobs, continues: true, maxErrors: 2 });
    expect(error).toMatchObject({ exitCode: 65, message: expect.stringContaining("2.xml:1:3") });
    expect(totals.failedFiles).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(["refused", "warning"]);
    rmSync(join(folder, "out"));
    expect((await run({ messages: ["bad", "1", "bad", "1"], jobs, continues: true, maxErrors: 3 })).error).toBeUndefined();
  });

  test("a message that lacks memory is read again in smaller chunks, and those behind it in whole ones", async () => {
    const { text, fake, lanes, error } = await run({ messages: ["1", "memory 16384", "1", "1"], jobs, batchMessages: 4 });
    expect(error).toBeUndefined();
    expect(text).toBe(joined(lines([0, 1], [1, 1], [2, 1], [3, 1])));
    expect(lanes.reduce((sum, { retried }) => sum + retried, 0)).toBe(2);
    const chunks = fake.requests.filter(({ inputs }) => inputs.some(({ name }) => name.endsWith("1.xml"))).map((each) => each.chunkBytes);
    expect(chunks).toEqual([65_536, 32_768, 16_384]);
    expect(fake.requests.at(-1)?.chunkBytes).toBe(65_536);
    // What was lacking is granted on the way.
    expect(fake.grants.slice(jobs)).toEqual([51_000, 52_000]);
  });

  test("and is refused when that does not help", async () => {
    const { error } = await run({ messages: ["memory 100", "1", "1"], jobs });
    expect(error).toMatchObject({ code: "MM_BUDGET", exitCode: 75, hint: "--max-memory 53000" });
  });

  test("an interrupted job ends with the reason, and leaves nothing", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("interrupted")), 10);
    const messages = Array.from({ length: 12 }, () => "slow 1");
    const { error, fake, left } = await run({ messages, jobs, signal: controller.signal });
    expect(error).toMatchObject({ message: "interrupted" });
    expect(fake.isCancelled).toBe(true);
    expect(left.filter((name) => name.startsWith("parked"))).toEqual([]);
  });

  test("a folder has a file for each message that was read", async () => {
    const { error } = await run({ messages: ["1", "bad", "0", "2"], jobs, continues: true, directory: "d", format: "json" });
    expect(error).toBeUndefined();
    expect(readdirSync(join(folder, "d")).sort()).toEqual(["0.json", "2.json", "3.json"]);
    expect(readFileSync(join(folder, "d/3.json"), "utf8")).toBe(`[\n${lines([3, 2]).join(",\n")}\n]\n`);
    expect(readFileSync(join(folder, "d/2.json"), "utf8")).toBe("[]\n");
  });

  test("a table of a message without rows is its header", async () => {
    const { totals } = await run({ messages: ["0", "bad", "1", "0"], jobs, continues: true, directory: "d", format: "csv" });
    const tables = ["0.csv", "2.csv", "3.csv"].map((name) => readFileSync(join(folder, "d", name), "utf8"));
    expect(tables).toEqual(["head\n", `head\n${joined(lines([2, 1]))}`, "head\n"]);
    expect(readdirSync(join(folder, "d"))).toHaveLength(3);
    expect(totals.outputBytes).toBe(tables.join("").length);
  });
});

test("what waits for its turn counts as disk", async () => {
  const messages = ["slow 1", "1", "9", "9", "9", "9"];
  expect((await run({ messages, jobs: 2, maxDiskBytes: 100 })).error).toMatchObject({
    code: "MM_DISK",
    hint: expect.stringMatching(/^--max-disk \d/),
  });
  rmSync(join(folder, "out"));
  const { spill } = await run({ messages, jobs: 2 });
  expect(spill.liveBytes).toBe(0);
  expect(spill.peakBytes).toBeGreaterThan(2 * joined(lines([2, 9])).length);
});

test("a parser is not more than two batches of each ahead", async () => {
  const messages = ["slow 1", ...Array.from({ length: 40 }, () => "1")];
  const { fake, text } = await run({ messages, jobs: 2, batchMessages: 1 });
  expect(text.split("\n")).toHaveLength(42);
  expect(fake.read.map((path) => basename(path)).indexOf("0.xml")).toBe(3);
});
