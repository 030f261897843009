import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { InputMissingError, UsageError } from "../../../src/base/index.ts";
import { COMMANDS } from "../../../src/cli/command-table.ts";
import { allSettings } from "../../../src/cli/settings/all-settings.ts";
import { type ConfigFile, findConfigFile, readConfigFile } from "../../../src/cli/settings/config-file.ts";
import { configTemplate } from "../../../src/cli/settings/template.ts";

const KNOWN = allSettings(COMMANDS.filter((command) => command.hasTable));
const SETTINGS = KNOWN.map(({ setting }) => setting);
const folder = mkdtempSync(join(tmpdir(), "mm-config-"));
const path = join(folder, "mm.toml");
const before = process.cwd();
beforeEach(() => process.chdir(folder));
afterEach(() => process.chdir(before));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string, isPersonal = true): Promise<ConfigFile> {
  writeFileSync(path, text);
  return await readConfigFile({ path: "mm.toml", isPersonal }, SETTINGS);
}

async function valuesOf(text: string): Promise<Record<string, string>> {
  const { values, problems } = await read(text);
  expect(problems).toEqual([]);
  return Object.fromEntries([...values].map(([key, { text: value }]) => [key, value]));
}

/** The one problem of a text. */
async function problemOf(text: string, isPersonal = true): Promise<{ message: string; hint: string | undefined }> {
  const { problems } = await read(text, isPersonal);
  expect(problems.length).toBe(1);
  const [problem] = problems;
  expect(problem).toBeInstanceOf(UsageError);
  return { message: problem?.message ?? "", hint: problem?.hint };
}

describe("what a file says", () => {
  test("a --no- switch is a switch there as well", async () => {
    expect(await valuesOf("[reduce]\nno_color = true\n")).toEqual({ "reduce.no_color": "1" });
  });

  test("is known by table and key, however TOML writes it", async () => {
    const wanted = { "memory.mapping.backend": "read", "memory.mapping.huge_pages": "0", "transcode.crf": "21.5" };
    expect(await valuesOf('[memory.mapping]\nbackend = "read"\nhuge_pages = false\n[transcode]\ncrf = 21.5')).toEqual(wanted);
    expect(await valuesOf('memory.mapping.backend = "read"\nmemory.mapping.huge_pages = false\ntranscode = { crf = 21.5 }')).toEqual(
      wanted,
    );
    expect(await valuesOf('[memory]\nmapping = { backend = "read", huge_pages = false }\n[transcode]\n"crf" = 21.5')).toEqual(wanted);
    expect(await valuesOf("")).toEqual({});
  });

  test("may be a list where the flag may be repeated or takes names", async () => {
    expect(await valuesOf('[transcode]\nmap = ["v:0", "-a:1"]\ndrop = ["hdr10+", "alpha"]')).toEqual({
      "transcode.map": "v:0,-a:1",
      "transcode.drop": "hdr10+,alpha",
    });
    expect(await valuesOf('[transcode]\nmap = "v:0"')).toEqual({ "transcode.map": "v:0" });
    // File names may hold commas.
    expect(await valuesOf('[reduce]\ninput = ["a, b.fasta", "c.fasta"]')).toEqual({ "reduce.input": "a, b.fasta\nc.fasta" });
  });

  test("keeps the line of each value", async () => {
    const { values } = await read('# settings\n\n[memory]\nmax_memory = "2G"\n\n[memory.cache]\npack_data = true\n');
    expect([...values.values()].map(({ origin }) => origin)).toEqual(["max_memory (mm.toml:4)", "pack_data (mm.toml:7)"]);
  });

  test.each([
    ["max_memory_gb = 4", { "memory.max_memory": "4G" }],
    ["max_memory_mb = 512", { "memory.max_memory": "512M" }],
    ["max_memory_gb = 1.5", { "memory.max_memory": "1.5G" }],
    ["cache_size_mb = 256", { "memory.cache_size": "256M" }],
    ["cache_size_gb = 32", { "memory.cache_size": "32G" }],
    ["use_huge_pages = true", { "memory.mapping.huge_pages": "1" }],
    ["numa_aware = false", { "memory.numa.numa_aware": "0" }],
    ["mapping.numa_aware = false", { "memory.numa.numa_aware": "0" }],
    ["streaming_mode = true", { "memory.low_memory.streaming_only": "1" }],
    ["swap_to_disk = true", { "memory.low_memory.swap_to_disk": "1" }],
    ["low_memory.aggressive_gc = true", { "memory.aggressive_gc": "1" }],
    ["compression_enabled = true", { "memory.compression.enable_compression": "1" }],
    ["compression_threshold_mb = 64", { "memory.compression.threshold_kb": "65536" }],
    ["prefetch_distance = 16", { "memory.cache.prefetch_distance": "16" }],
  ])("[memory] %s is one key under its own name, in its own unit", async (line, wanted) => {
    expect(await valuesOf(`[memory]\n${line}`)).toEqual(wanted);
  });
});

