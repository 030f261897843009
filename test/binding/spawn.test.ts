import { spawn as spawnNode } from "node:child_process";
import { closeSync, readSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { binding, type ChildExit, type SpawnOptions } from "../../src/binding/index.ts";
import { ADDON_PATH, isRunning, until } from "./addon.ts";

const MIB = 1024 * 1024;

function shell(script: string, options: Partial<SpawnOptions> = {}): SpawnOptions {
  return {
    file: "/bin/sh",
    args: ["sh", "-c", script],
    env: ["PATH=/usr/bin:/bin"],
    cwd: "/",
    stdio: [-1, -1, -1],
    limits: {},
    oomScoreAdj: 0,
    niceness: 0,
    ...options,
  };
}

const exitOf = (options: SpawnOptions) => new Promise<ChildExit>((resolve) => binding.spawn(options, resolve));

/** Exit and standard output of a short child. */
async function run(options: SpawnOptions): Promise<{ exit: ChildExit; output: string }> {
  const { readFd, writeFd } = binding.pipe(64 * 1024);
  const exit = exitOf({ ...options, stdio: [-1, writeFd, -1, ...options.stdio.slice(3)] });
  closeSync(writeFd);
  const ended = await exit;
  const bytes = Buffer.alloc(64 * 1024);
  const length = readSync(readFd, bytes);
  closeSync(readFd);
  return { exit: ended, output: bytes.toString("utf8", 0, length) };
}

describe("a child", () => {
  test("ends with its code and what it used, told once", async () => {
    const exits: ChildExit[] = [];
    const pid = binding.spawn(shell("exit 3"), (exit) => exits.push(exit));
    await until(() => exits.length > 0, "the child ended");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(exits).toHaveLength(1);
    expect(exits[0]).toMatchObject({ code: 3, signal: 0 });
    expect(exits[0]?.maxResidentBytes).toBeGreaterThan(100_000);
    expect(isRunning(pid)).toBe(false);
  });

  test("ended by a signal tells its number", async () => {
    expect(await exitOf(shell("kill -TERM $$"))).toMatchObject({ code: -1, signal: 15 });
  });

  test("reports the time it used", async () => {
    const exit = await exitOf(shell("i=0; while [ $i -lt 50000 ]; do i=$((i+1)); done"));
    expect(exit.userMs).toBeGreaterThan(5);
    expect(exit.userMs).toBeLessThan(60_000);
  });

  test("sees only its own descriptors, its own environment and its own folder", async () => {
    const files = await run(shell("", { file: "/bin/ls", args: ["ls", "/proc/self/fd"] }));
    // 3 is the folder that ls itself has open.
    expect(files.output).toBe("0\n1\n2\n3\n");
    const names = await run(shell("", { file: "/usr/bin/env", args: ["env"], env: ["A=1", "B=two words"] }));
    expect(names.output).toBe("A=1\nB=two words\n");
    expect((await run(shell("pwd", { cwd: "/usr" }))).output).toBe("/usr\n");
  });

  test("over its data limit fails to allocate, and under it does not", async () => {
    const allocate = (dataBytes: number) =>
      exitOf(shell("", { file: "/bin/dd", args: ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"], limits: { dataBytes } }));
    expect((await allocate(32 * MIB)).code).toBe(1);
    expect((await allocate(128 * MIB)).code).toBe(0);
  });

  test("has the other limits it was given", async () => {
    const limits = { coreBytes: 0, openFiles: 32, cpuSeconds: 50, fileSizeBytes: 1024 * 512 };
    const { output } = await run(
      shell("ulimit -c; ulimit -n; ulimit -t; ulimit -f; nice; cat /proc/self/oom_score_adj", { limits, niceness: 4, oomScoreAdj: 300 }),
    );
    expect(output).toBe("0\n32\n50\n1024\n4\n300\n");
  });

  test("gets a new data limit while it runs", async () => {
    let ended: ChildExit | undefined;
    const pid = binding.spawn(shell("sleep 60"), (exit) => {
      ended = exit;
    });
    binding.setDataLimit(pid, 50 * MIB);
    expect(() => binding.setDataLimit(0, 1)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    process.kill(pid, "SIGKILL");
    await until(() => ended !== undefined, "the child ended");
    expect(ended).toMatchObject({ signal: 9 });
    expect(() => binding.setDataLimit(pid, 1)).toThrow(expect.objectContaining({ code: "ESRCH", operation: "prlimit" }));
  });

  test("that cannot start throws the errno of the step that failed", () => {
    const start = (options: Partial<SpawnOptions>) => () => binding.spawn(shell("exit 0", options), () => {});
    expect(start({ file: "/no/such" })).toThrow(expect.objectContaining({ code: "ENOENT", operation: "execve" }));
    expect(start({ file: "/etc/passwd" })).toThrow(expect.objectContaining({ code: "EACCES", operation: "execve" }));
    expect(start({ cwd: "/no/such" })).toThrow(expect.objectContaining({ code: "ENOENT", operation: "chdir" }));
    expect(start({ stdio: [12345] })).toThrow(expect.objectContaining({ code: "EBADF", operation: "dup2" }));
  });

  test("is refused with the name of a wrong option", () => {
    const start = (options: object) => () => binding.spawn({ ...shell("exit 0"), ...options }, () => {});
    expect(start({ args: [] })).toThrow(/args must be/);
    expect(start({ args: ["a\0b"] })).toThrow(/args must be a string without NUL/);
    expect(start({ env: [1] })).toThrow(/env must be/);
    expect(start({ stdio: [-2] })).toThrow(/stdio must be/);
    expect(start({ limits: { dataBytes: -1 } })).toThrow(/dataBytes must be/);
    expect(start({ limits: undefined })).toThrow(/limits must be/);
    expect(() => binding.spawn(shell("exit 0"), undefined as never)).toThrow(/onExit must be/);
  });

  test("lives beside the children of node:child_process, neither waiting for the other", async () => {
    const node = new Promise<number | null>((resolve) => spawnNode("/bin/sh", ["-c", "exit 5"]).on("exit", resolve));
    const exits = await Promise.all(Array.from({ length: 20 }, (_, code) => exitOf(shell(`exit ${code}`))));
    expect(exits.map((exit) => exit.code)).toEqual(Array.from({ length: 20 }, (_, code) => code));
    expect(await node).toBe(5);
  });

  test("dies with a parent that is killed", async () => {
    const script = `const { spawn } = require(${JSON.stringify(ADDON_PATH)});
      const options = ${JSON.stringify(shell("sleep 100"))};
      console.log(spawn(options, () => {}));`;
    const parent = spawnNode(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const pid = await new Promise<number>((resolve) => parent.stdout.on("data", (data) => resolve(Number(data))));
    expect(isRunning(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isRunning(pid), "the child of the killed parent is gone");
  });
});

test("an exception in the exit callback is uncaught, as in any event handler", async () => {
  const script = `process.on("uncaughtException", (error) => { console.log(error.message); process.exit(9); });
    require(${JSON.stringify(ADDON_PATH)}).spawn(${JSON.stringify(shell("exit 0"))}, () => { throw new Error("from onExit"); });`;
  const child = spawnNode(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(9);
  expect(output).toBe("from onExit\n");
});
