import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { BuiltMm } from "./built-mm.ts";

let mm: BuiltMm;
let folder: string;
beforeAll(() => {
  mm = new BuiltMm("fake");
});
afterAll(() => mm[Symbol.dispose]());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ENV = { PATH: process.env.PATH, HOME: "/nonexistent", TERM: "xterm" };

function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [mm.bin, ...args], { cwd: folder, env: { ...ENV, ...env }, encoding: "utf8" });
}

/** Starts mm and waits until its stderr says `word`. */
async function runUntil(
  word: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ child: ChildProcess; ended: Promise<{ code: number | null; signal: string | null; stderr: string }> }> {
  const child = spawn(process.execPath, [mm.bin, ...args], { cwd: folder, env: { ...ENV, ...env }, stdio: "pipe" });
  let stderr = "";
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stderr }));
  });
  await new Promise<void>((resolve) => {
    child.stderr.on("data", (part) => {
      stderr += part;
      if (stderr.includes(word)) resolve();
    });
    child.on("close", () => resolve());
  });
  return { child, ended };
}

function jsonLines(text: string): { type?: string; [field: string]: unknown }[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

test("a run says the plan and the result on stderr and nothing on stdout", () => {
  const { status, stdout, stderr } = run(["transcode", "ok.mp4", "out.mp4"]);
  expect(status).toBe(0);
  expect(stdout).toBe("");
  expect(stderr).toBe(
    [
      "engine   ffmpeg 5.1.9 (/usr/bin/ffmpeg)",
      "input    h264 1920x1080 yuv420p, 360 frames, mp4",
      "output   h264 medium crf 23, 2 sliced threads, mp4",
      "memory   209.0 MiB planned of 300.0 MiB (--max-memory)",
      "lowered  rc-lookahead 40 to 20 (-v shows the price, --keep-settings refuses)",
      "output   out.mp4, 5.0 MiB",
      "frames   360 of 360 in 14.2 s, 0.85x",
      "memory   peak 201.0 MiB, planned 209.0 MiB, limit 300.0 MiB",
      "picture  PSNR 42.12 dB, SSIM 0.9877, 18 frames compared",
      "",
    ].join("\n"),
  );
});

test("-q says nothing when all is well", () => {
  expect(run(["transcode", "ok.mp4", "out.mp4", "-q"])).toMatchObject({ status: 0, stdout: "", stderr: "" });
});

test("--stats adds memory by owner, the ledger against the kernel and the ladder", () => {
  const { stderr } = run(["transcode", "ok.mp4", "out.mp4", "-q", "--stats"]);
  expect(stderr).toMatch(/lane\.ffmpeg +180\.0 MiB +0 B +3 +86\.1 %/);
  expect(stderr).toMatch(/Node before any work +29\.0 MiB/);
  expect(stderr).toMatch(/this process +37\.0 MiB +31\.0 MiB/);
  expect(stderr).toMatch(/1\.23 s +drop +freed 4\.0 MiB +2 times +mapped windows \(resident\)/);
});

test("--json prints the report, and only the report, on stdout", () => {
  const { status, stdout } = run(["transcode", "ok.mp4", "out.mp4", "--json"]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "mm.report/1", command: "transcode", ok: true, result: { framesOut: 360 } });
});

test("--report writes the same report to a file, by rename", () => {
  expect(run(["transcode", "ok.mp4", "out.mp4", "--report", "r.json"]).status).toBe(0);
  expect(readdirSync(folder)).toEqual(["r.json"]);
  expect(JSON.parse(readFileSync(join(folder, "r.json"), "utf8"))).toMatchObject({ ok: true, memory: { limitBytes: 314572800 } });
});

test("--dry-run prints the whole plan on stdout and runs nothing", () => {
  const { status, stdout, stderr } = run(["transcode", "io.mp4", "out.mp4", "--dry-run"]);
  expect(status).toBe(0);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/ 29\.0 MiB {2}runtime\.baseline {2}Node and mm before any work/);
  expect(stdout).toMatch(/209\.0 MiB {2}planned peak/);
  expect(stdout).toMatch(/saves 120.0 MiB\n +rc-lookahead {2}40 to 20 {2}price: 0.4 % more bits/);
  expect(stdout).toMatch(/smallest limit for this job: --max-memory 203M\n$/);
});

