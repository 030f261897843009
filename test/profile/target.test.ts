import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InputMissingError } from "../../src/base/index.ts";
import { type CaptureEvent, TABLES } from "../../src/profile/capture/index.ts";
import { AttachedTarget, Target, type TargetOptions } from "../../src/profile/index.ts";
import { missingOf } from "../../src/profile/tracking.ts";
import { ADDON_PATH, isRunning, until } from "../binding/addon.ts";
import { kernelTree } from "../memory/kernel-tree.ts";

const shell = (script: string, more: Partial<TargetOptions> = {}): TargetOptions => ({
  ...{ command: "/bin/sh", args: ["-c", script], searchPath: undefined, env: {}, stdoutFd: undefined },
  ...{ intervalMs: 20, everyProcess: false },
  ...more,
});

/** Runs a shell script to its end. */
async function run(script: string, more: Partial<TargetOptions> = {}) {
  await using target = new Target(shell(script, more));
  const exit = await target.exit;
  const figures = target.end();
  return { exit, figures, batch: target.drain(), target };
}

const eventsOf = <Type extends CaptureEvent["type"]>(events: readonly CaptureEvent[], type: Type) =>
  events.filter((event): event is Extract<CaptureEvent, { type: Type }> => event.type === type);
const sleepMs = async (ms: number) => await new Promise((resolve) => setTimeout(resolve, ms));

describe("a target", () => {
  it("is told with its command, its children, what they execute, and how they end", async () => {
    const { exit, batch } = await run("sleep 0.2; exit 7");
    expect(exit).toMatchObject({ code: 7, signal: 0 });
    const [top, child] = eventsOf(batch.events, "process");
    expect(top).toMatchObject({ process: 0, parent: -1, command: ["/bin/sh", "-c", "sleep 0.2; exit 7"], name: "sh" });
    expect(child).toMatchObject({ process: 1, parent: 0 });
    expect(eventsOf(batch.events, "exit").find((event) => event.process === 0)).toMatchObject({ code: 7, signal: null });
    expect(batch.rows.tree?.length).toBeGreaterThan(5 * TABLES.tree.length);
    for (const table of ["tree", "resident", "measured"] as const) {
      expect((batch.rows[table]?.length ?? 0) % TABLES[table].length).toBe(0);
      for (const value of batch.rows[table] ?? []) expect(value).toBeGreaterThanOrEqual(0);
    }
  });

  it("that a signal ends says which", async () => {
    const { exit, batch } = await run("kill -SEGV $$");
    expect(exit).toMatchObject({ code: -1, signal: 11 });
    expect(eventsOf(batch.events, "process")[0]).toMatchObject({ process: 0, parent: -1 });
    expect(eventsOf(batch.events, "exit").at(-1)).toMatchObject({ process: 0, code: null, signal: 11 });
  });

  it("that is not there is an error, and leaves no cgroup behind", async () => {
    expect(() => new Target(shell("", { command: "/no/such/program" }))).toThrow(InputMissingError);
    const { target } = await run("exit 0");
    expect(target.unavailable.filter((line) => line.includes("EEXIST"))).toEqual([]);
  });

  it.each([false, true])("without a first line is run by the shell (everyProcess %s)", async (everyProcess) => {
    const { exit } = await run("cd $(mktemp -d) && printf 'exit 5' > x && chmod +x x && ./x", { everyProcess });
    expect(exit.code).toBe(5);
  });

  it("whose orphans end is left with no zombies", async () => {
    const { batch, figures } = await run("(sleep 0.1 & sleep 0.1 & exit 0); (exit 4) & sleep 1.4");
    const zombies = spawnSync("ps", ["--ppid", String(process.pid), "-o", "stat="], { encoding: "utf8" }).stdout.split("\n");
    expect(zombies.filter((state) => state.startsWith("Z"))).toEqual([]);
    expect(figures.lost).toBe(0);
    expect(eventsOf(batch.events, "exit").length).toBeGreaterThanOrEqual(3);
  });

  it.each([false, true])("lives on when the profiler is killed (everyProcess %s)", async (everyProcess) => {
    const script = `
      const b = require(${JSON.stringify(ADDON_PATH)});
      const tracer = ${everyProcess} ? { tracer: b.tracer() } : {};
      const pid = b.spawn({ file: "/bin/sleep", args: ["sleep", "30"], env: [], cwd: ".", stdio: [-1, -1, -1], limits: {},
        oomScoreAdj: 0, niceness: 0, isGuest: true, outlivesParent: true, ...tracer }, () => {});
      console.log(pid);
      setInterval(() => {}, 1000);`;
    const profiler = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await new Promise<string>((resolve) => profiler.stdout.once("data", (data) => resolve(String(data)))));
    profiler.kill("SIGKILL");
    await new Promise((resolve) => profiler.once("exit", resolve));
    await sleepMs(200);
    expect(isRunning(pid)).toBe(true);
    expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(/^TracerPid:\t0$/m);
    process.kill(pid, "SIGKILL");
    await until(() => !isRunning(pid), "it is gone");
  });

  it("measures on demand", async () => {
    await using target = new Target(shell("exec sleep 1", { intervalMs: 400 }));
    await sleepMs(50);
    const before = target.drain().rows.measured?.length ?? 0;
    target.measureNow();
    await sleepMs(100);
    const { rows } = target.drain();
    expect(before).toBe(TABLES.measured.length);
    expect(rows.tree?.[TABLES.tree.indexOf("isMeasured")]).toBe(1);
    target.signal("SIGTERM");
    expect(await target.exit).toMatchObject({ signal: 15 });
  });
});

