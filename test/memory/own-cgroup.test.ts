import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SYSTEM_ROOTS } from "../../src/memory/kernel-file.ts";
import { OwnCgroup } from "../../src/memory/own-cgroup.ts";
import { processIdentity } from "../../src/memory/process-identity.ts";
import { kernelTree } from "./kernel-tree.ts";

const MIB = 1024 * 1024;

/** v2 with this process in /user.slice/job.scope. */
const unified = (controllers: Record<string, string>, stat = "7 (mm) S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4711 0") =>
  kernelTree({
    "proc/self/cgroup": "0::/user.slice/job.scope\n",
    "proc/self/stat": stat,
    "cgroup/cgroup.controllers": "cpu memory\n",
    "cgroup/user.slice/job.scope/cgroup.procs": "7\n",
    ...controllers,
  });

const refuse = () => {
  throw new Error("no cgroup was made");
};

/** As rmdir(2) does with the kernel's own files, which go with their folder. */
function emptied(made: OwnCgroup): OwnCgroup {
  for (const name of ["memory.max"]) rmSync(join(made.folder, name));
  return made;
}

describe("on v2", () => {
  it("is made beside this process's own cgroup, where the parent hands memory down, and removed", async () => {
    using tree = unified({ "cgroup/user.slice/cgroup.subtree_control": "cpu memory\n" });
    const made = OwnCgroup.make(64 * MIB, tree);
    if (typeof made === "string") return refuse();
    expect(made.folder).toBe(join(tree.cgroupRoot, "user.slice", "mm--7-4711"));
    expect(made.procs).toBe(join(made.folder, "cgroup.procs"));
    expect(readFileSync(join(made.folder, "memory.max"), "utf8")).toBe(String(64 * MIB));
    await emptied(made)[Symbol.asyncDispose]();
    expect(existsSync(made.folder)).toBe(false);
  });

  it("is made below it where that one hands memory down itself", async () => {
    using tree = unified({ "cgroup/user.slice/job.scope/cgroup.subtree_control": "memory\n" });
    const made = OwnCgroup.make(MIB, tree);
    if (typeof made === "string") return refuse();
    expect(made.folder).toBe(join(tree.cgroupRoot, "user.slice", "job.scope", "mm--7-4711"));
    await emptied(made)[Symbol.asyncDispose]();
  });

  it("is refused with the reason where nobody hands memory down", () => {
    using tree = unified({ "cgroup/user.slice/cgroup.subtree_control": "cpu\n" });
    expect(OwnCgroup.make(MIB, tree)).toMatch(/job\.scope does not hand the memory controller down/);
    using none = kernelTree({ "proc/self/cgroup": "" });
    expect(OwnCgroup.make(MIB, none)).toBe("the kernel shows no memory controller");
  });

  it("tells its peak and the kernel's kills", async () => {
    using tree = unified({ "cgroup/user.slice/cgroup.subtree_control": "memory\n" });
    const made = OwnCgroup.make(MIB, tree);
    if (typeof made === "string") return refuse();
    expect([made.peakBytes(), made.oomKills()]).toEqual([undefined, 0]);
    writeFileSync(join(made.folder, "memory.peak"), "123456\n");
    writeFileSync(join(made.folder, "memory.events"), "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 1\n");
    expect([made.peakBytes(), made.oomKills()]).toEqual([123456, 2]);
    rmSync(join(made.folder, "memory.peak"));
    rmSync(join(made.folder, "memory.events"));
    await emptied(made)[Symbol.asyncDispose]();
  });

  it("is made although what an owner left that is gone cannot be ended, being another user's", async () => {
    // Writing to a folder fails whoever writes.
    using tree = unified({ "cgroup/user.slice/cgroup.subtree_control": "memory\n", "cgroup/user.slice/mm--9-1/cgroup.kill/x": "" });
    const made = OwnCgroup.make(MIB, tree);
    if (typeof made === "string") return refuse();
    expect(existsSync(join(tree.cgroupRoot, "user.slice", "mm--9-1"))).toBe(true);
    await emptied(made)[Symbol.asyncDispose]();
  });

  it("removes what an owner left that is gone, and leaves those of the living and of other names", async () => {
    using tree = unified({
      "cgroup/user.slice/cgroup.subtree_control": "memory\n",
      "proc/8/stat": "8 (mm) S 1 8 8 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9000 0",
    });
    const folders = ["mm--8-9000", "mm--8-1234", "mm--9-77", "mm-5-9-77", "other"].map((name) => join(tree.cgroupRoot, "user.slice", name));
    for (const folder of folders) mkdirSync(folder);
    const made = OwnCgroup.make(MIB, tree);
    if (typeof made === "string") return refuse();
    expect(folders.map((folder) => existsSync(folder))).toEqual([true, false, false, true, true]);
    await emptied(made)[Symbol.asyncDispose]();
  });
});

