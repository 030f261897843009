import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { cpuQuota } from "../../src/memory/cpu.ts";
import { kernelTree } from "./kernel-tree.ts";

const STATUS = "Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t0-3,8\nMems_allowed_list:\t0\n";

function quotaOf(files: Readonly<Record<string, string>>) {
  using tree = kernelTree({ "proc/self/status": STATUS, ...files });
  return cpuQuota(tree);
}

describe("cpuQuota", () => {
  it("counts the processors this process may run on", () => {
    expect(quotaOf({})).toEqual({ count: 5, source: "affinity" });
  });

  it("rounds a v2 quota up", () => {
    const files = { "proc/self/cgroup": "0::/job\n", "cgroup/cgroup.controllers": "cpu\n" };
    expect(quotaOf({ ...files, "cgroup/job/cpu.max": "150000 100000\n" })).toEqual({ count: 2, source: "cgroup" });
    expect(quotaOf({ ...files, "cgroup/job/cpu.max": "10000 100000\n" })).toEqual({ count: 1, source: "cgroup" });
    expect(quotaOf({ ...files, "cgroup/job/cpu.max": "max 100000\n" })).toEqual({ count: 5, source: "affinity" });
  });

  it("takes the smallest quota of the ancestors", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "0::/pod/job\n",
        "cgroup/cgroup.controllers": "cpu\n",
        "cgroup/pod/cpu.max": "200000 100000\n",
        "cgroup/pod/job/cpu.max": "400000 100000\n",
      }),
    ).toEqual({ count: 2, source: "cgroup" });
  });

  it("reads a v1 quota, where -1 means none", () => {
    const files = { "proc/self/cgroup": "3:cpu,cpuacct:/\n", "cgroup/cpu,cpuacct/cpu.cfs_period_us": "50000\n" };
    expect(quotaOf({ ...files, "cgroup/cpu,cpuacct/cpu.cfs_quota_us": "150000\n" })).toEqual({ count: 3, source: "cgroup" });
    expect(quotaOf({ ...files, "cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n" })).toEqual({ count: 5, source: "affinity" });
  });

  it("does not raise the count above the affinity", () => {
    expect(quotaOf({ "proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": "cpu\n", "cgroup/cpu.max": "3200000 100000\n" })).toEqual({
      count: 5,
      source: "affinity",
    });
  });

  it("gives one processor where nothing can be read", () => {
    expect(cpuQuota({ procRoot: "/nonexistent", cgroupRoot: "/nonexistent" })).toEqual({ count: 1, source: "affinity" });
  });

  it("agrees with Node on this machine", () => {
    const { count } = cpuQuota();
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(availableParallelism());
  });
});
