/** Which jobs share, and under which names they find each other: abstract Unix sockets (unix(7)), seen in /proc/net/unix. */
import { statSync } from "node:fs";
import { readCgroupBounds } from "../cgroup.ts";
import { findCgroup } from "../cgroup-path.ts";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "../kernel-file.ts";
import { processIdentity, readPidNamespace } from "../process-identity.ts";
import { readPhysicalMemory } from "../procfs.ts";

export type JobName = { readonly pid: number; readonly group: string; readonly name: string };

const PREFIX = "mm.job";

/**
 * The jobs this one shares its memory with: of the same user, whose pids mean the same to each other, and under the same limit. That is the
 * cgroup of ours or above us with the smallest limit, the outermost of equals; where nothing is limited, the machine.
 *
 * @returns undefined where jobs cannot know each other by pid, because /proc shows those of another namespace
 */
export function jobGroup(roots: SystemRoots = SYSTEM_ROOTS): string | undefined {
  const { pid, pidNamespace } = processIdentity(roots);
  if (pid !== process.pid || pidNamespace === "") return undefined;
  const bounds = readCgroupBounds(readPhysicalMemory(roots).totalBytes, roots);
  const smallestBytes = Math.min(...bounds.map(({ limitBytes }) => limitBytes));
  const bound = bounds.findLast(({ limitBytes }) => limitBytes === smallestBytes)?.folder;
  const folder = bound ?? findCgroup(roots, "memory")?.folders.at(-1);
  return `${folder === undefined ? "0-0" : inodeOf(folder)}-${pidNamespace}`;
}

export function jobName(group: string, pid: number): string {
  return `${PREFIX}.${userId()}.${group}.${pid}`;
}

/** Whoever has this name may look for the group's ledger and make it: the kernel gives it to one process at a time and frees it with that. */
export function doorName(group: string): string {
  return `mm.door.${userId()}.${group}`;
}

/** The mm jobs of this user that run now, in this pid namespace; names alone, which anybody may have taken. */
export function listJobs(roots: SystemRoots = SYSTEM_ROOTS): JobName[] {
  const pidNamespace = readPidNamespace(roots);
  const text = readKernelFile(`${roots.procRoot}/net/unix`) ?? "";
  const known = new Map<string, JobName>();
  // A line of a listening socket ends with its name, "@" standing for the 0 byte of an abstract one.
  for (const [, name = "", user, group = "", pid] of text.matchAll(/ @(mm\.job\.(\d+)\.([0-9a-f]+-[0-9a-f]+-\d+)\.(\d{1,9}))$/gm)) {
    if (Number(user) === userId() && group.endsWith(`-${pidNamespace}`)) known.set(name, { pid: Number(pid), group, name });
  }
  return [...known.values()];
}

function inodeOf(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true });
  return `${dev.toString(16)}-${ino.toString(16)}`;
}

function userId(): number {
  return process.geteuid?.() ?? 0;
}