describe("what is wrong with a file", () => {
  test.each([
    ["[memory]\nmax_memry = 1", "mm.toml:2: unknown key max_memry in [memory]", "max_memory"],
    ["[memory]\n\nhuge_pages = true", "mm.toml:3: unknown key huge_pages in [memory]", "huge_pages under [memory.mapping]"],
    ["[memry]\nmax_memory = 1", "mm.toml:1: unknown key memry", "[memory]"],
    ["[memory.maping]\nbackend = 1", "mm.toml:1: unknown key maping in [memory]", "[memory.mapping]"],
    ["memory.mapping.xyzzyplugh = 1", "mm.toml:1: unknown key xyzzyplugh in [memory.mapping]", "mm config show lists every key"],
    ["threads = 2", "mm.toml:1: unknown key threads", "threads under [parse]"],
    ["[transcode]\nconfig = 'x'", "mm.toml:2: unknown key config in [transcode]", undefined],
  ])("an unknown key is named with its place, and what it may have meant: %j", async (text, message, hint) => {
    const problem = await problemOf(text);
    expect(problem.message).toBe(message);
    if (hint !== undefined) expect(problem.hint).toBe(hint);
  });

  test.each([
    ["max_memory = true", 'max_memory (mm.toml:2) needs a number or text, got "true"'],
    ['max_memory = "much"', 'max_memory (mm.toml:2) needs a size such as 512M, 2G or 1.5GiB, got "much"'],
    ["max_memory = -1", "max_memory (mm.toml:2) needs a size"],
    ["max_memory = { gb = 1 }", 'max_memory (mm.toml:2) needs a number or text, got "{"gb":1}"'],
    ["max_memory_gb = 0", 'max_memory_gb (mm.toml:2) needs a number above 0, got "0"'],
    ["gc_threshold = 80", 'gc_threshold (mm.toml:2) needs a number from 0.5 to 1, got "80"'],
    ["gc_threshold = 1979-05-27", "gc_threshold (mm.toml:2) needs a number or text"],
    ["aggressive_gc = 1", 'aggressive_gc (mm.toml:2) needs true or false, got "1"'],
    ['mapping.backend = "windows"', 'backend (mm.toml:2) needs one of native, mmap-io, read, got "windows"'],
    ['compression.algorithm = "zstd"', 'algorithm (mm.toml:2) needs one of lz4, got "zstd"'],
    ["compression.level = 10", 'level (mm.toml:2) needs a whole number from 1 to 9, got "10"'],
    ["cache.cache_line_size = 100", 'cache_line_size (mm.toml:2) needs a power of two from 16 to 4096, got "100"'],
    ["numa = 3", "mm.toml:2: unknown key numa in [memory]"],
    ["max_dpb_frames = [4]", "max_dpb_frames (mm.toml:2) needs a number or text"],
  ])("[memory] %s", async (line, message) => {
    expect((await problemOf(`[memory]\n${line}`)).message).toContain(message);
  });

  test("two names for one key, set both", async () => {
    const { message } = await problemOf('[memory]\nmax_memory = "2G"\nmax_memory_gb = 2');
    expect(message).toBe("max_memory_gb (mm.toml:3) and max_memory (mm.toml:2) set the same");
  });

  test("what names a program or a file to write, in the file of a folder", async () => {
    for (const [line, flag] of [
      ['transcode.ffmpeg = "/tmp/ffmpeg"', "--ffmpeg"],
      ['transcode.report = "/etc/passwd"', "--report"],
      ['memory.track_allocations = "/etc/passwd"', "--track-allocations"],
    ] as const) {
      expect((await read(line)).problems).toEqual([]);
      const problem = await problemOf(line, false);
      expect(problem.message).toContain("is not taken from a folder's own file");
      expect(problem.hint).toContain(flag);
    }
  });

  test("everything at once, in the order of the file", async () => {
    const { problems, values } = await read('[memory]\nx = 1\ncache_size = "1G"\ngc_threshold = 2\n');
    expect(problems.map(({ message }) => message.slice(0, 12))).toEqual(["mm.toml:2: u", "gc_threshold"]);
    expect(values.get("memory.cache_size")?.text).toBe("1G");
  });

  test.each([
    ["[memory\nmax_memory = 1", 1],
    ["[memory]\nmax_memory = 2G", 2],
    ["[memory]\n__proto__ = 1", 2],
    ["[memory]\nmax_memory = 1\nmax_memory = 2", 3],
  ])("what is no TOML ends with its line: %j", async (text, line) => {
    expect((await problemOf(text)).message).toContain(`mm.toml:${line}: `);
  });
});

