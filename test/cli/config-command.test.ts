import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { memoryCeiling } from "../../src/cli/settings/clamp.ts";
import { BuiltMm } from "./built-mm.ts";

let mm: BuiltMm;
let folder: string;
beforeAll(() => {
  mm = new BuiltMm("fake");
});
afterAll(() => mm[Symbol.dispose]());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const all = { PATH: process.env.PATH, HOME: "/nonexistent", TERM: "xterm", ...env };
  return spawnSync(process.execPath, [mm.bin, ...args], { cwd: folder, env: all, encoding: "utf8" });
}

const isRight = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(new URL("../../docs/schemas/config.schema.json", import.meta.url), "utf8")),
);

type ShownKey = { section: string; key: string; value: unknown; source: string; origin: string; clampedToBytes: number | null };

function shown(args: string[], env: NodeJS.ProcessEnv = {}): (path: string) => ShownKey | undefined {
  const { stdout, stderr } = run(["config", "show", "--json", ...args], env);
  const document = JSON.parse(stdout || `{"keys":[], "stderr": ${JSON.stringify(stderr)}}`);
  expect(isRight(document), `${stderr}${JSON.stringify(isRight.errors)}`).toBe(true);
  return (path) => document.keys.find((each: ShownKey) => `${each.section}.${each.key}` === path);
}

