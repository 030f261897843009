import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import type { ProfileResult, Report } from "../../src/commands/index.ts";
import { readCapture } from "../../src/profile/index.ts";
import { hasTerminal, pressCtrlC } from "../cli/terminal.ts";
import { MmSession } from "../transcode/run-mm.ts";

const MIB = 1024 * 1024;

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
});
afterAll(() => session[Symbol.dispose]());

const profile = (...args: string[]) => session.run(["profile", "-y", "-o", "a.mmprof", ...args]);
const report = (stdout: string) => JSON.parse(stdout) as Report<ProfileResult>;
/** Holds so many MiB for so long, then ends with a code. */
const holder = (mib: number, ms = 400, code = 0) =>
  `const b = Buffer.alloc(${mib} * 1048576, 1); setTimeout(() => process.exit(b.length > 0 ? ${code} : 99), ${ms})`;

describe("the command that is profiled", () => {
  it.each([
    ["its code", "exit 7", 7],
    ["success", "true", 0],
    ["a signal", "kill -TERM $$", 143],
    ["being killed", "kill -KILL $$", 137],
  ])("gives %s on", (_, script, code) => {
    expect(profile("-q", "--", "sh", "-c", script)).toMatchObject({ code, stdout: "", stderr: "" });
  });

  it("has stdin, stdout and stderr for itself", () => {
    const { code, stdout, stderr } = session.run(["profile", "-q", "-y", "-o", "a.mmprof", "--", "sh", "-c", "cat; echo to stderr >&2"], {
      input: Buffer.from("from stdin\n"),
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "from stdin\n", stderr: "to stderr\n" });
  });

  it("writes to stderr where the report has stdout", () => {
    const { stdout, stderr } = profile("--json", "--", "echo", "hello");
    expect(stderr).toContain("hello\n");
    expect(report(stdout)).toMatchObject({ command: "profile", ok: true, result: { action: "run", exitCode: 0, captures: ["a.mmprof"] } });
  });

  it("is looked for before a file is made", () => {
    const { code, stderr } = session.run(["profile", "-o", "none.mmprof", "--", "no-such-program"]);
    expect(code).toBe(66);
    expect(stderr).toContain("no program is called no-such-program");
    expect(existsSync(session.path("none.mmprof"))).toBe(false);
  });

  it("is told of SIGTERM, and mm says how it ended", async () => {
    const run = session.start(["profile", "-y", "-o", "a.mmprof", "--", "sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.05; done"]);
    await sleep(1000);
    run.kill("SIGTERM");
    expect((await run.exit).code).toBe(9);
  });

  it.skipIf(!hasTerminal)("hears Ctrl-C of its terminal once", async () => {
    const out = session.path("interrupted");
    writeFileSync(out, "");
    const script = `trap 'echo int >> ${out}; sleep 0.3; exit 9' INT; echo up; while :; do sleep 0.05; done`;
    const code = await pressCtrlC([
      process.execPath,
      session.bin,
      "profile",
      "-q",
      "-y",
      "-o",
      session.path("a.mmprof"),
      "--",
      "sh",
      "-c",
      script,
    ]);
    expect([code, readFileSync(out, "utf8")]).toEqual([9, "int\n"]);
  });

  it("is not run again once the user has ended it", async () => {
    const script = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";
    const run = session.start(["profile", "-q", "-y", "--repeat", "3", "-o", "ended.mmprof", "--", "sh", "-c", script]);
    await sleep(1000);
    run.kill("SIGTERM");
    expect((await run.exit).code).toBe(0);
    expect(readdirSync(session.folder).filter((name) => name.startsWith("ended"))).toEqual(["ended.1.mmprof"]);
  });

  it("leaves nothing of the channel to its heaps behind", () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith("mm-profile-"));
    profile("-q", "--", process.execPath, "-e", "0");
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("mm-profile-"))).toEqual(before);
  });
});

