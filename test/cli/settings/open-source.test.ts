import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { GIB, MIB, UsageError } from "../../../src/base/index.ts";
import { COMMANDS } from "../../../src/cli/command-table.ts";
import * as options from "../../../src/cli/options.ts";
import { commandNamed } from "../../../src/cli/program.ts";
import { doctorRequest } from "../../../src/cli/requests.ts";
import { allSettings } from "../../../src/cli/settings/all-settings.ts";
import { memorySettings } from "../../../src/cli/settings/memory-settings.ts";
import { type OpenedSource, openSource } from "../../../src/cli/settings/open-source.ts";

const KNOWN = allSettings(COMMANDS.filter((command) => command.hasTable));
const folder = mkdtempSync(join(tmpdir(), "mm-source-"));
const before = process.cwd();
beforeEach(() => process.chdir(folder));
afterEach(() => {
  process.chdir(before);
  rmSync(join(folder, "mm.toml"), { force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

type Call = {
  readonly flags?: Record<string, unknown>;
  readonly env?: NodeJS.ProcessEnv;
  readonly toml?: string;
  readonly command?: string;
};

async function open({ flags = {}, env = {}, toml, command = "transcode" }: Call): Promise<OpenedSource> {
  const spec = commandNamed(command);
  if (spec === undefined) throw new Error(`no command ${command}`);
  if (toml !== undefined) writeFileSync("mm.toml", toml);
  return await openSource(spec, flags, env, KNOWN);
}

async function limitOf(call: Call) {
  const found = (await open(call)).source.find(options.maxMemory);
  return found === undefined ? undefined : [found.value, found.source, found.origin];
}

describe("a setting is looked for in the flag, the environment, the file, the preset", () => {
  const all = { flags: { maxMemory: "1G", memoryPreset: "tiny" }, env: { MM_MAX_MEMORY: "2G" }, toml: '[memory]\nmax_memory = "3G"' };

  test("in this order", async () => {
    expect(await limitOf(all)).toEqual([GIB, "flag", "--max-memory"]);
    expect(await limitOf({ ...all, flags: { memoryPreset: "tiny" } })).toEqual([2 * GIB, "env", "MM_MAX_MEMORY"]);
    expect(await limitOf({ ...all, flags: { memoryPreset: "tiny" }, env: {} })).toEqual([3 * GIB, "config", "max_memory (mm.toml:2)"]);
    rmSync("mm.toml");
    expect(await limitOf({ flags: { memoryPreset: "tiny" } })).toEqual([96 * MIB, "preset", "preset tiny, by --memory-preset"]);
    expect(await limitOf({})).toBeUndefined();
  });

  test("a switch that is on in the file can be off in the environment", async () => {
    const toml = "[transcode]\nverify = true";
    expect((await open({ toml })).source.isOn(options.verify)).toBe(true);
    expect((await open({ toml, env: { MM_VERIFY: "0" } })).source.isOn(options.verify)).toBe(false);
  });

  test("the file is the one of --config or MM_CONFIG before any other", async () => {
    writeFileSync("own.toml", "[memory]\nmax_memory_gb = 7");
    const toml = "[memory]\nmax_memory_gb = 5";
    expect((await limitOf({ toml, flags: { config: "own.toml" } }))?.[0]).toBe(7 * GIB);
    expect((await limitOf({ toml, env: { MM_CONFIG: "own.toml" } }))?.[0]).toBe(7 * GIB);
    expect((await limitOf({ toml }))?.[0]).toBe(5 * GIB);
  });

  test("the table of a command is that command's alone, but for the engine, which the doctor looks at too", async () => {
    writeFileSync("own.toml", '[transcode]\nffmpeg = "/opt/ffmpeg"\njson = true');
    const call = { flags: { config: "own.toml" }, command: "doctor" };
    const { source } = await open(call);
    expect(source.isOn(options.json)).toBe(false);
    const request = doctorRequest([], source, {});
    expect(request).toMatchObject({ settings: { ffmpegPath: { path: "/opt/ffmpeg", origin: "config" } } });
    expect((await open({ ...call, command: "transcode" })).source.isOn(options.json)).toBe(true);
  });
});

describe("presets", () => {
  const settings = async (call: Call) => memorySettings((await open(call)).source);

  test.each([
    ["high", "128G", { cacheBytes: 32 * GIB, kernels: { prefetchDistance: 16 }, core: { collectsAlways: false, hugePages: true } }],
    ["balanced", "16G", { cacheBytes: 4 * GIB, core: { isAdaptive: true, collectShare: 0.8 } }],
    ["low", "2G", { cacheBytes: 256 * MIB, streaming: { only: true }, spillsToDisk: true, core: { collectsAlways: true } }],
    ["tiny", "96M", { cacheBytes: 8 * MIB, streaming: { only: false } }],
  ])("%s", async (name, limit, wanted) => {
    const bytes = Number.parseInt(limit, 10) * (limit.endsWith("G") ? GIB : MIB);
    expect((await limitOf({ flags: { memoryPreset: name } }))?.[0]).toBe(bytes);
    expect((await limitOf({ env: { MM_MEMORY_PRESET: name } }))?.[0]).toBe(bytes);
    expect((await limitOf({ toml: `[memory]\nmemory_preset = "${name}"` }))?.[0]).toBe(bytes);
    expect(await settings({ flags: { memoryPreset: name } })).toMatchObject(wanted);
  });

  test("the older names mean the same", async () => {
    expect((await open({ flags: { memoryPreset: "high-memory" } })).preset?.name).toBe("high");
    expect((await open({ flags: { memoryPreset: "low-memory" } })).preset?.name).toBe("low");
    await expect(open({ flags: { memoryPreset: "medium" } })).rejects.toThrow("--memory-preset needs one of high, balanced, low, tiny");
  });

  test("--low-memory is the preset low, and its limit can be set below 4 GiB", async () => {
    expect(await limitOf({ flags: { lowMemory: true } })).toEqual([2 * GIB, "preset", "preset low, by --low-memory"]);
    expect((await limitOf({ toml: "[memory.low_memory]\nenabled = true\nmax_memory_mb = 300" }))?.[0]).toBe(300 * MIB);
    expect((await limitOf({ flags: { lowMemory: true }, toml: "[memory.low_memory]\nmax_memory_mb = 4096" }))?.[0]).toBe(4 * GIB);
    expect((await limitOf({ toml: "[memory.low_memory]\nenabled = true", env: { MM_LOW_MEMORY: "0" } }))?.[0]).toBeUndefined();
    expect(await limitOf({ flags: { lowMemory: true, maxMemory: "1G" } })).toEqual([GIB, "flag", "--max-memory"]);
  });

  test("a key of the file wins over the preset", async () => {
    const toml = "[memory.low_memory]\nstreaming_only = false\n[memory]\ncache_size_mb = 64";
    expect(await settings({ flags: { lowMemory: true }, toml })).toMatchObject({ cacheBytes: 64 * MIB, streaming: { only: false } });
  });

  test("two in one breath are refused, and else the nearer one wins", async () => {
    await expect(open({ flags: { lowMemory: true, memoryPreset: "high" } })).rejects.toThrow(UsageError);
    expect((await open({ flags: { lowMemory: true, memoryPreset: "low" } })).preset?.name).toBe("low");
    expect((await open({ flags: { lowMemory: true }, env: { MM_MEMORY_PRESET: "high" } })).preset?.name).toBe("low");
    expect((await open({ flags: { memoryPreset: "tiny" }, env: { MM_LOW_MEMORY: "1" } })).preset?.name).toBe("tiny");
  });
});

/** The three files that users of older documents have. */
test.each([
  ["max_memory_gb = 128\nuse_huge_pages = true\nnuma_aware = true\ncache_size_gb = 32\nprefetch_distance = 16\naggressive_gc = false", 128],
  [
    "max_memory_gb = 4\nstreaming_mode = true\ncache_size_mb = 256\ncompression_enabled = true\nswap_to_disk = true\naggressive_gc = true",
    4,
  ],
  ["max_memory_gb = 16\nadaptive_mode = true\ncache_size_gb = 4\ncompression_threshold_mb = 64\ngc_threshold = 0.8", 16],
])("a file with other names for the same is taken as it is: %#", async (lines, gib) => {
  const { file, source } = await open({ toml: `[memory]\n${lines}` });
  expect(file?.problems).toEqual([]);
  expect(source.value(options.maxMemory)).toBe(gib * GIB);
  expect(memorySettings(source)).toBeDefined();
});