test("--dry-run --json prints the plan as JSON", () => {
  const { stdout } = run(["transcode", "ok.mp4", "out.mp4", "--dry-run", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ schema: "mm.plan/1", ok: true, plan: { plannedPeakBytes: 219152384 } });
});

test("-v says the whole plan before the work", () => {
  expect(run(["transcode", "ok.mp4", "out.mp4", "-v"]).stderr).toMatch(/memory planned\n[\s\S]*planned peak\n[\s\S]*frames {3}360 of 360/);
});

const FAILURES: [input: string, status: number, stderr: RegExp][] = [
  [
    "budget",
    75,
    /^mm transcode: over the memory limit \(MM_BUDGET\)\n {2}wanted {3}1\.4 GiB for one lane.*\n {2}limit {4}1\.0 GiB from --max-memory\n {2}try {6}--max-memory 1500M, or --preset faster\n$/m,
  ],
  ["io", 74, /\(MM_IO\)\n {2}exit {5}1\n {2}said {5}line one\n {11}line\\x1b\[2Jtwo\n {2}try {6}mm doctor\n$/],
  ["bug", 70, /a bug in mm: undefined is not a function \(MM_INTERNAL\)/],
  ["crash", 70, /a bug in mm: thrown from nowhere \(MM_INTERNAL\)/],
  ["vanish", 70, /the command ended without a report \(MM_INTERNAL\)/],
];

test.each(FAILURES)("a command that fails as %s ends with %i and says why", (input, status, stderr) => {
  const result = run(["transcode", `${input}.mp4`, "out.mp4", "-q"]);
  expect(result.status).toBe(status);
  expect(result.stderr).toMatch(stderr);
});

test("a JavaScript heap that is full is the memory limit, not an abort", () => {
  const { status, stderr } = run(["transcode", "heap.mp4", "out.mp4", "-q", "--max-memory", "256M"]);
  expect(status).toBe(75);
  expect(stderr).toMatch(/over the memory limit \(MM_BUDGET\)[\s\S]*heap limit {2}64\.0 MiB\n {2}try {9}--max-memory 512M\n$/);
});

test("the heap cap is that of the option, whatever else looks like it", () => {
  const words = ["-q", "--max-memory", "256M", "--report", "--max-memory=8G"];
  expect(run(["transcode", ...words, "heap.mp4", "out.mp4"]).stderr).toMatch(/heap limit {2}64\.0 MiB/);
  expect(readdirSync(folder)).toEqual(["--max-memory=8G"]);
});

test("--limit-exit-code renames 75 and nothing else", () => {
  expect(run(["transcode", "budget.mp4", "out.mp4", "-q", "--limit-exit-code", "137"]).status).toBe(137);
  expect(run(["transcode", "io.mp4", "out.mp4", "-q", "--limit-exit-code", "137"]).status).toBe(74);
});

test("a failure goes into --json and --report in the same envelope", () => {
  const { stdout } = run(["transcode", "io.mp4", "out.mp4", "--json", "--report", "r.json"]);
  const report = {
    schema: "mm.report/1",
    command: "transcode",
    ok: false,
    error: { code: "MM_IO", hint: "mm doctor", details: { exit: 1 } },
  };
  expect(JSON.parse(stdout)).toMatchObject(report);
  expect(JSON.parse(readFileSync(join(folder, "r.json"), "utf8"))).toMatchObject(report);
});

test("a wrong command line with --json is a failure report as well", () => {
  const { status, stdout } = run(["transcode", "a", "b", "--json", "--bogus"]);
  expect(status).toBe(64);
  expect(JSON.parse(stdout)).toMatchObject({ command: "transcode", ok: false, error: { code: "MM_USAGE" } });
});

test("a wrong value is said in one sentence and not again as facts", () => {
  const { status, stderr } = run(["transcode", "a", "b", "--max-memory", "lots"]);
  expect(status).toBe(64);
  expect(stderr).toBe('mm transcode: --max-memory needs a size such as 512M, 2G or 1.5GiB, got "lots" (MM_USAGE)\n');
});

test("a report that could not be written is refused before the work", () => {
  const { status, stderr } = run(["transcode", "ok.mp4", "out.mp4", "--report", "missing/r.json"]);
  expect(status).toBe(73);
  expect(stderr).not.toContain("engine");
});

test("every line on stderr is JSON with a type under --progress json", () => {
  const lines = jsonLines(run(["transcode", "short.mp4", "out.mp4", "--progress", "json", "--monitor-memory"]).stderr);
  const types = lines.map((line) => line.type);
  expect(new Set(types)).toEqual(new Set(["plan", "progress", "memory", "warning", "report"]));
  expect(types.at(-1)).toBe("report");
  expect(lines.filter((line) => line.type === "progress").at(-1)).toMatchObject({ phase: "encode", done: 360, total: 360, unit: "frames" });
});

test("a failure under --progress json is a JSON line too", () => {
  const lines = jsonLines(run(["transcode", "budget.mp4", "out.mp4", "--progress", "json"]).stderr);
  expect(lines.at(-1)).toMatchObject({ type: "error", code: "MM_BUDGET" });
});

test("a warning of Node or of the memory core is a warning of mm", () => {
  expect(run(["transcode", "alarm.mp4", "out.mp4", "-q"]).stderr).toBe(
    "mm transcode: warning: MemoryLeakWarning: a segment was collected without close()\n",
  );
  const lines = jsonLines(run(["transcode", "alarm.mp4", "out.mp4", "--progress", "json"]).stderr);
  expect(lines.filter((line) => line.type === "warning")).toHaveLength(1);
});

test("--monitor-memory without a terminal is JSON lines, five a second, and no bar", () => {
  const { stderr } = run(["transcode", "short.mp4", "out.mp4", "-q", "--monitor-memory"]);
  const lines = jsonLines(
    stderr
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .join("\n"),
  );
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.length).toBeLessThan(9);
  expect(lines[0]).toMatchObject({ type: "memory", level: "ok" });
  expect(stderr).not.toContain("\u001b");
});

