import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CgroupReader, readCgroupBounds, readOomKills } from "../../src/memory/cgroup.ts";
import { kernelTree } from "./kernel-tree.ts";

const GIB = 1024 ** 3;
/** 10 % of kernel memory is reclaimable on this machine. */
const MEMINFO = "MemTotal: 8388608 kB\nSlab: 60 kB\nKernelStack: 20 kB\nPageTables: 20 kB\nSReclaimable: 10 kB\n";
const PAGES_4096 = Buffer.from(new BigUint64Array([6n, 4096n, 0n, 0n]).buffer).toString("latin1");
const MACHINE = { "proc/meminfo": MEMINFO, "proc/self/auxv": PAGES_4096 };

describe("CgroupReader", () => {
  it("reads v2: anonymous, shared and kernel memory, refaults and stalls", () => {
    using tree = kernelTree({
      ...MACHINE,
      "cgroup/job/memory.current": "9000\n",
      "cgroup/job/memory.stat":
        "anon 1000\nfile 5000\nkernel 300\nkernel_stack 50\npagetables 70\nshmem 200\nslab_reclaimable 120\nslab_unreclaimable 60\nworkingset_refault_anon 9\nworkingset_refault_file 3\n",
      "cgroup/job/memory.pressure": "some avg10=40.00 avg60=0.00 avg300=0.00 total=9\nfull avg10=12.34 avg60=0.00 avg300=0.00 total=5\n",
    });
    using reader = new CgroupReader(join(tree.cgroupRoot, "job"), 2, tree);
    expect(reader.usage()).toEqual({
      usageBytes: 9000,
      anonBytes: 1000,
      shmemBytes: 200,
      kernelBytes: 300,
      unreclaimableBytes: 1000 + 200 + 300 - 120,
      refaultBytes: 3 * 4096,
      stallPercent: 12.34,
    });
  });

  it("adds up kernel memory where v2 has no line for it (before Linux 5.18)", () => {
    using tree = kernelTree({
      ...MACHINE,
      "cgroup/job/memory.stat": "anon 0\nkernel_stack 50\npercpu 5\nsock 3\nslab_reclaimable 120\nslab 180\nworkingset_refault 2\n",
    });
    using reader = new CgroupReader(join(tree.cgroupRoot, "job"), 2, tree);
    expect(reader.usage()).toMatchObject({ kernelBytes: 238, unreclaimableBytes: 118, refaultBytes: 2 * 4096 });
  });

  it("reads v1: totals of the subtree, and applies the machine's reclaimable share to kernel memory", () => {
    using tree = kernelTree({
      ...MACHINE,
      "cgroup/memory/job/memory.usage_in_bytes": "9000\n",
      "cgroup/memory/job/memory.kmem.usage_in_bytes": "400\n",
      "cgroup/memory/job/memory.stat":
        "rss 1\nshmem 2\nworkingset_refault_file 1\nhierarchical_memory_limit 9223372036854771712\ntotal_rss 1000\ntotal_shmem 200\ntotal_workingset_refault_file 4\n",
    });
    using reader = new CgroupReader(join(tree.cgroupRoot, "memory/job"), 1, tree);
    expect(reader.usage()).toEqual({
      usageBytes: 9000,
      anonBytes: 1000,
      shmemBytes: 200,
      kernelBytes: 400,
      unreclaimableBytes: 1000 + 200 + 360,
      refaultBytes: 4 * 4096,
      stallPercent: 0,
    });
  });

  it("reads zeros where the files are hidden", () => {
    using reader = new CgroupReader("/nonexistent", 2);
    expect(reader.usage()).toMatchObject({ usageBytes: 0, unreclaimableBytes: 0 });
  });
});

function boundsOf(files: Readonly<Record<string, string>>) {
  using tree = kernelTree({ ...MACHINE, ...files });
  return readCgroupBounds(8 * GIB, tree).map((bound) => ({
    folder: bound.folder.slice(tree.cgroupRoot.length),
    limitBytes: bound.limitBytes,
    highBytes: bound.highBytes,
  }));
}

describe("readCgroupBounds", () => {
  const v2 = { "proc/self/cgroup": "0::/pod/job\n", "cgroup/cgroup.controllers": "memory\n" };

  it("lists every limited level, innermost first; memory.high is not a limit", () => {
    expect(
      boundsOf({
        ...v2,
        "cgroup/pod/memory.max": `${2 * GIB}\n`,
        "cgroup/pod/memory.high": "max\n",
        "cgroup/pod/job/memory.max": `${GIB}\n`,
        "cgroup/pod/job/memory.high": "900\n",
      }),
    ).toEqual([
      { folder: "/pod/job", limitBytes: GIB, highBytes: 900 },
      { folder: "/pod", limitBytes: 2 * GIB, highBytes: undefined },
    ]);
    expect(boundsOf({ ...v2, "cgroup/pod/job/memory.max": "max\n", "cgroup/pod/job/memory.high": "900\n" })).toEqual([]);
  });

  it.each(["max", "9223372036854771712", "18446744073709551615", "18446744073692774000", "", "what", `${8 * GIB}`, `${64 * GIB}`])(
    "takes %j for no limit",
    (text) => {
      expect(boundsOf({ ...v2, "cgroup/pod/job/memory.max": `${text}\n` })).toEqual([]);
    },
  );

  it("reads v1, where an ancestor that a container hides shows in memory.stat alone", () => {
    const v1 = { "proc/self/cgroup": "4:memory:/docker/0123\n", "cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n" };
    expect(boundsOf({ ...v1, "cgroup/memory/memory.stat": "hierarchical_memory_limit 9223372036854771712\n" })).toEqual([]);
    expect(boundsOf({ ...v1, "cgroup/memory/memory.stat": `hierarchical_memory_limit ${GIB}\n` })).toEqual([
      { folder: "/memory", limitBytes: GIB, highBytes: undefined },
    ]);
  });

  it("finds none where nothing can be read", () => {
    expect(boundsOf({})).toEqual([]);
  });
});

describe("readOomKills", () => {
  const killsOf = (files: Readonly<Record<string, string>>) => {
    using tree = kernelTree(files);
    return readOomKills(tree);
  };

  it("reads our own cgroup, v1 and v2", () => {
    const oomControl = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";
    expect(
      killsOf({
        "proc/self/cgroup": "4:memory:/job\n",
        "cgroup/memory/memory.oom_control": "oom_kill 9\n",
        "cgroup/memory/job/memory.oom_control": oomControl,
      }),
    ).toBe(3);
    const events = "low 0\nhigh 4\nmax 7\noom 2\noom_kill 5\noom_group_kill 1\n";
    expect(killsOf({ "proc/self/cgroup": "0::/job\n", "cgroup/cgroup.controllers": "memory\n", "cgroup/job/memory.events": events })).toBe(
      5,
    );
  });

  it("is 0 where the kernel does not say", () => {
    expect(killsOf({ "proc/self/cgroup": "" })).toBe(0);
    expect(killsOf({ "proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": "memory\n" })).toBe(0);
  });
});
