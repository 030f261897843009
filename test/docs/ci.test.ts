import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BuiltMm } from "../cli/built-mm.ts";

const CI = fileURLToPath(new URL("../../docs/ci/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mm-ci-"));
const canParse = spawnSync("python3", ["-c", "import yaml"]).status === 0;
if (!canParse) console.info("skipped: no python3 with yaml, the manifest is not parsed");

let built: BuiltMm;
beforeAll(() => {
  built = new BuiltMm("real");
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

function run(script: string, args: readonly string[], env: Record<string, string>) {
  return spawnSync(join(CI, script), args, { cwd: folder, env: { ...process.env, ...env }, encoding: "utf8" });
}

it.each(readdirSync(CI).filter((name) => name.endsWith(".sh")))("%s is a script that bash can read", (name) => {
  expect(spawnSync("bash", ["-n", join(CI, name)], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
});

it("every file is named in the README beside it", () => {
  const text = readFileSync(join(CI, "README.md"), "utf8");
  for (const name of readdirSync(CI).filter((each) => each !== "README.md")) expect(text).toContain(`(${name})`);
});

describe("memory-gate.sh", () => {
  const gate = (...args: string[]) => run("memory-gate.sh", args, { MM: `${process.execPath} ${built.bin}` });
  const report = () => JSON.parse(readFileSync(join(folder, "memory-report.json"), "utf8"));

  it("passes on what the command says and returns, and keeps the report", () => {
    const { status, stdout } = gate("200M", "sh", "-c", "echo out; exit 7");
    expect([status, stdout]).toEqual([7, "out\n"]);
    expect(report()).toMatchObject({ ok: true, result: { exitCode: 7 } });
  });

  it("fails with 75 and says what to ask for", () => {
    const { status, stderr } = gate("150M", process.execPath, "-e", "const all = []; setInterval(() => all.push(Buffer.alloc(4e6, 1)), 4)");
    expect(status).toBe(75);
    expect(stderr).toMatch(/try +--max-memory \d+M[\s\S]*memory gate: over 150M; see memory-report.json/);
    expect(report()).toMatchObject({ ok: false, error: { code: "MM_BUDGET" } });
  });

  it("asks for its limit", () => {
    expect(gate()).toMatchObject({ status: 1, stderr: expect.stringContaining("a limit, such as 2G") });
  });
});

it("profile-gate.sh hands the command over, keeps the table and fails with the gate", () => {
  const standIn = join(folder, "mm");
  writeFileSync(standIn, '#!/bin/sh\necho "$@" > called\necho "| peak |"\nexit 3\n');
  chmodSync(standIn, 0o755);
  const page = join(folder, "page.md");
  writeFileSync(page, "before\n");
  expect(run("profile-gate.sh", ["512M", "npm", "test"], { MM: standIn, GITHUB_STEP_SUMMARY: page }).status).toBe(3);
  expect(readFileSync(page, "utf8")).toBe("before\n| peak |\n");
  expect(readFileSync(join(folder, "called"), "utf8")).toBe("profile --fail-above 512M --summary --overwrite -o peak.mmprof -- npm test\n");
});

it("profile-gate.sh leaves a log that is a file whole, where there is no page", () => {
  const standIn = join(folder, "mm");
  writeFileSync(standIn, '#!/bin/sh\necho "| peak |"\n');
  chmodSync(standIn, 0o755);
  const script = `{ echo before; bash ${JSON.stringify(join(CI, "profile-gate.sh"))} 512M true; echo after; } > log`;
  spawnSync("bash", ["-c", script], { cwd: folder, env: { ...process.env, MM: standIn, GITHUB_STEP_SUMMARY: "" } });
  expect(readFileSync(join(folder, "log"), "utf8")).toBe("before\n| peak |\nafter\n");
});

it.skipIf(!canParse)("kubernetes-job.yaml is a Job that fails at once on 75 and gives what it asks for", () => {
  const script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
  const { stdout } = spawnSync("python3", ["-c", script, join(CI, "kubernetes-job.yaml")], { encoding: "utf8" });
  const { kind, spec } = JSON.parse(stdout);
  const [container] = spec.template.spec.containers;
  expect([kind, spec.template.spec.restartPolicy]).toEqual(["Job", "Never"]);
  expect(spec.podFailurePolicy.rules[0]).toMatchObject({ action: "FailJob", onExitCodes: { containerName: container.name, values: [75] } });
  expect(container.resources.limits.memory).toBe(container.resources.requests.memory);
  // Its command line does what it says, in folders that are there.
  const [, ...args] = container.command.map((word: string) => word.replace(/^\/(data|scratch)/, folder));
  writeFileSync(join(folder, "proteins.fasta"), ">a\nMKVLAAGIVGLPNVGKSTLF\n");
  expect(spawnSync(process.execPath, [built.bin, ...args], { encoding: "utf8" }).status).toBe(0);
  expect(JSON.parse(readFileSync(join(folder, "memory.json"), "utf8"))).toMatchObject({ command: "reduce", ok: true });
});
