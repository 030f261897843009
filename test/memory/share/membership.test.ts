import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { binding } from "../../../src/binding/index.ts";
import { doorName, jobName } from "../../../src/memory/share/job-names.ts";
import { BuiltMm } from "../../cli/built-mm.ts";
import { type RealCgroup, realCgroup } from "../real-cgroup.ts";

const MIB = 1024 ** 2;
const LIMIT_BYTES = 2048 * MIB;
const MEMBER = join(dirname(fileURLToPath(import.meta.url)), "member.mjs");

const cgroup = realCgroup(LIMIT_BYTES);
if (typeof cgroup === "string") console.log(`skipped: jobs that share a cgroup, because ${cgroup}`);

describe.skipIf(typeof cgroup === "string")("jobs in one cgroup", () => {
  if (typeof cgroup === "string") return;
  let built: BuiltMm;
  const members: Member[] = [];
  beforeAll(() => {
    built = new BuiltMm("unbundled");
  }, 120_000);
  afterEach(async () => {
    await Promise.all(members.splice(0).map((member) => member.kill()));
  });
  afterAll(() => {
    built[Symbol.dispose]();
    cgroup[Symbol.dispose]();
  });

  const group = () => {
    const { dev, ino } = statSync(cgroup.folder, { bigint: true });
    return `${dev.toString(16)}-${ino.toString(16)}-${/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0]}`;
  };
  const join1 = (where: RealCgroup = cgroup) => {
    const argv = where.enter([process.execPath, MEMBER, join(built.folder, "dist/memory/index.js")]);
    const member = new Member(argv);
    members.push(member);
    return member;
  };
  const joined = async (count: number) => {
    const some = Array.from({ length: count }, () => join1());
    for (const member of some) expect(await member.joined).toBe("joined");
    return some;
  };

  it("that start at once find one ledger, all of them", async () => {
    const jobs = await joined(16);
    expect(await Promise.all(jobs.map((job) => job.do("others")))).toEqual(jobs.map(() => 15));
    await Promise.all(jobs.slice(1).map((job) => job.kill()));
    expect(await jobs[0]?.do("others")).toBe(0);
  }, 60_000);

  it("plan one after the other, and wait for what is held; what was killed gives back within a second", async () => {
    const [first, second, third] = await joined(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error("three joined");
    expect(await first.do("turn", 0)).toBe(true);
    const turn = second.do("turn", 0);
    expect(await Promise.race([turn, pause(300)])).toBe("still waiting");
    expect(await first.do("claim", 1200 * MIB)).toBe(1200 * MIB);
    expect(await turn).toBe(true);
    const claim = second.do("claim", 1000 * MIB);
    expect(await Promise.race([claim, pause(300)])).toBe("still waiting");
    const last = third.do("turn", 0);
    const sinceMs = performance.now();
    void first.kill();
    expect(await claim).toBe(1000 * MIB);
    expect(performance.now() - sinceMs).toBeLessThan(1000);
    expect(await last).toBe(true);
    expect(await third.do("claim", 700 * MIB)).toBe(700 * MIB);
    // Grown beyond what was claimed: only as far as the others leave it.
    expect(await second.do("cover", 1050 * MIB)).toBe(true);
    expect(await second.do("cover", 1400 * MIB)).toBe(false);
    await third.do("end");
    expect(await second.do("cover", 1400 * MIB)).toBe(true);
  }, 30_000);

  it("pass over one that takes long over its plan, and it is first again when it has one", async () => {
    const [first, second] = await joined(2);
    if (first === undefined || second === undefined) throw new Error("two joined");
    await first.do("turn", 0);
    const sinceMs = performance.now();
    expect(await second.do("turn", 0)).toBe(true);
    expect(performance.now() - sinceMs).toBeGreaterThan(1500);
    expect(await second.do("claim", 1200 * MIB)).toBe(1200 * MIB);
    const claim = first.do("claim", 1000 * MIB);
    expect(await Promise.race([claim, pause(300)])).toBe("still waiting");
    void second.kill();
    expect(await claim).toBe(1000 * MIB);
  }, 30_000);

  it("are told when even alone beside those that wait it cannot be had", async () => {
    const [first, second] = await joined(2);
    await first?.do("turn", 0);
    void second?.do("turn", 0);
    expect(await first?.do("claim", LIMIT_BYTES)).toBe(null);
  }, 30_000);

  it("know nothing of jobs in another one", async () => {
    const elsewhere = realCgroup(LIMIT_BYTES / 2);
    if (typeof elsewhere === "string") throw new Error(elsewhere);
    const [here] = await joined(1);
    const stranger = join1(elsewhere);
    expect(await stranger.joined).toBe("joined");
    expect([await here?.do("others"), await stranger.do("others")]).toEqual([0, 0]);
    await stranger.kill();
    await pause(300);
    elsewhere[Symbol.dispose]();
  }, 30_000);

  it("show their counters all the same when they are apart", async () => {
    const door = binding.takeName(doorName(group()));
    const member = join1();
    await member.joined;
    closeSync(door);
    const { parts, metadata } = binding.receiveHandover(jobName(group(), member.pid), member.pid, 1000);
    for (const { fd } of parts) closeSync(fd);
    expect([parts.length, JSON.parse(metadata)]).toEqual([
      1,
      { schema: "mm.counters/1", command: "member", pid: member.pid, version: "1" },
    ]);
    await joined(1);
  }, 30_000);

  it("go on apart, with a warning, while another program keeps the door", async () => {
    const door = binding.takeName(doorName(group()));
    const apart = await join1().joined;
    closeSync(door);
    expect(apart).toEqual({ reason: "another program keeps the door to it", isWarning: true });
    await joined(1);
  }, 30_000);

  it("make no second ledger while a stopped one has the first", async () => {
    const [first] = await joined(1);
    first?.signal("SIGSTOP");
    expect(await join1().joined).toMatchObject({ reason: expect.stringContaining("is it stopped?"), isWarning: true });
    first?.signal("SIGCONT");
    await joined(1);
    expect(await first?.do("others")).toBe(1);
  }, 30_000);
});

function pause(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve("still waiting"), milliseconds));
}

class Member {
  readonly joined: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor([file = "", ...args]: string[]) {
    this.#child = spawn(file, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#exit = once(this.#child, "exit");
    this.joined = this.#next().then((message) => message.joined);
  }

  async do(act: string, bytes = 0): Promise<unknown> {
    const next = this.#next();
    this.#child.send({ act, bytes });
    return (await next).answer;
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#exit;
  }

  #next(): Promise<{ readonly joined?: unknown; readonly answer?: unknown }> {
    return new Promise((resolve) => {
      this.#child.once("message", resolve);
      this.#child.once("exit", () => resolve({}));
    });
  }
}
