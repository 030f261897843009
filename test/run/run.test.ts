import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRunning, until } from "../binding/addon.ts";
import { BuiltMm } from "../cli/built-mm.ts";
import { hasTerminal, pressCtrlC } from "../cli/terminal.ts";
import { realCgroup } from "../memory/real-cgroup.ts";

const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), "mm-run-"));
const hog = join(folder, "hog");
const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
if (compiler === undefined) console.info("skipped: no C compiler, the program that takes memory cannot be built");
const probe = realCgroup(64 * MIB);
if (typeof probe === "string") console.info(`skipped: ${probe}`);
else probe[Symbol.dispose]();

let built: BuiltMm;
beforeAll(() => {
  built = new BuiltMm("real");
  if (compiler === undefined) return;
  const source = fileURLToPath(new URL("hog.c", import.meta.url));
  const { status, stderr } = spawnSync(compiler, ["-O1", "-o", hog, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

type Ended = { readonly code: number | null; readonly signal: string | null; readonly stdout: string; readonly stderr: string };

function start(args: readonly string[]): ChildProcess & { readonly ended: Promise<Ended> } {
  const child = spawn(process.execPath, [built.bin, "run", ...args], { cwd: folder });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })));
  return Object.assign(child, { ended });
}

/** Runs mm with the report in a file. */
async function run(options: readonly string[], command: readonly string[], input = "") {
  const report = join(folder, "report.json");
  rmSync(report, { force: true });
  const child = start(["--report", report, ...options, "--", ...command]);
  child.stdin?.end(input);
  const ended = await child.ended;
  return { ...ended, pid: child.pid, report: existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined };
}

/** Live processes of that program. */
function running(program: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] === program;
      } catch {
        return false;
      }
    })
    .map(Number)
    .filter(isRunning);
}

describe("what mm run leaves alone", () => {
  it("is every exit code", async () => {
    for (const code of [0, 1, 2, 64, 75, 126, 127, 128, 137, 255]) {
      const ended = await run(["-q"], ["sh", "-c", `exit ${code}`]);
      expect([ended.code, ended.stderr]).toEqual([code, ""]);
      expect(ended.report).toMatchObject({ ok: true, command: "run", result: { exitCode: code, signal: null } });
    }
  });

  it("is what the bytes of standard input and output are, through pipes", async () => {
    const input = randomBytes(3 * MIB);
    const { status, stdout, stderr } = spawnSync(process.execPath, [built.bin, "run", "-q", "--", "cat"], { input, maxBuffer: 1e8 });
    expect([status, stderr.toString()]).toEqual([0, ""]);
    expect(stdout.equals(input)).toBe(true);
  });

  it("is that pipes block, as a program expects of them", async () => {
    const { stdout } = await run(["-q"], ["sh", "-c", "grep -h flags /proc/self/fdinfo/1 /proc/self/fdinfo/2"]);
    const flags = stdout
      .trim()
      .split("\n")
      .map((line) => Number.parseInt(line.split("\t")[1] ?? "", 8));
    expect(flags.map((bits) => bits & 0o4000)).toEqual([0, 0]);
  });

  it("is its niceness, and that it is the first to go when the machine is out of memory", async () => {
    const { stdout } = await run(["-q"], ["sh", "-c", "nice; cat /proc/self/oom_score_adj"]);
    expect(stdout).toBe(`${spawnSync("nice", { encoding: "utf8" }).stdout}800\n`);
  });

  it("is standard output when the report has it: the command's goes to standard error", async () => {
    const { stdout, stderr } = await run(["--json", "-q"], ["echo", "from the command"]);
    expect(JSON.parse(stdout)).toMatchObject({ command: "run", result: { exitCode: 0 } });
    expect(stderr).toBe("from the command\n");
  });
});

