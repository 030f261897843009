import { spawn as spawnNode } from "node:child_process";
import { mkdtempSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { InputMissingError, IoError, PermissionError } from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import { Guest, type GuestOptions } from "../../src/process/index.ts";
import { ADDON_PATH, isRunning, until } from "../binding/addon.ts";

const folder = mkdtempSync(join(tmpdir(), "mm-guest-"));
const SHELL = { command: "sh", searchPath: "/usr/bin:/bin" };
let made = 0;

/** Runs a shell script as a guest. @returns its exit and what it wrote into the file it has as $OUT */
async function run(script: string, more: Partial<GuestOptions> = {}) {
  const out = join(folder, `out-${made++}`);
  writeFileSync(out, "");
  await using guest = new Guest({ ...SHELL, args: ["-c", script], ...more, env: { OUT: out, ...more.env } });
  const exit = await guest.exit;
  return { exit, output: readFileSync(out, "utf8") };
}

const statusOf = (pid: number, field: string) =>
  new RegExp(`^${field}:\\s+(\\S+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];

describe("a guest", () => {
  it("ends with its own code or signal", async () => {
    for (const code of [0, 1, 75, 137, 255]) expect((await run(`exit ${code}`)).exit).toMatchObject({ code, signal: 0 });
    expect((await run("kill -SEGV $$")).exit).toMatchObject({ code: -1, signal: 11 });
  });

  it("has this process's group, session, privileges and huge pages", async () => {
    const script =
      "cut -d' ' -f5,6 /proc/$$/stat > $OUT; grep -E '^(NoNewPrivs|THP_enabled|Seccomp):' /proc/$$/status | sort | cut -f2 >> $OUT";
    const [group, session] = readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ").slice(2, 4) ?? [];
    const own = ["NoNewPrivs", "Seccomp", "THP_enabled"].map((field) => statusOf(process.pid, field));
    expect((await run(script)).output.split("\n").filter((line) => line !== "")).toEqual([`${group} ${session}`, ...own]);
  });

  it("has this process's environment with what is changed in it, once each", async () => {
    const entries = (text: string) =>
      text
        .split("\0")
        .filter((entry) => !/^(OUT|HOME|_|PWD|SHLVL|OLDPWD)=|^$/.test(entry))
        .sort();
    const { output } = await run("cat /proc/$$/environ > $OUT", { env: { HOME: "/elsewhere" } });
    expect(entries(output)).toEqual(
      entries(
        Object.entries(process.env)
          .map(([name, value]) => `${name}=${value}`)
          .join("\0"),
      ),
    );
    expect(output.split("\0").filter((entry) => entry.startsWith("HOME="))).toEqual(["HOME=/elsewhere"]);
  });

  it("keeps the descriptors a shell handed over, and none that Node opened", async () => {
    const script = `const { spawn } = require(${JSON.stringify(ADDON_PATH)});
      spawn({ file: "/bin/sh", args: ["sh", "-c", "cat /dev/fd/40; ls /proc/$$/fd; :"], env: [], cwd: ".", stdio: [0, 1, 2],
        limits: {}, oomScoreAdj: 0, niceness: 0, isGuest: true }, () => {});`;
    const node = spawnNode("bash", ["-c", 'exec "$0" -e "$1" 40< <(echo handed over)', process.execPath, script]);
    let output = "";
    node.stdout.on("data", (chunk) => (output += chunk));
    await new Promise((resolve) => node.on("close", resolve));
    const [line, ...list] = output.trimEnd().split("\n");
    const low = list.filter((fd) => Number(fd) <= 40);
    expect([line, ...low]).toEqual(["handed over", "0", "1", "2", "40"]);
  });

  it("finds its program as a shell does, scripts without a first line too", async () => {
    writeFileSync(join(folder, "plain-script"), 'echo "$1" > $OUT\nexit 4\n', { mode: 0o755 });
    const { exit, output } = await run("", { command: "plain-script", args: ["word"], searchPath: `/usr/bin:${folder}` });
    expect([exit.code, output]).toEqual([4, "word\n"]);
    expect(() => new Guest({ ...SHELL, command: "/no/such", args: [] })).toThrow(InputMissingError);
    expect(() => new Guest({ ...SHELL, command: "/etc/passwd", args: [] })).toThrow(PermissionError);
    expect(() => new Guest({ ...SHELL, command: "true", args: [], cgroupProcs: "/proc/version" })).toThrow(IoError);
  });

  it("writes to the descriptor it is given for its standard output", async () => {
    const { readFd, writeFd } = binding.pipe(4096);
    await using guest = new Guest({ ...SHELL, command: "echo", args: ["hello"], stdoutFd: writeFd });
    await guest.exit;
    const bytes = Buffer.alloc(16);
    expect(bytes.toString("utf8", 0, readSync(readFd, bytes))).toBe("hello\n");
  });

  it("has its descendants counted when their parents are gone, in another session too, and reaped", async () => {
    await using guest = new Guest({ ...SHELL, args: ["-c", "setsid sh -c 'sleep 61 & sleep 62' & sleep 0.1; exit 0"] });
    await guest.exit;
    expect(
      guest
        .processes()
        .map((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim())
        .sort(),
    ).toEqual(["sh", "sleep", "sleep"]);
    expect(guest.signalAll("SIGTERM")).toBe(3);
    await until(() => guest.processes().length === 0, "orphans are gone");
  });

  it("is killed with all that came from it when it is disposed of, whatever it ignores", async () => {
    const guest = new Guest({ ...SHELL, args: ["-c", "trap '' TERM INT; (trap '' TERM; sleep 63; sleep 64) & sleep 65; sleep 66"] });
    await until(() => guest.processes().length > 2, "it has children");
    const pids = guest.processes();
    guest.signalAll("SIGTERM");
    await guest[Symbol.asyncDispose]();
    expect(await guest.exit).toMatchObject({ signal: 9 });
    expect(pids.filter(isRunning)).toEqual([]);
  });
});
