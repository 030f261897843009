import { findCgroup } from "./cgroup-path.ts";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";

export type CpuQuota = {
  /** Processors this job may use, at least 1. */
  readonly count: number;
  readonly source: "affinity" | "cgroup";
};

/**
 * The smaller of the processors this process may run on (sched_setaffinity(2), cpusets) and the cgroup's CPU bandwidth
 * (v2 cpu.max, v1 cpu.cfs_quota_us), ancestors included, rounded up.
 */
export function cpuQuota(roots: SystemRoots = SYSTEM_ROOTS): CpuQuota {
  const affinity = readAffinity(roots);
  const found = findCgroup(roots, "cpu");
  const quotas = found?.folders.map((folder) => (found.version === 2 ? readQuota(folder) : readLegacyQuota(folder))) ?? [];
  const quota = Math.max(1, Math.ceil(Math.min(...quotas, Number.POSITIVE_INFINITY)));
  return quota < affinity ? { count: quota, source: "cgroup" } : { count: affinity, source: "affinity" };
}

/** Cpus_allowed_list of proc_pid_status(5): "0-3,8". */
function readAffinity(roots: SystemRoots): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readKernelFile(`${roots.procRoot}/self/status`) ?? "")?.[1] ?? "0";
  let count = 0;
  for (const range of list.split(",")) {
    const [first, last = first] = range.split("-").map(Number);
    if (first !== undefined && last !== undefined) count += last - first + 1;
  }
  return Math.max(1, count || 1);
}

function readQuota(folder: string): number {
  const [quota, period] = (readKernelFile(`${folder}/cpu.max`) ?? "max 100000").trim().split(" ");
  return ratio(quota, period);
}

function readLegacyQuota(folder: string): number {
  return ratio(readKernelFile(`${folder}/cpu.cfs_quota_us`)?.trim(), readKernelFile(`${folder}/cpu.cfs_period_us`)?.trim());
}

/** "max" (v2) and -1 (v1) mean that there is no quota. */
function ratio(quota: string | undefined, period: string | undefined): number {
  const share = Number(quota) / Number(period);
  return share > 0 ? share : Number.POSITIVE_INFINITY;
}