describe("one that only counts", () => {
  it("sets no limit", async () => {
    using tree = unified({ "cgroup/user.slice/job.scope/cgroup.subtree_control": "memory\n" });
    const made = OwnCgroup.make(undefined, tree);
    if (typeof made === "string") return refuse();
    expect(made.folder).toBe(join(tree.cgroupRoot, "user.slice", "job.scope", "mm-counted--7-4711"));
    expect(existsSync(join(made.folder, "memory.max"))).toBe(false);
    await made[Symbol.asyncDispose]();
    expect(existsSync(made.folder)).toBe(false);
  });

  it.each([
    ["memory.max", "1073741824\n", false],
    ["pids.max", "100\n", false],
    ["cpu.max", "max 100000\n", true],
    ["memory.high", "max\n", true],
  ])("is made beside this process's own only where that has no limit: %s %s", async (name, content, isMade) => {
    using tree = unified({
      "cgroup/user.slice/cgroup.subtree_control": "memory\n",
      [`cgroup/user.slice/job.scope/${name}`]: content,
    });
    const made = OwnCgroup.make(undefined, tree);
    if (!isMade) return expect(made).toMatch(/^the limits of .*job\.scope would not hold in a cgroup beside it$/);
    if (typeof made === "string") return refuse();
    await made[Symbol.asyncDispose]();
  });
});

describe("the kernel's own", () => {
  const probe = OwnCgroup.make(64 * MIB);
  const reason = typeof probe === "string" ? probe : "";
  if (reason !== "") console.info(`skipped: ${reason}`);

  it.skipIf(reason !== "")("is removed when its last process is gone, and holds a hog", async () => {
    if (typeof probe === "string") return;
    expect(readFileSync(probe.procs, "utf8")).toBe("");
    const script = 'echo $$ > "$1"; exec "$0" -e "Buffer.alloc(200 * 1048576, 1); setTimeout(() => {}, 60000)"';
    const child = spawn("/bin/sh", ["-c", script, process.execPath, probe.procs], { stdio: "ignore" });
    const signal = await new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
    expect([signal, probe.oomKills()]).toEqual(["SIGKILL", 1]);
    expect(probe.peakBytes()).toBeGreaterThan(60 * MIB);
    expect(probe.peakBytes()).toBeLessThanOrEqual(64 * MIB);
    await probe[Symbol.asyncDispose]();
    expect(existsSync(probe.folder)).toBe(false);
  });

  it.skipIf(reason !== "")("is cleared of the processes of an owner that is gone", async () => {
    if (typeof probe === "string") return;
    const { pidNamespace } = processIdentity(SYSTEM_ROOTS);
    const abandoned = join(probe.folder, "..", `mm-${pidNamespace}-${process.pid}-1`);
    mkdirSync(abandoned);
    const child = spawn("/bin/sh", ["-c", 'echo $$ > "$0/cgroup.procs"; echo in; exec sleep 60', abandoned]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const ended = new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
    const first = OwnCgroup.make(64 * MIB);
    expect(await ended).toBe("SIGKILL");
    if (typeof first !== "string") await first[Symbol.asyncDispose]();
    const second = OwnCgroup.make(64 * MIB);
    if (typeof second !== "string") await second[Symbol.asyncDispose]();
    expect(existsSync(abandoned)).toBe(false);
  });

  it.skipIf(reason !== "")("that only counts leaves the processes of an owner that is gone alone", async () => {
    if (typeof probe === "string") return;
    const { pidNamespace } = processIdentity(SYSTEM_ROOTS);
    const abandoned = join(probe.folder, "..", `mm-counted-${pidNamespace}-${process.pid}-1`);
    mkdirSync(abandoned);
    const child = spawn("/bin/sh", ["-c", 'echo $$ > "$0/cgroup.procs"; echo in; exec sleep 60', abandoned]);
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const ended = new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
    for (const isAlive of [true, false]) {
      const made = OwnCgroup.make(undefined);
      if (typeof made === "string") return refuse();
      await made[Symbol.asyncDispose]();
      expect(existsSync(abandoned)).toBe(isAlive);
      child.kill("SIGTERM");
      expect(await ended).toBe("SIGTERM");
    }
  });
});