test("--progress bar without a terminal is plain lines", () => {
  const { stderr } = run(["transcode", "short.mp4", "out.mp4", "-q", "--progress", "bar"]);
  expect(stderr).toMatch(/^encode .* 0 % {4}0 of 360 frames .*\n/);
  expect(stderr).not.toContain("\u001b");
});

test("text from outside cannot drive the terminal", () => {
  const { stderr } = run(["transcode", "ok.mp4", "a\u001b[31mb.mp4"]);
  expect(stderr).toContain("a\\x1b[31mb.mp4");
  expect(stderr).not.toContain("\u001b");
});

const COLOURS: [name: string, args: string[], env: NodeJS.ProcessEnv, isColoured: boolean][] = [
  ["no terminal", [], {}, false],
  ["FORCE_COLOR", [], { FORCE_COLOR: "1" }, true],
  ["FORCE_COLOR over NO_COLOR", [], { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ["--no-color over FORCE_COLOR", ["--no-color"], { FORCE_COLOR: "1" }, false],
  ["MM_NO_COLOR over FORCE_COLOR", [], { FORCE_COLOR: "1", MM_NO_COLOR: "1" }, false],
  ["FORCE_COLOR over TERM=dumb", [], { FORCE_COLOR: "1", TERM: "dumb" }, true],
];

test.each(COLOURS)("colours follow %s", (_name, args, env, isColoured) => {
  expect(run(["transcode", "io.mp4", "out.mp4", ...args], env).stderr.includes("\u001b[")).toBe(isColoured);
});

const SIGNALS: [signal: NodeJS.Signals, code: number][] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 143],
];