describe("under ptrace", () => {
  const everyProcess = true;
  it("every process is told, however short, with its own end", async ({ skip }) => {
    const { batch, target, exit } = await run("for i in 1 2 3 4 5 6 7 8 9; do (exit $i); /bin/true; done; sh -c 'kill -9 $$'; exit 3", {
      everyProcess,
    });
    if (target.tracking !== "ptrace") {
      console.log(`skipped: ${target.unavailable}`);
      return skip();
    }
    expect(exit.code).toBe(3);
    expect(eventsOf(batch.events, "process").length).toBe(20);
    expect(eventsOf(batch.events, "exec").filter(({ name }) => name === "true").length).toBe(9);
    const ends = eventsOf(batch.events, "exit");
    expect(ends.map(({ code }) => code).filter((code) => code !== 0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, null, 3]);
    expect(ends.filter(({ highWaterBytes }) => highWaterBytes === 0)).toEqual([]);
    const parents = new Set(eventsOf(batch.events, "process").map(({ parent }) => parent));
    expect([...parents]).toEqual([-1, 0]);
  });

  it("programs with threads that start programs run as they do without", async ({ skip }) => {
    const script = `const { Worker, isMainThread, parentPort } = require("node:worker_threads");
      const { spawnSync } = require("node:child_process");
      if (isMainThread) { let sum = 0; const all = [1, 2, 3].map((code) => new Promise((resolve) => {
        const worker = new Worker(process.argv[1] ?? __filename, { eval: false, workerData: code }); worker.on("message", (got) => { sum += got; resolve(); }); }));
        Promise.all(all).then(() => process.exit(sum));
      } else parentPort.postMessage(spawnSync("sh", ["-c", "exit " + require("node:worker_threads").workerData]).status);`;
    const command = `f=$(mktemp --suffix=.cjs); cat > $f <<'END'\n${script}\nEND\n"${process.execPath}" $f`;
    const { exit, target } = await run(command, { everyProcess });
    if (target.tracking !== "ptrace") return skip();
    expect(exit.code).toBe(6);
  });

  it("job control of a shell works", async ({ skip }) => {
    const script =
      "set -m; sleep 0.6 & kill -STOP $!; sleep 0.1; jobs | grep -q Stopped || exit 1; kill -CONT $!; sleep 0.1; wait $! || exit 2; exit 9";
    const { exit, target } = await run(script, { everyProcess, command: "/bin/bash" });
    if (target.tracking !== "ptrace") return skip();
    expect(exit.code).toBe(9);
  });
});

describe("a process that runs already", () => {
  it("is watched with its children and those who lead a session, until it ends", async () => {
    const child = spawn("sh", ["-c", "sleep 0.2; sleep 0.3"], { detached: true });
    await sleepMs(50);
    using attached = new AttachedTarget(child.pid ?? 0, 20);
    await until(() => !attached.figures().isTreeAlive, "it has ended");
    attached.end();
    const { events } = attached.drain();
    expect(eventsOf(events, "process").map(({ name, parent }) => ({ name, parent }))).toEqual([
      { name: "sh", parent: -1 },
      { name: "sleep", parent: 0 },
      expect.objectContaining({ parent: 0 }),
    ]);
    expect(eventsOf(events, "exit").length).toBe(3);
  });

  it("that is not there is an error", () => {
    expect(() => new AttachedTarget(2 ** 22, 20)).toThrow(InputMissingError);
  });
});

describe("what is missing", () => {
  const tree = (more: Record<string, string> = {}) => kernelTree({ "proc/self/smaps_rollup": "", "proc/self/mountinfo": "", ...more });
  it("is said of a host without cgroups, ptrace, smaps_rollup", () => {
    using host = tree();
    const cgroup = "the kernel shows no memory controller";
    expect(missingOf({ cgroup, tracer: undefined }, 50, host)).toEqual([
      `a cgroup of its own: ${cgroup}`,
      "memory that is there for less than 50 ms: without a cgroup nobody counts it",
    ]);
    expect(missingOf({ cgroup, tracer: { refusal: () => 0 } }, 50, host)).toEqual([`a cgroup of its own: ${cgroup}`]);
    expect(missingOf({ cgroup, tracer: { refusal: () => 1 } }, 50, host)[0]).toBe("--every-process: ptrace is refused (EPERM)");
    using bare = kernelTree({ "proc/self/mountinfo": "" });
    expect(missingOf({ cgroup, tracer: undefined }, 50, bare)[0]).toMatch(/^shares of shared memory: the kernel has no smaps_rollup/);
  });
});
