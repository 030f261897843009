import { expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/command-table.ts";
import { SettingsSource } from "../../src/cli/option-spec.ts";
import { parseRequest } from "../../src/cli/parse-requests.ts";
import { parseArguments } from "../../src/cli/program.ts";
import { memorySettings } from "../../src/cli/settings/memory-settings.ts";
import type { ParseSettings } from "../../src/commands/index.ts";

const TAKEN = COMMANDS.find(({ name }) => name === "parse")?.options ?? [];

function settings(words: readonly string[], env: NodeJS.ProcessEnv = {}): ParseSettings {
  const parsed = parseArguments(["parse", ...words], "1.0.0", 80);
  if (parsed.kind === "text") throw new Error(parsed.text);
  const request = parseRequest(parsed.args, new SettingsSource(parsed.flags, env, TAKEN));
  if (request.command !== "parse") throw new Error("not a parse");
  return request.settings;
}

test("a bare parse has every setting explicit", () => {
  expect(settings(["feed.xml"])).toEqual({
    inputs: ["feed.xml"],
    output: "-",
    directory: undefined,
    format: "ndjson",
    table: "releases",
    mode: "joined",
    fields: [],
    jobs: undefined,
    chunkBytes: 65_536,
    bufferBytes: 1_048_576,
    flushThreshold: 0.8,
    maxDepth: 100,
    maxElements: 1_000_000,
    continuesOnError: false,
    maxErrors: 10,
    retries: 2,
    maxMemoryBytes: undefined,
    maxMemorySource: undefined,
    memory: memorySettings(new SettingsSource({}, {}, [])),
    maxDiskBytes: undefined,
    tempDir: undefined,
    overwrite: false,
    threads: undefined,
    dryRun: false,
    isShared: true,
    trackAllocations: undefined,
    monitorIntervalMs: 20,
  });
});

test("every option ends up in its setting", () => {
  const words = ["a", "b/", "-", "-d", "out", "-f", "csv", "--table", "deals", "--jobs", "3"];
  const limits = ["--chunk-size", "32K", "--buffer-size", "2M", "--flush-threshold", "0.5", "--max-depth", "20", "--max-elements", "5000"];
  expect(settings([...words, ...limits, "--continue-on-error", "--max-errors", "4", "--retries", "0"])).toMatchObject({
    ...{ inputs: ["a", "b/", "-"], directory: "out", format: "csv", table: "deals", jobs: 3 },
    ...{ chunkBytes: 32_768, bufferBytes: 2_097_152, flushThreshold: 0.5, maxDepth: 20, maxElements: 5000 },
    ...{ continuesOnError: true, maxErrors: 4, retries: 0 },
  });
  expect(settings(["a", "--fields", "title, tracks.isrc"]).fields).toEqual(["title", "tracks.isrc"]);
  expect(settings(["a", "--mode", "records", "-f", "json", "-o", "x.json"])).toMatchObject({
    mode: "records",
    format: "json",
    output: "x.json",
  });
});

test("the environment sets them, too", () => {
  expect(settings(["a"], { MM_CHUNK_SIZE: "8K", MM_JOBS: "2", MM_CONTINUE_ON_ERROR: "1" })).toMatchObject({
    chunkBytes: 8192,
    jobs: 2,
    continuesOnError: true,
  });
  // It speaks of other calls, too.
  expect(settings(["a"], { MM_TABLE: "deals" })).toMatchObject({ format: "ndjson", table: "deals" });
});

test.each([
  [["-", "-"], "- is given twice"],
  [["a", "-o", "x", "-d", "y"], "--output and --output-dir exclude each other"],
  [["a", "--json"], "--json and the records cannot both go to stdout"],
  [["a", "--table", "deals"], "--table says what the rows of csv are"],
  [["a", "-f", "csv", "--mode", "records"], "--mode records joins nothing"],
  [["a", "-f", "csv", "--fields", "title"], "--fields and csv exclude each other"],
  [["a", "-f", "xml"], "--format needs one of ndjson, json, csv"],
  [["a", "--chunk-size", "1K"], "--chunk-size needs a size from 4K to 64M"],
  [["a", "--buffer-size", "1K"], "--buffer-size needs a size from 64K to 256M"],
  [["a", "--flush-threshold", "0"], "--flush-threshold needs a number from 0.1 to 1"],
  [["a", "--max-errors", "0"], "--max-errors needs a whole number from 1"],
  [["a", "b", "--report", "./b"], "--report and the input are the same file"],
  [["a", "-o", "x", "--track-allocations", "x"], "--track-allocations and the output are the same file"],
  [[], "missing required argument input"],
] as const)("%j is refused", (words, problem) => {
  expect(() => settings(words)).toThrow(problem);
});

test("a report on stdout is fine where the records go to a file or folder", () => {
  expect(settings(["a", "--json", "-o", "x"]).output).toBe("x");
  expect(settings(["a", "--json", "-d", "x"]).directory).toBe("x");
});
