import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCgroup } from "../../src/memory/cgroup-path.ts";
import { SYSTEM_ROOTS } from "../../src/memory/index.ts";
import { Target } from "../../src/profile/index.ts";
import { compileTruth, type Tracking, trackingProblem, watchProgram } from "./watched-program.ts";

const truth = compileTruth();
const problem = "problem" in truth ? truth.problem : undefined;
const file = "file" in truth ? truth.file : "";
if (problem !== undefined) console.log(`skipped: ${problem}`);
afterAll(() => {
  if (file !== "") rmSync(dirname(file), { recursive: true, force: true });
});

/** Within a share of what is true: the programs themselves need about 0.1 MiB each. */
const within = (mib: number, share: number, processes = 1) => [mib * (1 - share), mib * (1 + share) + 0.15 * processes] as const;
function expectWithin(mib: number, [low, high]: readonly [number, number]) {
  expect(mib).toBeGreaterThanOrEqual(low);
  expect(mib).toBeLessThanOrEqual(high);
}

const variants: readonly Tracking[] = ["cgroup", "descendants", "ptrace"];

describe.skipIf(problem !== undefined).each(variants)("tracked by %s", (tracking) => {
  const see = async (...words: (string | number)[]) => await watchProgram(tracking, file, words.map(String));
  let refused: string | undefined;
  beforeAll(() => {
    refused = trackingProblem(tracking);
    if (refused !== undefined) console.log(`skipped: ${tracking}: ${refused}`);
  });

  it("sums what processes have at the same time, and not what they have one after the other", async ({ skip }) => {
    skip(refused !== undefined);
    const together = await see("together", 10, 20, 30);
    expectWithin(together.peakMib, within(60, 0.02, 4));
    expectWithin(together.measuredPeakMib, within(60, 0.02, 4));
    expect(together.peakProcesses).toBe(4);
    const inTurn = await see("in-turn", 10, 20, 30);
    expectWithin(inTurn.peakMib, within(30, 0.02, 2));
    expect(inTurn.lost).toBe(0);
  });

  it("counts memory that eight processes share once", async ({ skip }) => {
    skip(refused !== undefined);
    const seen = await see("shared", 64, 8);
    expectWithin(seen.peakMib, within(64, 0.02, 8));
    expect(seen.peakProcesses).toBe(8);
  });

  it("counts the pages of a fork once until somebody writes to them", async ({ skip }) => {
    skip(refused !== undefined);
    const seen = await see("copies", 64);
    expectWithin(seen.peakMib, within(128, 0.02, 2));
    const early = await see("daemon", 20);
    expectWithin(early.peakMib, within(20, 0.02, 2));
  });

  it("does not take the memory of a parent for that of the program its child becomes", async ({ skip }) => {
    skip(refused !== undefined);
    const seen = await see("exec", 300);
    expectWithin(seen.peakMib, within(330, 0.02, 2));
    const highest = seen.exits.map(({ highWaterMib }) => highWaterMib).sort((a, b) => a - b);
    expect(highest.length).toBe(4);
    for (const mib of highest.slice(0, 3)) expectWithin(mib, [29, 33]);
    expectWithin(highest[3] ?? 0, [299, 304]);
  });

  it("counts memory that a vfork borrows once", async ({ skip }) => {
    skip(refused !== undefined);
    const seen = await see("vfork", 100);
    expectWithin(seen.peakMib, within(101, 0.02, 2));
    expect(seen.exits.filter(({ highWaterMib }) => highWaterMib > 50).length).toBe(1);
  });

  it("counts huge pages", async ({ skip }) => {
    skip(refused !== undefined);
    expectWithin((await see("huge", 64)).peakMib, within(64, 0.02));
  });

  it("counts what is touched, not what is reserved, and no files in memory", async ({ skip }) => {
    skip(refused !== undefined);
    expectWithin((await see("sparse", 10_240, 32)).peakMib, within(32, 0.02));
    const inMemory = await see("file", 64);
    expectWithin(inMemory.peakMib, [0, 3]);
    if (inMemory.cgroupPeakMib !== undefined) expect(inMemory.cgroupPeakMib).toBeGreaterThan(64);
  });

  it("keeps to daemons, sessions of their own, forks of threads, and processes whose first thread ends", async ({ skip }) => {
    skip(refused !== undefined);
    const daemon = await see("daemon", 20);
    expect(daemon.exits.map(({ code }) => code)).toContain(9);
    expectWithin((await see("thread-forks")).peakMib, within(20, 0.02, 2));
    expectWithin((await see("first-thread-ends", 50)).peakMib, within(50, 0.02));
  });

  it("leaves alone what the program sees: signals, stops, ends", async ({ skip }) => {
    skip(refused !== undefined);
    const killed = await see("killed");
    expect(killed.exit).toEqual({ code: 0, signal: 0 });
    expectWithin(killed.peakMib, within(20, 0.02, 2));
    const stopped = await see("stopped");
    expect(stopped.exit).toEqual({ code: 0, signal: 0 });
    expectWithin(stopped.peakMib, within(20, 0.02, 2));
    if (tracking !== "ptrace") return;
    expect(killed.exits.map(({ signal }) => signal)).toContain(9);
    expect(stopped.exits.map(({ code }) => code)).toEqual([5, 0]);
  });

  it("knows of 100 MiB that a process of 5 ms had, where the kernel keeps count", async ({ skip }) => {
    skip(refused !== undefined);
    const seen = await see("spike", 300, 100);
    if (tracking === "cgroup") expectWithin(seen.cgroupPeakMib ?? 0, [100, 104]);
    if (tracking !== "ptrace") return;
    expect(seen.exits.length).toBe(301);
    expectWithin(Math.max(...seen.exits.map(({ highWaterMib }) => highWaterMib)), [100, 102]);
  });
});

