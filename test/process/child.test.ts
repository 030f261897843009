import { closeSync, existsSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { InputMissingError, PermissionError } from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import { type ChildOptions, spawnChild } from "../../src/process/index.ts";

const shell = (script: string, more: Partial<ChildOptions> = {}) =>
  spawnChild({ file: "/bin/sh", args: ["-c", script], env: {}, cwd: "/", stdout: "ignore", limits: {}, oomScoreAdj: 0, ...more });

describe("spawnChild", () => {
  it("hands over output line by line, a last line without a newline too", async () => {
    const lines: string[] = [];
    const result = await shell("printf 'one\\ntwo\\nthree'", { stdout: (line) => lines.push(line) }).exit;
    expect(lines).toEqual(["one", "two", "three"]);
    expect(result.code).toBe(0);
  });

  it("keeps standard error and control lines apart, and only the tail of a long standard error", async () => {
    const control: string[] = [];
    const result = await shell("echo hello >&3; i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 7", {
      control: (line) => control.push(line),
    }).exit;
    expect(control).toEqual(["hello"]);
    expect(result.code).toBe(7);
    expect(result.stderrTail.endsWith("line 2999\n")).toBe(true);
    expect(result.stderrTail.length).toBeLessThanOrEqual(8192);
  });

  it("gives the child the environment and folder it is told, and nothing else", async () => {
    const lines: string[] = [];
    await spawnChild({
      file: "/usr/bin/env",
      args: [],
      env: { ONLY: "this" },
      cwd: "/usr",
      stdout: (line) => lines.push(line),
      limits: {},
      oomScoreAdj: 0,
    }).exit;
    expect(lines).toEqual(["ONLY=this"]);
    const where: string[] = [];
    await shell("pwd -P", { cwd: "/usr", stdout: (line) => where.push(line) }).exit;
    expect(where).toEqual(["/usr"]);
  });

  it("writes to a descriptor of the caller", async () => {
    const pipe = binding.pipe(65_536);
    const child = shell("echo through", { stdout: pipe.writeFd });
    closeSync(pipe.writeFd);
    const socket = new Socket({ fd: pipe.readFd, readable: true }).setEncoding("utf8");
    let text = "";
    for await (const part of socket) text += part;
    expect(text).toBe("through\n");
    await child.exit;
  });

  it("raises what the kernel kills first and never lowers it", async () => {
    const lines: string[] = [];
    await shell("cat /proc/self/oom_score_adj", { oomScoreAdj: 800, stdout: (line) => lines.push(line) }).exit;
    expect(lines).toEqual(["800"]);
  });

  it("kills the child and its children on dispose", async () => {
    let grandchild = 0;
    {
      await using child = shell("sleep 60 & echo $! >&3; wait", { control: (line) => (grandchild = Number(line)) });
      for (let wait = 0; wait < 200 && grandchild === 0; wait += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(child.running).toBe(true);
    }
    expect(grandchild).toBeGreaterThan(0);
    for (let wait = 0; wait < 100 && isAlive(grandchild); wait += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAlive(grandchild)).toBe(false);
  });

  it("does not wait for a grandchild that keeps a pipe open", async () => {
    const startedMs = performance.now();
    const result = await shell("sleep 5 & exit 3").exit;
    expect(result.code).toBe(3);
    expect(performance.now() - startedMs).toBeLessThan(3000);
  });

  it("leaves nothing of its group behind when it ends by itself", async () => {
    const lines: string[] = [];
    await shell("sleep 60 & echo $!", { stdout: (line) => lines.push(line) }).exit;
    const grandchild = Number(lines[0]);
    expect(grandchild).toBeGreaterThan(0);
    for (let wait = 0; wait < 100 && isAlive(grandchild); wait += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(isAlive(grandchild)).toBe(false);
  });

  it("tells how much text came, from every pipe", async () => {
    let units = 0;
    await shell("printf four; printf three >&2; printf two >&3", {
      stdout: () => {},
      control: () => {},
      onText: (length) => {
        units += length;
      },
    }).exit;
    expect(units).toBe(12);
  });

  it("tells a missing program from one that may not run", () => {
    expect(() =>
      spawnChild({ file: "/no/such/program", args: [], env: {}, cwd: "/", stdout: "ignore", limits: {}, oomScoreAdj: 0 }),
    ).toThrow(InputMissingError);
    expect(() => spawnChild({ file: "/etc/passwd", args: [], env: {}, cwd: "/", stdout: "ignore", limits: {}, oomScoreAdj: 0 })).toThrow(
      PermissionError,
    );
  });
});

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}