describe("mm config show", () => {
  test("says of every key what it is and why", () => {
    writeFileSync(join(folder, "mm.toml"), '[memory.compression]\nlevel = 9\n\n[transcode]\ncrf = 20\nmap = ["v:0"]\n');
    const key = shown(["--max-memory", "1G", "--low-memory"], { MM_LANES: "2" });
    expect(key("memory.max_memory")).toMatchObject({ value: "1G", source: "flag", origin: "--max-memory" });
    expect(key("memory.low_memory.enabled")).toMatchObject({ value: true, source: "flag", origin: "--low-memory" });
    expect(key("memory.aggressive_gc")).toMatchObject({ value: true, source: "preset", origin: "preset low, by --low-memory" });
    expect(key("memory.compression.level")).toMatchObject({ value: 9, source: "config", origin: "level (mm.toml:2)" });
    expect(key("transcode.crf")).toMatchObject({ value: 20, source: "config", origin: "crf (mm.toml:5)" });
    expect(key("transcode.map")).toMatchObject({ value: "v:0", source: "config" });
    expect(key("transcode.lanes")).toMatchObject({ value: 2, source: "env", origin: "MM_LANES" });
    expect(key("memory.streaming.chunk_size")).toMatchObject({ value: 10_000, source: "default", origin: "default" });
    expect(key("transcode.bitrate")).toMatchObject({ value: null, source: "default" });
    // A flag of `mm config` itself.
    expect(key("transcode.json")).toMatchObject({ value: false, source: "default" });
  });

  test("is a table for people", () => {
    writeFileSync(join(folder, "mm.toml"), "[memory]\nmax_memory_gb = 1\n");
    const { stdout, stderr, status } = run(["config", "show"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\[memory\]$/m);
    expect(stdout).toMatch(/^max_memory +"1G" +max_memory_gb \(mm\.toml:2\)$/m);
    expect(stdout).toMatch(/^gc_threshold +0\.8 +default$/m);
  });

  test("shows what a size comes down to where there is less", () => {
    const key = shown(["--memory-preset", "balanced", "--max-memory", "900T"]);
    expect(key("memory.max_memory")?.clampedToBytes).toBe(memoryCeiling().bytes);
    expect(shown(["--max-memory", "64M"])("memory.max_memory")?.clampedToBytes).toBeNull();
    expect(run(["config", "show", "--max-memory", "900T"]).stdout).toMatch(
      /^max_memory +"900T" +--max-memory, clamped: .+ has [\d.]+ [GM]iB$/m,
    );
  });

  test("refuses a value that would be refused anywhere", () => {
    const { status, stderr } = run(["config", "show"], { MM_CRF: "good" });
    expect([status, stderr]).toEqual([64, expect.stringContaining("MM_CRF needs a number from 0 to 63")]);
  });
});

describe("mm config init and check", () => {
  test("write a file that is right, and write over nothing unless told to", () => {
    expect(run(["config", "init"])).toMatchObject({ status: 0, stdout: "mm.toml\n" });
    expect(run(["config", "check"])).toMatchObject({ status: 0, stdout: "mm.toml: 0 keys, nothing wrong\n" });
    const path = join(folder, "mm.toml");
    writeFileSync(path, readFileSync(path, "utf8").replace("# level = 3", "level = 4"));
    const again = run(["config", "init"]);
    expect([again.status, again.stderr]).toEqual([73, expect.stringMatching(/mm\.toml is there already[\s\S]*try +-y/)]);
    expect(run(["config", "check", "--json"]).stdout).toContain('"keys": 1');
    expect(run(["config", "init", "-y"]).status).toBe(0);
    expect(run(["config", "check"]).stdout).toContain("0 keys");
    expect(run(["config", "init", "other.toml"]).status).toBe(0);
    expect(existsSync(join(folder, "other.toml"))).toBe(true);
    writeFileSync(path, "[memory");
    expect(run(["config", "show"])).toMatchObject({ status: 64, stderr: expect.stringContaining("mm.toml:1: ") });
    expect(run(["config", "check", "other.toml"]).status).toBe(0);
    expect(run(["config", "init", "-y"]).status).toBe(0);
    expect(run(["config", "init", "no/such/folder.toml"]).status).toBe(73);
  });

  test("check says all that is wrong, each with its line", () => {
    expect(run(["config", "check"])).toMatchObject({ status: 66, stderr: expect.stringContaining("mm config init") });
    writeFileSync(join(folder, "bad.toml"), "[memory]\nmax_memry = 1\n[transcode]\ncrf = 99\n");
    const { status, stderr, stdout } = run(["config", "check", "bad.toml"]);
    expect([status, stdout]).toEqual([64, ""]);
    expect(stderr).toMatch(
      /bad\.toml:2: unknown key max_memry in \[memory\][\s\S]*crf \(bad\.toml:4\) needs a number from 0 to 63[\s\S]*try +max_memory\n$/,
    );
  });

  test("check judges the folder's own file as a job would, named or not", () => {
    writeFileSync(join(folder, "mm.toml"), '[transcode]\nffmpeg = "/opt/ffmpeg"\n');
    for (const args of [[], ["mm.toml"], ["./mm.toml"]]) expect(run(["config", "check", ...args]).status).toBe(64);
    expect(run(["config", "show", "--config", "mm.toml"]).status).toBe(0);
  });

  test("anything else is a wrong word", () => {
    expect(run(["config", "sow"])).toMatchObject({ status: 64, stderr: expect.stringContaining('takes show, init, check, got "sow"') });
    expect(run(["config", "show", "--crf", "3"]).status).toBe(64);
    expect(run(["config", "show", "x.toml"])).toMatchObject({
      status: 64,
      stderr: expect.stringContaining("mm config show --config x.toml"),
    });
  });
});

test("a wrong file stops a job before it starts", () => {
  writeFileSync(join(folder, "mm.toml"), "[transcode]\ncrff = 20\n");
  const { status, stderr } = run(["transcode", "ok.mp4", "out.mp4"]);
  expect([status, stderr]).toEqual([64, expect.stringMatching(/mm\.toml:2: unknown key crff in \[transcode\][\s\S]*try +crf\n$/)]);
  expect(run(["transcode", "ok.mp4", "out.mp4", "--config", "/dev/null"]).status).toBe(0);
});

test("no size is above the machine's memory, nor above the cgroup's", () => {
  expect(memoryCeiling(100, 0)).toEqual({ bytes: 100, of: "this machine" });
  expect(memoryCeiling(100, 2 ** 60)).toEqual({ bytes: 100, of: "this machine" });
  expect(memoryCeiling(100, 40)).toEqual({ bytes: 40, of: "the memory cgroup" });
});