/** Reserves huge pages, for as long as the result is not disposed. @returns undefined where that cannot be done */
function reserveHugePages(pages: number): Disposable | undefined {
  const knob = "/proc/sys/vm/nr_hugepages";
  try {
    const before = readFileSync(knob, "utf8");
    writeFileSync(knob, String(pages));
    const reservation = { [Symbol.dispose]: () => writeFileSync(knob, before) };
    if (Number(readFileSync(knob, "utf8")) >= pages) return reservation;
    reservation[Symbol.dispose]();
  } catch {
    // Neither root nor a knob.
  }
  return undefined;
}

describe.skipIf(problem !== undefined)("memory of other kinds", () => {
  it("counts pages of hugetlb, which no resident size shows", async ({ skip }) => {
    using reservation = reserveHugePages(40);
    if (reservation === undefined) {
      console.log("skipped: huge pages cannot be reserved here");
      return skip();
    }
    const seen = await watchProgram("descendants", file, ["hugetlb", "64"]);
    expect(seen.exit.code).toBe(0);
    expectWithin(seen.peakMib, within(64, 0.02));
  });
});

/** The folder of a process's memory cgroup. */
function cgroupOf(pid: number): string {
  const line = readFileSync(`/proc/${pid}/cgroup`, "utf8").split("\n");
  const path = line.map((each) => /^\d+:(?:memory|):(.*)$/.exec(each)?.[1]).find((each) => each?.includes("mm-counted"));
  const found = findCgroup(SYSTEM_ROOTS, "memory");
  return join(found?.folders.at(-1) ?? "", path ?? "");
}

describe.skipIf(problem !== undefined)("in a cgroup", () => {
  it("tells of processes that the kernel killed because memory was out", async ({ skip }) => {
    const refused = trackingProblem("cgroup");
    if (refused !== undefined) {
      console.log(`skipped: ${refused}`);
      return skip();
    }
    const seen = await watchProgram("cgroup", file, ["over", "200"], (pid) => {
      const folder = cgroupOf(pid);
      const isV1 = folder.startsWith("/sys/fs/cgroup/memory/");
      writeFileSync(join(folder, isV1 ? "memory.limit_in_bytes" : "memory.max"), String(64 * 1024 * 1024));
    });
    expect(seen.exit).toEqual({ code: 0, signal: 0 });
    expect(seen.oomKills).toBe(1);
    expectWithin(seen.cgroupPeakMib ?? 0, [60, 65]);
  });

  it("removes it at the end, and leaves it to what the command left behind", async ({ skip }) => {
    if (trackingProblem("cgroup") !== undefined) return skip();
    const target = new Target({ ...PLAIN, command: file, args: ["own", "1", "100"] });
    const folder = cgroupOf(target.pid);
    expect(readFileSync(join(folder, "cgroup.procs"), "utf8").trim()).toBe(String(target.pid));
    await target.exit;
    await target[Symbol.asyncDispose]();
    expect(() => readFileSync(join(folder, "cgroup.procs"))).toThrow();
  });
});

const PLAIN = { searchPath: undefined, env: {}, stdoutFd: undefined, intervalMs: 50, everyProcess: false } as const;
