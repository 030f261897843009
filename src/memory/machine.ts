import { accessSync, constants } from "node:fs";
import { findCgroup } from "./cgroup-path.ts";
import { memoryNodes } from "./numa.ts";
import { parentsOfOwn } from "./own-cgroup.ts";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./procfs.ts";

export type MachineRoots = SystemRoots & { readonly sysRoot: string };

/** What the machine offers to memory besides its size. Parts that the kernel does not show are undefined. */
export type Machine = {
  readonly hugePages: {
    /** The default hugetlb page. */
    readonly pageBytes: number;
    readonly totalPages: number;
    readonly freePages: number;
    /** /sys/kernel/mm/transparent_hugepage/enabled: "always", "madvise" or "never". */
    readonly transparent: string | undefined;
  };
  /** NUMA nodes with memory; with one there is nothing to place. */
  readonly memoryNodes: number;
  readonly swap: { readonly totalBytes: number; readonly freeBytes: number };
  /** Share of the last 10 s in which some or all tasks stood still for memory, in percent (PSI). */
  readonly pressure: { readonly somePercent: number; readonly fullPercent: number } | undefined;
  readonly cgroup: { readonly version: 1 | 2; readonly folder: string; readonly canMakeChild: boolean } | undefined;
};

/** Source: proc_meminfo(5), Documentation/admin-guide/mm/transhuge.rst, Documentation/accounting/psi.rst, cgroups(7). */
export function readMachine(roots: MachineRoots = { ...SYSTEM_ROOTS, sysRoot: "/sys" }): Machine {
  const meminfo = readKernelFile(`${roots.procRoot}/meminfo`) ?? "";
  const number = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(meminfo)?.[1] ?? 0);
  const transparent = readKernelFile(`${roots.sysRoot}/kernel/mm/transparent_hugepage/enabled`);
  return {
    hugePages: {
      pageBytes: number("Hugepagesize") * 1024,
      totalPages: number("HugePages_Total"),
      freePages: number("HugePages_Free"),
      transparent: /\[(\w+)\]/.exec(transparent ?? "")?.[1],
    },
    memoryNodes: memoryNodes(roots.sysRoot),
    swap: { totalBytes: number("SwapTotal") * 1024, freeBytes: number("SwapFree") * 1024 },
    pressure: readPressure(readKernelFile(`${roots.procRoot}/pressure/memory`)),
    cgroup: readCgroup(roots),
  };
}

function readPressure(text: string | undefined): Machine["pressure"] {
  const percent = (kind: string) => new RegExp(`^${kind} avg10=([\\d.]+)`, "m").exec(text ?? "")?.[1];
  const some = percent("some");
  return some === undefined ? undefined : { somePercent: Number(some), fullPercent: Number(percent("full") ?? 0) };
}

function readCgroup(roots: SystemRoots): Machine["cgroup"] {
  const found = findCgroup(roots, "memory");
  const folder = found?.folders[0];
  if (found === undefined || folder === undefined) return undefined;
  return { version: found.version, folder, canMakeChild: parentsOfOwn(found).some(isWritable) };
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
