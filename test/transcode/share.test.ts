import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readlinkSync, rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { binding } from "../../src/binding/index.ts";
import { readOomKills } from "../../src/memory/cgroup.ts";
import { listJobs, readJobCounters, readProcessTree } from "../../src/memory/index.ts";
import { kernelTree } from "../memory/kernel-tree.ts";
import { realCgroup } from "../memory/real-cgroup.ts";
import { engines, MmSession } from "./run-mm.ts";

const MIB = 1024 ** 2;
/** One job of the clip below takes 230 MiB, and two more that wait 30 MiB each. */
const LIMIT_BYTES = 450 * MIB;

const engine = engines()[0]?.path;
const cgroup = engine === undefined ? "no ffmpeg is installed" : realCgroup(LIMIT_BYTES);
if (typeof cgroup === "string") console.log(`skipped: transcodes that share a cgroup, because ${cgroup}`);

describe.skipIf(typeof cgroup === "string")("transcodes in one cgroup", () => {
  if (typeof cgroup === "string" || engine === undefined) return;
  let mm: MmSession;
  let clip = "";
  beforeAll(() => {
    mm = new MmSession();
    clip = mm.path("cache/clip.mp4");
    const source = ["-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=2,noise=alls=8:allf=t"];
    // The session's cache folder is there after its first run.
    mm.run(["doctor"]);
    spawnSync("mkdir", ["-p", mm.path("cache")]);
    const { status, stderr } = spawnSync(engine, [
      "-v",
      "error",
      ...source,
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-pix_fmt",
      "yuv420p",
      clip,
    ]);
    if (status !== 0) throw new Error(String(stderr));
  }, 120_000);
  afterEach(() => {
    for (const name of mm.leftovers()) rmSync(mm.path(name), { recursive: true, force: true });
  });
  afterAll(async () => {
    mm[Symbol.dispose]();
    await pause(300);
    cgroup[Symbol.dispose]();
  });

  /** A transcode in the cgroup, and what it says as JSON lines. */
  const start = (output: string, ...more: string[]) => {
    const args = ["transcode", clip, output, "--ffmpeg", engine, "--preset", "veryfast", "--progress", "json", ...more];
    const [file = "", ...argv] = cgroup.enter([process.execPath, mm.bin, ...args]);
    const child = spawn(file, argv, {
      cwd: mm.folder,
      env: { ...process.env, XDG_CACHE_HOME: mm.path("cache") },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (data) => {
      text += data;
    });
    const exit = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
    const says = async (words: string) => {
      for (let tries = 0; !text.includes(words); tries += 1) {
        if (tries > 1500 || child.exitCode !== null) throw new Error(`without ${words}: ${text}`);
        await pause(20);
      }
    };
    const report = () => JSON.parse(text.split("\n").findLast((line) => line.includes('"type":"report"')) ?? "{}");
    return { pid: child.pid ?? -1, exit, says, report, said: () => text, kill: (signal: NodeJS.Signals) => child.kill(signal) };
  };
  const packets = (name: string) =>
    spawnSync(engine, ["-v", "error", "-i", mm.path(name), "-map", "0", "-c", "copy", "-f", "md5", "-"], { encoding: "utf8" }).stdout;
  const oomKills = () => {
    using tree = kernelTree({ "proc/self/cgroup": cgroup.line });
    return readOomKills({ procRoot: tree.procRoot, cgroupRoot: "/sys/fs/cgroup" });
  };

  it("that do not fit side by side follow each other, with the same packets as alone", async () => {
    const lone = start("lone.mp4");
    expect(await lone.exit, lone.said()).toBe(0);
    const jobs = ["a.mp4", "b.mp4", "c.mp4"].map((name) => start(name));
    for (const job of jobs) expect(await job.exit, job.said()).toBe(0);
    expect(["a.mp4", "b.mp4", "c.mp4"].map(packets)).toEqual(Array.from({ length: 3 }, () => packets("lone.mp4")));
    const reports = jobs.map((job) => job.report());
    expect(reports.map(({ result }) => result.lowered)).toEqual([[], [], []]);
    expect(Math.max(...reports.map(({ memory }) => memory.admissionWaitMs))).toBeGreaterThan(200);
    expect(jobs.filter((job) => /waiting for memory: .* held by [12] other mm jobs? \(pid \d+ transcode/.test(job.said()))).not.toEqual([]);
    expect(oomKills()).toBe(0);
  }, 120_000);

  it("say what they are at, and a job that waits ends at once when it is told to", async () => {
    const first = start("a.mp4", "--preset", "slow");
    await first.says('"phase":"encode"');
    const second = start("b.mp4");
    await second.says('"type":"waiting"');
    const [encoding, waiting] = [readJobCounters(first.pid), readJobCounters(second.pid)];
    expect(encoding).toMatchObject({ pid: first.pid, command: "transcode", phase: "encode", total: 50, limitBytes: LIMIT_BYTES });
    expect(waiting).toMatchObject({ pid: second.pid, command: "transcode", phase: "wait" });
    expect(encoding?.childrenBytes).toBeGreaterThan(10 * MIB);
    expect(encoding?.owners.map(({ tag }) => tag)).toContain("lane.ffmpeg");
    expect(Math.abs((encoding?.ownBytes ?? 0) - readProcessTree(first.pid).ownBytes)).toBeLessThan(20 * MIB);
    // What is shared never reaches a child.
    const children = binding.processTree(first.pid).filter((pid) => pid !== first.pid);
    const links = children.flatMap((pid) => descriptorsOf(pid));
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => /socket:|memfd:|eventfd/.test(link))).toEqual([]);
    const sinceMs = performance.now();
    second.kill("SIGINT");
    expect(await second.exit).toBe(130);
    expect(performance.now() - sinceMs).toBeLessThan(3000);
    expect(readdirSync(mm.folder).filter((name) => name.includes("b.mp4"))).toEqual([]);
    first.kill("SIGKILL");
    await first.exit;
    expect(readJobCounters(first.pid)).toBeUndefined();
  }, 60_000);

  it("go on once the one that holds the memory is killed", async () => {
    const first = start("a.mp4", "--preset", "slow");
    await first.says('"phase":"encode"');
    const second = start("b.mp4");
    await second.says('"type":"waiting"');
    await pause(300);
    const sinceMs = performance.now();
    first.kill("SIGKILL");
    await second.says('"type":"plan"');
    // 40 ms where no other program has the processors.
    expect(performance.now() - sinceMs).toBeLessThan(2000);
    expect(await second.exit, second.said()).toBe(0);
    expect(oomKills()).toBe(0);
  }, 60_000);

  it("with --no-share are nowhere to be seen, and plan with what is left", async () => {
    const job = start("a.mp4", "--no-share");
    await job.says('"phase":"encode"');
    expect(listJobs().map(({ pid }) => pid)).not.toContain(job.pid);
    expect(await job.exit, job.said()).toBe(0);
  }, 60_000);
});

function descriptorsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