test.each(SIGNALS)("%s ends the command and then mm with %i", async (signal, code) => {
  const { child, ended } = await runUntil("engine", ["transcode", "wait.mp4", "out.mp4"]);
  child.kill(signal);
  const end = await ended;
  expect(end).toMatchObject({ code, signal: null });
  expect(end.stderr).toMatch(/stopping; .* kills\nmm transcode: (interrupted|terminated) \(MM_CANCELLED\)\n$/);
});

test("a child that dies of the same Ctrl-C does not turn it into an I/O error", async () => {
  const { child, ended } = await runUntil("engine", ["transcode", "child.mp4", "out.mp4"]);
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining("afterwards  ffmpeg ended with 255") });
});

test("Ctrl-C says what is kept and how to go on, and no hint of how a child died of it", async () => {
  const { child, ended } = await runUntil("engine", ["transcode", "kept.mp4", "out.mp4"]);
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/kept +3 of 8 chunks\n {2}try +the same command with --resume\n$/);
});

test("a second Ctrl-C kills at once, even a command stuck in a system call", async () => {
  spawnSync("bash", ["-c", "mkfifo fifo"], { cwd: folder });
  const { child } = await runUntil("stuck", ["transcode", "stuck.mp4", "out.mp4", "-v"], { FAKE_FIFO: join(folder, "fifo") });
  child.kill("SIGINT");
  await new Promise((resolve) => child.stderr?.once("data", resolve));
  const secondMs = performance.now();
  child.kill("SIGINT");
  expect(await new Promise((resolve) => child.on("exit", (code, signal) => resolve({ code, signal })))).toEqual({
    code: null,
    signal: "SIGINT",
  });
  expect(performance.now() - secondMs).toBeLessThan(3000);
});

test("a reader that leaves stdout ends nothing and changes no exit code", () => {
  const script = `"${process.execPath}" "${mm.bin}" transcode ok.mp4 out.mp4 --json -q | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
  expect(spawnSync("bash", ["-c", script], { cwd: folder, env: ENV, encoding: "utf8" })).toMatchObject({ stdout: "0\n", stderr: "" });
});

test("a reader that leaves stderr does not stop the work", () => {
  const script = `{ "${process.execPath}" "${mm.bin}" transcode short.mp4 out.mp4 --monitor-memory --report r.json; echo $? > code; } 2>&1 | head -c 1 >/dev/null`;
  spawnSync("bash", ["-c", script], { cwd: folder, env: ENV });
  expect(readFileSync(join(folder, "code"), "utf8")).toBe("0\n");
  expect(readdirSync(folder)).toContain("r.json");
});

test("a full device under stdout is an I/O error", () => {
  const script = `"${process.execPath}" "${mm.bin}" transcode ok.mp4 out.mp4 --json -q > /dev/full`;
  const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: folder, env: ENV, encoding: "utf8" });
  expect(status).toBe(74);
  expect(stderr).toMatch(/writing stdout failed \(ENOSPC\) \(MM_IO\)/);
});

test("the main thread needs no floor but cli and base: help, version, plans and reports load neither the addon nor mediabunny", () => {
  const folder = join(mm.folder, "dist/cli");
  const files = readdirSync(folder).filter((name) => name !== "worker.js");
  const sources = files.flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/^\/\/ src\/(\w+)\//gm)]);
  expect(new Set(sources.map(([, floor]) => floor))).toEqual(new Set(["base", "cli"]));
  expect(run(["--version"])).toMatchObject({ status: 0, stdout: expect.stringMatching(/^mm \d+\.\d+\.\d+\n$/) });
  expect(run(["--help"]).status).toBe(0);
});

test("a folder that was removed under the shell is one clear error", () => {
  const script = `mkdir gone && cd gone && rmdir ../gone && exec ${process.execPath} ${mm.bin} transcode in.mp4 out.mp4`;
  const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: folder, env: ENV, encoding: "utf8" });
  expect(status, stderr).toBe(66);
  expect(stderr).toMatch(/^mm transcode: the current folder does not exist any more .*\n {2}try .*cd /);
});