describe("an end by a signal", () => {
  it("is said as a shell says it, and a SIGKILL is never left unexplained", async () => {
    expect(await run([], ["sh", "-c", "kill -SEGV $$"])).toMatchObject({ code: 139, report: { result: { signal: "SIGSEGV" } } });
    const killed = await run([], ["sh", "-c", "kill -9 $$"]);
    expect(killed.code).toBe(137);
    expect(killed.stderr).toContain("sh was killed with SIGKILL, neither by mm nor for its memory");
  });

  it("is that of a command that is not there or may not be run", async () => {
    expect(await run([], ["no-such-program"])).toMatchObject({ code: 66 });
    writeFileSync(join(folder, "plain"), "no");
    expect(await run([], ["./plain"])).toMatchObject({ code: 77 });
    expect(await run([], [])).toMatchObject({ code: 64 });
  });

  it("reaches the command when it is sent to mm, and the command may end in order", async () => {
    const child = start(["-q", "--", "sh", "-c", "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.05; done"]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGTERM");
    expect(await child.ended).toMatchObject({ code: 5, stdout: "up\nbye\n" });
  });

  it("that the command ignores is followed by a second one, which kills all of it", async () => {
    const script = "trap '' INT TERM; (trap '' INT TERM; exec sleep 68) & echo up; while :; do sleep 0.05; done";
    const child = start(["--", "sh", "-c", script]);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(child.exitCode).toBe(null);
    child.kill("SIGINT");
    expect(await child.ended).toMatchObject({ code: 137 });
    expect(running("sleep").filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("68"))).toEqual([]);
  });

  it.skipIf(!hasTerminal)("of the keyboard reaches the command once, and mm waits for it", async () => {
    const out = join(folder, "interrupted");
    writeFileSync(out, "");
    const script = `trap 'echo int >> ${out}; sleep 0.3; exit 9' INT; echo up; while :; do sleep 0.05; done`;
    const code = await pressCtrlC([process.execPath, built.bin, "run", "--", "sh", "-c", script]);
    expect([code, readFileSync(out, "utf8")]).toEqual([9, "int\n"]);
  });
});