describe("gates", () => {
  it("pass below and fail above, and say by how much", () => {
    const args = ["--", process.execPath, "-e", holder(100)];
    expect(profile("-q", "--fail-above", "300M", ...args).code).toBe(0);
    const failed = profile("--fail-above", "60M", "--fail-above", "300M:pss:each", ...args);
    expect(failed.code).toBe(3);
    expect(failed.stderr).toMatch(/FAIL {2}--fail-above 60M: 1\d\d\.\d MiB, above 60\.0 MiB/);
    expect(failed.stderr).toMatch(/pass {2}--fail-above 300M:pss:each/);
  });

  it("measure the target, without mm", () => {
    const { result } = report(profile("--json", "--", process.execPath, "-e", holder(100)).stdout);
    expect(result.peakBytes).toBeGreaterThan(100 * MIB);
    expect(result.peakBytes).toBeLessThan(125 * MIB);
  });

  it("fail on an increase over the report of an earlier run, by the median of several", () => {
    const small = ["--", process.execPath, "-e", holder(40)];
    expect(profile("-q", "--report", "base.json", "--repeat", "3", ...small).code).toBe(0);
    expect(readdirSync(session.folder).filter((name) => /^a\.[123]\.mmprof$/.test(name))).toHaveLength(3);
    const gate = ["--fail-on-increase", "20%", "--baseline", "base.json"];
    expect(profile("-q", ...gate, ...small).code).toBe(0);
    const grown = profile(...gate, "--", process.execPath, "-e", holder(80));
    expect(grown.code).toBe(3);
    expect(grown.stderr).toMatch(/FAIL {2}--fail-on-increase 20%: .* above .*, \+\d+\.\d % of base\.json/);
  });

  it("fail on a leak, and not on a program that holds what it has", () => {
    const leak = "const a = []; setInterval(() => a.push(new Array(4e4).fill(a.length)), 25); setTimeout(() => process.exit(), 14_000)";
    const failed = profile("--fail-on-leak", "--", process.execPath, "-e", leak);
    expect(failed.stderr).toContain("FAIL  --fail-on-leak: leak");
    expect(failed.code).toBe(3);
    expect(profile("--fail-on-leak", "--", process.execPath, "-e", holder(50, 6000)).code).toBe(0);
  });
});

describe("what is made of a capture", () => {
  const program =
    "const a = []; function keep() { a.push(new Array(1e5).fill(a.length)); } for (let i = 0; i < 60; i += 1) keep(); setTimeout(() => a, 500)";

  it("page, speedscope, pprof and Markdown at the end of the run", () => {
    const run = profile(
      "--stacks",
      "--html",
      "a.html",
      "--speedscope",
      "a.json",
      "--pprof",
      "a.pb.gz",
      "--summary",
      "--",
      process.execPath,
      "-e",
      program,
    );
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^### .* mm profile: /);
    expect(readFileSync(session.path("a.html"), "utf8")).toContain("Content-Security-Policy");
    expect(JSON.parse(readFileSync(session.path("a.json"), "utf8"))).toMatchObject({ shared: { frames: expect.any(Array) } });
    expect(gunzipSync(readFileSync(session.path("a.pb.gz"))).toString("latin1")).toContain("keep");
  });

  it("the same later, and as JSON", () => {
    const text = session.run(["profile", "view", "a.mmprof"]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^tree {6}\d+\.\d MiB at /);
    const { result } = report(session.run(["profile", "view", "a.mmprof", "--json"]).stdout);
    expect(result).toMatchObject({ action: "view", exitCode: null, profile: { schema: "mm.profile/1", findings: expect.any(Array) } });
  });

  it("two of them compared", () => {
    session.run(["profile", "-q", "-y", "-o", "b.mmprof", "--", process.execPath, "-e", holder(90)]);
    const same = session.run(["profile", "diff", "a.mmprof", "a.mmprof", "--fail-on-increase", "1%"]);
    expect(same).toMatchObject({ code: 0, stderr: "" });
    const grown = session.run(["profile", "diff", "a.mmprof", "b.mmprof", "--fail-on-increase", "10%", "--html", "d.html", "-y"]);
    expect(grown.code).toBe(3);
    expect(grown.stdout).toMatch(/FAIL {2}--fail-on-increase 10%/);
    expect(existsSync(session.path("d.html"))).toBe(true);
  });

  it("a file that is no capture is refused by name", () => {
    writeFileSync(session.path("x.mmprof"), "no capture at all");
    expect(session.run(["profile", "view", "x.mmprof"])).toMatchObject({ code: 65, stderr: expect.stringContaining("is no capture") });
    expect(session.run(["profile", "view", "none.mmprof"]).code).toBe(66);
    execFileSync("mkfifo", [session.path("pipe")]);
    for (const path of ["pipe", "/dev/zero"]) {
      expect(session.run(["profile", "view", path])).toMatchObject({ code: 66, stderr: expect.stringContaining(`${path} is no file`) });
      expect(session.run(["profile", "diff", path, "x.mmprof"])).toMatchObject({ code: 66, stderr: expect.stringContaining("is no file") });
    }
  });

  it("never takes the place of the capture, nor of each other", () => {
    const before = readFileSync(session.path("a.mmprof"));
    expect(session.run(["profile", "view", "a.mmprof", "--html", "a.mmprof", "-y"])).toMatchObject({
      code: 64,
      stderr: expect.stringContaining("the output a.mmprof is the input"),
    });
    expect(readFileSync(session.path("a.mmprof")).equals(before)).toBe(true);
    const twice = session.run(["profile", "-y", "-o", "two.mmprof", "--html", "./two.mmprof", "--", "true"]);
    expect(twice).toMatchObject({ code: 64, stderr: expect.stringContaining("two outputs are called ./two.mmprof") });
  });

  it("nothing that is there is replaced unless that is asked for", () => {
    writeFileSync(session.path("mine.html"), "mine");
    const refused = session.run(["profile", "--html", "mine.html", "--", "true"]);
    expect(refused.code).toBe(73);
    expect(readFileSync(session.path("mine.html"), "utf8")).toBe("mine");
  });
});

