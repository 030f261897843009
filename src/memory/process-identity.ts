import { readlinkSync } from "node:fs";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";

/** What tells a process from all others: a pid alone is reused, and means nothing after a reboot or in another container. */
export type ProcessIdentity = {
  /** Random per boot: /proc/sys/kernel/random/boot_id (random(4)). */
  readonly bootId: string;
  /** Inode of the pid namespace (pid_namespaces(7)). */
  readonly pidNamespace: string;
  readonly pid: number;
  /** Clock ticks from boot to the start of the process: field 22 of /proc/pid/stat (proc_pid_stat(5)). */
  readonly startTicks: number;
};

/** "unknown": it cannot be seen from here. */
export type ProcessPresence = "running" | "gone" | "unknown";

/** The identity of this process; what a container hides of it is empty or 0. */
export function processIdentity(roots: SystemRoots = SYSTEM_ROOTS): ProcessIdentity {
  const stat = readStat("self", roots);
  return {
    bootId: (readKernelFile(`${roots.procRoot}/sys/kernel/random/boot_id`) ?? "").trim(),
    pidNamespace: readPidNamespace(roots),
    // The pid as this /proc counts it, so that it is found again there.
    pid: stat?.pid ?? process.pid,
    startTicks: stat?.startTicks ?? 0,
  };
}

export function processPresence(of: ProcessIdentity, roots: SystemRoots = SYSTEM_ROOTS): ProcessPresence {
  const own = processIdentity(roots);
  if (of.bootId !== own.bootId) return "gone";
  if (of.pidNamespace !== own.pidNamespace || readStat("self", roots) === undefined) return "unknown";
  const stat = readStat(of.pid, roots);
  return stat !== undefined && stat.startTicks === of.startTicks && !stat.isDead ? "running" : "gone";
}

function readStat(pid: number | "self", roots: SystemRoots) {
  const text = readKernelFile(`${roots.procRoot}/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the program's name in parentheses and may hold any character; the third follows the last parenthesis.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0] ?? "";
  return { pid: Number.parseInt(text, 10), startTicks: Number(fields[22 - 3]), isDead: state === "Z" || state === "X" };
}

/** Empty where a container hides it. */
export function readPidNamespace(roots: SystemRoots): string {
  try {
    return /\d+/.exec(readlinkSync(`${roots.procRoot}/self/ns/pid`))?.[0] ?? "";
  } catch {
    return "";
  }
}