describe.skipIf(compiler === undefined)("the limit", () => {
  const over = (stderr: string) => /over the memory limit \(MM_BUDGET\).*try +--max-memory \d+M/s.test(stderr);

  it("lets pass what stays under it, with the peak that was there", async () => {
    const { code, report } = await run(["--max-memory", "300M"], [hog, "take", "150"]);
    expect(code).toBe(0);
    expect(report.result.peakBytes).toBeGreaterThan(149 * MIB);
    expect(report.result.peakBytes).toBeLessThan(156 * MIB);
    expect(report.result.largest[0]).toMatchObject({ name: "hog", processes: 1 });
    expect(report.memory).toMatchObject({ heldBy: "ledger", limitBytes: 300 * MIB });
    expect(report.memory.peakBytes).toBeLessThan(300 * MIB);
  });

  it("ends what goes over it with 75, or the code that is asked for, and says who held what", async () => {
    const { code, stderr, report } = await run(["--max-memory", "150M"], [hog, "creep", "400"]);
    expect(code).toBe(75);
    expect(over(stderr)).toBe(true);
    expect(stderr).toMatch(/where +hog 1\d\d\.\d MiB/);
    expect(report).toMatchObject({ ok: false, error: { code: "MM_BUDGET" }, memory: { heldBy: "monitor" } });
    expect(report.memory.peakBytes).toBeLessThan(180 * MIB);
    expect((await run(["--max-memory", "150M", "--limit-exit-code", "99"], [hog, "creep", "400"])).code).toBe(99);
  });

  it("holds for a program of Node as for one of C", async () => {
    const grow = "const all = []; setInterval(() => all.push(Buffer.alloc(4e6, 1)), 4)";
    const { code, stderr } = await run(["--max-memory", "180M"], [process.execPath, "-e", grow]);
    expect([code, over(stderr)]).toEqual([75, true]);
  });

  it("holds for fifty processes together, none of which is large", async () => {
    const { code, stderr, report } = await run(["--max-memory", "250M"], [hog, "many", "40", "50"]);
    expect(code).toBe(75);
    expect(stderr).toMatch(/where +hog \(\d+\)/);
    // Only root may put the monitor before them.
    if (process.getuid?.() === 0) expect(report.memory.peakBytes).toBeLessThan(500 * MIB);
    expect(running(hog)).toEqual([]);
  });

  it("holds for what has left its session and its parent", async () => {
    expect((await run(["--max-memory", "150M"], [hog, "daemon", "400"])).code).toBe(75);
    expect(running(hog)).toEqual([]);
  });

  it("holds for what does not listen, and for what is stopped", async () => {
    expect((await run(["--max-memory", "150M"], [hog, "deaf", "400"])).code).toBe(75);
    expect((await run(["--max-memory", "150M"], [hog, "stopped", "200"])).code).toBe(75);
    expect(running(hog)).toEqual([]);
  });

  it("takes from what is over it the means to grow", async () => {
    const { code, stderr } = await run(["--max-memory", "150M"], [hog, "polite", "0"]);
    expect(code).toBe(75);
    expect(stderr).toContain("hog: malloc failed");
  });

  it("counts what processes share once", async () => {
    const { code, report } = await run(["--max-memory", "250M"], [hog, "shared", "100", "6"]);
    expect(code).toBe(0);
    expect(report.result.peakBytes).toBeGreaterThan(99 * MIB);
    expect(report.result.peakBytes).toBeLessThan(112 * MIB);
    expect((await run(["--max-memory", "90M"], [hog, "shared", "100", "6"])).code).toBe(75);
  });

  it.skipIf(typeof probe === "string")("is the kernel's too in an own cgroup, which is gone afterwards", async () => {
    const { code, stderr, report } = await run(["--max-memory", "150M", "--cgroup"], [hog, "take", "400"]);
    expect([code, over(stderr)]).toEqual([75, true]);
    expect(report.memory.heldBy).toBe("kernel");
    const passed = await run(["--max-memory", "150M", "--cgroup"], [hog, "take", "60"]);
    expect(passed.code).toBe(0);
    expect(passed.report.result.cgroup).toMatchObject({ oomKills: 0 });
    expect(passed.report.result.cgroup.peakBytes).toBeGreaterThan(59 * MIB);
    if (typeof probe !== "string")
      expect(readdirSync(join(probe.folder, "..")).filter((name) => name.includes(`-${passed.pid}-`))).toEqual([]);
  });

  it.skipIf(typeof probe === "string")("of a container holds too, before the kernel has to kill", async () => {
    const made = realCgroup(300 * MIB);
    if (typeof made === "string") throw new Error(made);
    using container = made;
    const report = join(folder, "container.json");
    const [program = "", ...args] = container.enter([process.execPath, built.bin, "run", "--report", report, "--", hog, "creep", "600"]);
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
    expect([status, over(stderr.replace("a container with at least", "--max-memory"))]).toEqual([75, true]);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ memory: { heldBy: "monitor", limitSource: "cgroup" } });
    await until(() => readFileSync(join(container.folder, "cgroup.procs"), "utf8") === "", "the container is empty");
  });

  it("that does not even hold mm is refused with the smallest that does, and that one works", async () => {
    const refused = await run(["--max-memory", "20M"], ["true"]);
    expect([refused.code, over(refused.stderr)]).toEqual([75, true]);
    const [, smallest = ""] = /--max-memory (\d+M)/.exec(refused.stderr) ?? [];
    expect((await run(["--max-memory", smallest], ["true"])).code).toBe(0);
  });

  it("holds for mm inside it, which neither waits for it nor plans with more", async () => {
    const inner = [process.execPath, built.bin, "run", "--report", join(folder, "inner.json"), "--", "true"];
    // Without a limit of its own the outer one holds all there is.
    expect((await run(["-q"], inner)).code).toBe(0);
    const { code, report } = await run(["-q", "--max-memory", "300M"], inner);
    const within = JSON.parse(readFileSync(join(folder, "inner.json"), "utf8")).memory;
    expect([code, within.limitSource]).toEqual([0, "env"]);
    expect(within.limitBytes).toBeLessThanOrEqual(report.memory.limitBytes - report.memory.baselineBytes);
    expect(within.limitBytes).toBeGreaterThan(200 * MIB);
  });

  it("is planned without running anything", async () => {
    const { code, stdout } = await run(["--max-memory", "200M", "--dry-run"], ["touch", "was-run"]);
    expect([code, existsSync(join(folder, "was-run"))]).toEqual([0, false]);
    expect(stdout).toMatch(/the command and all that comes from it/);
  });
});

describe("the end of mm itself", () => {
  it("by SIGKILL takes the command with it", async () => {
    const child = start(["--", "sleep", "67"]);
    await until(() => running("sleep").length > 0, "the command runs");
    child.kill("SIGKILL");
    expect(await child.ended).toMatchObject({ signal: "SIGKILL" });
    await until(() => running("sleep").every((pid) => !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("67")), "the command is gone");
  });

  it("waits for what finishes behind the command, and ends what does not", async () => {
    const out = join(folder, "late");
    expect((await run(["-q"], ["sh", "-c", `(sleep 0.4; echo late > ${out}) & exit 0`])).code).toBe(0);
    expect(readFileSync(out, "utf8")).toBe("late\n");
    const { code, stderr, report } = await run(["-q"], ["sh", "-c", "setsid sleep 66 & exit 3"]);
    expect([code, report.result.leftBehind]).toEqual([3, 1]);
    expect(stderr).toContain("sh has ended and left a process behind: sleep");
  });
});