it("a profiler that is killed leaves a capture that can be read, and its command alone", async () => {
  const run = session.start(["profile", "-y", "-o", "k.mmprof", "--", "sh", "-c", "sleep 4; echo done > finished"]);
  await sleep(2500);
  run.kill("SIGKILL");
  await run.exit;
  const { tables, end } = readCapture(session.path("k.mmprof"));
  expect(tables.tree.atMs.length).toBeGreaterThan(10);
  expect(end).toBeUndefined();
  expect(session.run(["profile", "view", "k.mmprof"]).stdout).toContain("The capture was cut off");
  for (let waited = 0; waited < 8000 && !existsSync(session.path("finished")); waited += 100) await sleep(100);
  expect(existsSync(session.path("finished"))).toBe(true);
});

describe("attaching", () => {
  it("to a process that runs, for a time", async () => {
    const run = session.start(["profile", "-y", "-q", "-o", "k.mmprof", "--", process.execPath, "-e", holder(70, 6000)]);
    await sleep(1500);
    const { stdout } = session.run(["profile", "attach", String(run.pid), "--duration", "1.5", "-o", "t.mmprof", "-y", "--json"]);
    const { result } = report(stdout);
    expect(result).toMatchObject({ action: "attach", exitCode: null, processes: 2 });
    expect(result.peakBytes).toBeGreaterThan(70 * MIB);
    run.kill("SIGTERM");
    await run.exit;
  });

  it("to a running job of mm shows its ledger by owner, its phases and its limit", async () => {
    writeFileSync(session.path("in.fasta"), [...makeSequences({ kind: "protein", bytes: 60e6, seed: 5 })].join(""));
    const job = session.start(["reduce", "-i", "in.fasta", "-o", "out.fasta", "-y", "-q", "--max-memory", "160M"]);
    await sleep(700);
    expect(session.run(["profile", "attach", String(job.pid), "--duration", "20", "-o", "j.mmprof", "-y", "-q"]).code).toBe(0);
    expect((await job.exit).code).toBe(0);
    const { tables, events } = readCapture(session.path("j.mmprof"));
    expect(Math.max(...tables.job.ledgerBytes)).toBeGreaterThan(32 * MIB);
    expect(tables.job.limitBytes[0]).toBe(160 * MIB);
    const owners = events.filter((event) => event.type === "owners");
    expect(owners.flatMap((event) => event.owners.map(({ tag }) => tag))).toContain("runtime.baseline");
    expect(new Set(owners.map(({ phase }) => phase)).size).toBeGreaterThan(1);
  });

  it("to nobody is refused", () => {
    expect(session.run(["profile", "attach", "4194303", "-o", "t.mmprof", "-y"])).toMatchObject({
      code: 66,
      stderr: expect.stringContaining("no process"),
    });
  });
});

const SHARING = `
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
enum { MIB = 1 << 20 };
int main(void) {
  char *shared = mmap(0, 128 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(shared, 1, 128 * MIB);
  for (int child = 0; child < 3; child++) {
    if (fork() != 0) continue;
    volatile long sum = 0;
    for (long at = 0; at < 128 * MIB; at += 4096) sum += shared[at];
    char *own = malloc(20 * MIB);
    memset(own, 1, 20 * MIB);
    sleep(3);
    _exit(0);
  }
  while (wait(0) > 0) {
  }
  return 0;
}
`;

it("shared pages that several processes fault in while they are measured are counted once", (context) => {
  writeFileSync(session.path("sharing.c"), SHARING);
  if (spawnSync("cc", ["-O1", "-o", session.path("sharing"), session.path("sharing.c")]).status !== 0) context.skip("no C compiler");
  // It stays for long enough to be measured on a busy machine too.
  for (let run = 0; run < 3; run += 1) {
    const { result } = report(profile("--json", "--", "./sharing").stdout);
    if (result.cgroupPeakBytes === null) context.skip("no cgroup of its own can be made, and without it nothing bounds the sum");
    expect(result.peakBytes).toBeGreaterThan(0.96 * 188 * MIB);
    expect(result.peakBytes).toBeLessThan(1.02 * 188 * MIB);
  }
});

it("--stacks shows what was alive when most was, though a program lets go of all of it at its end", () => {
  const program =
    "let kept = []; const keep = () => kept.push(new Array(2e5).fill(kept.length)); for (let i = 0; i < 40; i += 1) keep(); setTimeout(() => { kept = null; }, 2600); setTimeout(() => 0, 4200)";
  expect(profile("-q", "--stacks", "--fail-on-leak", "--", process.execPath, "-e", program).code).toBe(0);
  const stacks = readCapture(session.path("a.mmprof")).events.flatMap((event) => (event.type === "stacks" ? [event.stacks] : []));
  const bytes = stacks.at(-1)?.samples.reduce((sum, { weight }) => sum + weight, 0);
  expect(bytes).toBeGreaterThan(30 * MIB);
});