test("every line of the template, taken out of its comment, is right and changes nothing", async () => {
  const lines = configTemplate(KNOWN).split("\n");
  const text = lines.map((line) => (/^# \w+ = [^<]*$/.test(line) ? line.slice(2) : line)).join("\n");
  const values = await valuesOf(text);
  const withDefault = SETTINGS.filter(({ fallback, kind }) => fallback !== undefined || kind === "switch");
  expect(Object.keys(values).length).toBe(withDefault.length);
  for (const { section, name, fallback } of withDefault) {
    const value = values[`${section}.${name}`];
    expect([value, name]).toEqual([{ true: "1", false: "0" }[fallback ?? "false"] ?? fallback, name]);
  }
  expect(await valuesOf(lines.join("\n"))).toEqual({});
});

describe("which file is read", () => {
  const home = join(folder, "home");
  const xdg = join(folder, "xdg");

  test("the one named, else the folder's, else the user's", () => {
    rmSync(path, { force: true });
    for (const parent of [join(home, ".config/mm"), join(xdg, "mm")]) {
      mkdirSync(parent, { recursive: true });
      writeFileSync(join(parent, "mm.toml"), "");
    }
    const env = { HOME: home, XDG_CONFIG_HOME: xdg };
    expect(findConfigFile(undefined, {})).toBeUndefined();
    expect(findConfigFile(undefined, { HOME: "relative" })).toBeUndefined();
    expect(findConfigFile(undefined, { HOME: home })).toEqual({ path: join(home, ".config/mm/mm.toml"), isPersonal: true });
    expect(findConfigFile(undefined, { ...env, XDG_CONFIG_HOME: "relative" })?.path).toBe(join(home, ".config/mm/mm.toml"));
    expect(findConfigFile(undefined, env)).toEqual({ path: join(xdg, "mm/mm.toml"), isPersonal: true });
    writeFileSync(path, "");
    expect(findConfigFile(undefined, env)).toEqual({ path: "mm.toml", isPersonal: false });
    expect(findConfigFile("other.toml", env)).toEqual({ path: "other.toml", isPersonal: true });
  });

  test("one that is not there is an error", async () => {
    await expect(readConfigFile({ path: "gone.toml", isPersonal: true }, SETTINGS)).rejects.toThrow(InputMissingError);
  });
});
