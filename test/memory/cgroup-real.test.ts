import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { CgroupReader, readCgroupBounds } from "../../src/memory/cgroup.ts";
import { readMemoryLimit } from "../../src/memory/limit.ts";
import { readProcessTree } from "../../src/memory/procfs.ts";
import { kernelTree } from "./kernel-tree.ts";
import { realCgroup } from "./real-cgroup.ts";

const MIB = 1024 ** 2;
const LIMIT_BYTES = 512 * MIB;
const HOG_BYTES = 100 * MIB;
/** Kernel counters are batched per processor, and a process has a few pages besides those it was told to take. */
const TOLERANCE_BYTES = 3 * MIB;

const cgroup = realCgroup(LIMIT_BYTES);
if (typeof cgroup === "string") console.log(`skipped: memory cgroups of the kernel, because ${cgroup}`);

describe.skipIf(typeof cgroup === "string")("a memory cgroup of this kernel", () => {
  if (typeof cgroup === "string") return;
  afterAll(() => cgroup[Symbol.dispose]());

  /** A process in the cgroup that holds HOG_BYTES of anonymous memory while `act` runs. */
  const withHog = async (act: (pid: number) => void): Promise<void> => {
    const script = `const held = Buffer.alloc(${HOG_BYTES}, 1); console.log(held.length); setTimeout(() => {}, 60000)`;
    const [file = "", ...args] = cgroup.enter([process.execPath, "-e", script]);
    const hog = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    const exit = once(hog, "exit");
    try {
      await once(hog.stdout, "data");
      act(hog.pid ?? 0);
    } finally {
      hog.kill("SIGKILL");
      await exit;
    }
  };

  const boundsSeenFromInside = () => {
    using tree = kernelTree({ "proc/self/cgroup": cgroup.line, "proc/meminfo": readFileSync("/proc/meminfo", "latin1") });
    const roots = { procRoot: tree.procRoot, cgroupRoot: "/sys/fs/cgroup" };
    return readCgroupBounds(1024 * 1024 * MIB, roots);
  };

  it("says what the processes in it hold, as their own figures do", async () => {
    using reader = new CgroupReader(cgroup.folder, cgroup.version);
    const before = reader.usage();
    await withHog((pid) => {
      const { anonBytes, kernelBytes, unreclaimableBytes, usageBytes } = reader.usage();
      const tree = readProcessTree(pid);
      expect(Math.abs(anonBytes - before.anonBytes - tree.ownBytes)).toBeLessThan(TOLERANCE_BYTES);
      expect(kernelBytes).toBeGreaterThan(0);
      expect(kernelBytes).toBeLessThan(8 * MIB);
      expect(unreclaimableBytes).toBeGreaterThanOrEqual(anonBytes);
      expect(usageBytes).toBeGreaterThanOrEqual(HOG_BYTES);
    });
  });

  it("is found with its limit, and what others hold in it is taken off the budget", async () => {
    const request = { children: 1, engineBinaries: 1 };
    const budgetNow = () => {
      const bounds = boundsSeenFromInside();
      expect(bounds[0]).toMatchObject({ folder: cgroup.folder, version: cgroup.version, limitBytes: LIMIT_BYTES });
      const machine = { totalBytes: 1024 * 1024 * MIB, availableBytes: 1024 * 1024 * MIB, cgroups: bounds.slice(0, 1), ownBytes: 0 };
      const limit = readMemoryLimit(request, machine);
      expect(limit).toMatchObject({ source: "cgroup", boundBy: "cgroup", limitBytes: LIMIT_BYTES });
      return limit.budgetBytes;
    };
    const empty = budgetNow();
    await withHog((pid) => {
      const taken = empty - budgetNow();
      expect(Math.abs(taken - readProcessTree(pid).ownBytes)).toBeLessThan(TOLERANCE_BYTES);
    });
  });
});
