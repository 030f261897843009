/**
 * A memory cgroup for the children of this process alone, below the one it runs in, or beside it. There is one for as long as its object
 * lives; what a killed process left behind is removed by the next that makes one in the same place.
 */
import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { errnoOf, MIB } from "../base/index.ts";
import { CgroupReader, type CgroupUsage } from "./cgroup.ts";
import { type CgroupChain, findCgroup } from "./cgroup-path.ts";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";
import { type ProcessIdentity, processIdentity, processPresence } from "./process-identity.ts";

/** The kernel refuses to charge less for a process that is only starting. */
const SMALLEST_BYTES = MIB;
/** A process that was killed needs this long at most to leave its cgroup, which cannot be removed before. */
const REMOVAL_MS = 2000;
const RETRY_MS = 10;
/** By name, so that whoever cleans up knows what was promised to the processes inside. */
const PREFIXES = { limited: "mm-", counted: "mm-counted-" } as const;

type Files = { readonly limit: string; readonly withSwap: string; readonly peak: string; readonly events: string };
const FILES: Readonly<Record<1 | 2, Files>> = {
  1: {
    limit: "memory.limit_in_bytes",
    withSwap: "memory.memsw.limit_in_bytes",
    peak: "memory.max_usage_in_bytes",
    events: "memory.oom_control",
  },
  2: { limit: "memory.max", withSwap: "memory.swap.max", peak: "memory.peak", events: "memory.events" },
};

export class OwnCgroup implements AsyncDisposable {
  readonly version: 1 | 2;
  readonly folder: string;
  readonly #reader: CgroupReader;

  /**
   * @param limitBytes - undefined: it only counts, and what runs in it outlives this process
   * @returns why there is none, in words, where none can be made
   */
  static make(limitBytes: number | undefined, roots: SystemRoots = SYSTEM_ROOTS): OwnCgroup | string {
    const found = findCgroup(roots, "memory");
    if (found === undefined) return "the kernel shows no memory controller";
    const { version, folders } = found;
    const parents = parentsOfOwn(found);
    if (parents.length === 0) return `${folders[0]} does not hand the memory controller down to children (cgroup.subtree_control)`;
    let reason = `the limits of ${folders[0]} would not hold in a cgroup beside it`;
    for (const parent of parents) {
      if (limitBytes === undefined && parent !== folders[0] && hasLimits(folders[0] ?? "")) continue;
      removeAbandoned(parent, version, roots);
      const folder = join(parent, nameOf(processIdentity(roots), limitBytes === undefined ? "counted" : "limited"));
      try {
        mkdirSync(folder);
        if (limitBytes !== undefined) setLimit(folder, version, limitBytes);
        return new OwnCgroup(version, folder, roots);
      } catch (error) {
        tryRemove(folder);
        reason = `${parent} does not let this user make a cgroup (${errnoOf(error)})`;
      }
    }
    return reason;
  }

  private constructor(version: 1 | 2, folder: string, roots: SystemRoots) {
    this.version = version;
    this.folder = folder;
    this.#reader = new CgroupReader(folder, version, roots);
  }

  /** The file that a process enters it by. */
  get procs(): string {
    return join(this.folder, "cgroup.procs");
  }

  usage(): CgroupUsage {
    return this.#reader.usage();
  }

  /** The most it was ever charged with, page cache included; undefined before Linux 5.19, where v2 does not say. */
  peakBytes(): number | undefined {
    const text = readKernelFile(join(this.folder, FILES[this.version].peak));
    return text === undefined ? undefined : Number(text);
  }

  /** Processes in it that the kernel has killed because it was full. */
  oomKills(): number {
    return Number(/^oom_kill (\d+)$/m.exec(readKernelFile(join(this.folder, FILES[this.version].events)) ?? "")?.[1] ?? 0);
  }

  /** Removes it, once its processes are gone. One that is still busy then is left to the next process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#reader[Symbol.dispose]();
    for (let waitedMs = 0; waitedMs < REMOVAL_MS; waitedMs += RETRY_MS) {
      if (tryRemove(this.folder)) return;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** Neither swap nor a single killed process of several may bend the limit. Where the kernel has no such file, it has no such thing. */
function setLimit(folder: string, version: 1 | 2, limitBytes: number): void {
  const { limit, withSwap } = FILES[version];
  const bytes = String(Math.max(SMALLEST_BYTES, limitBytes));
  writeFileSync(join(folder, limit), bytes);
  if (existsSync(join(folder, withSwap))) writeFileSync(join(folder, withSwap), version === 1 ? bytes : "0");
  if (existsSync(join(folder, "memory.oom.group"))) writeFileSync(join(folder, "memory.oom.group"), "1");
}

/**
 * Where a cgroup can be made, if the folder is writable. v2 gives children the memory controller only where their parent says so, and that
 * one can have no processes of its own, but at the top: so beside our own is where it mostly is.
 */
export function parentsOfOwn({ version, folders }: CgroupChain): readonly string[] {
  return version === 1 ? folders.slice(0, 1) : folders.slice(0, 2).filter(handsMemoryDown);
}

/** A cgroup that only counts must not set free what runs in it. */
function hasLimits(folder: string): boolean {
  const limits = ["memory.max", "memory.high", "memory.swap.max", "pids.max", "cpu.max"];
  return limits.some((name) => !(readKernelFile(join(folder, name)) ?? "max").startsWith("max"));
}

function handsMemoryDown(folder: string): boolean {
  return (readKernelFile(join(folder, "cgroup.subtree_control")) ?? "").trim().split(" ").includes("memory");
}

/** Pid namespace, pid and start tell an owner that is gone from one whose pid was given away again. */
function nameOf({ pidNamespace, pid, startTicks }: ProcessIdentity, kind: "limited" | "counted"): string {
  return `${PREFIXES[kind]}${pidNamespace}-${pid}-${startTicks}`;
}

function ownerOf(folder: string, own: ProcessIdentity): ProcessIdentity | undefined {
  const [, pidNamespace, pid, startTicks] = /^mm-(?:counted-)?(\d*)-(\d+)-(\d+)$/.exec(basename(folder)) ?? [];
  if (pidNamespace === undefined) return undefined;
  return { bootId: own.bootId, pidNamespace, pid: Number(pid), startTicks: Number(startTicks) };
}

function removeAbandoned(parent: string, version: 1 | 2, roots: SystemRoots): void {
  const own = processIdentity(roots);
  for (const name of readdirSync(parent)) {
    const owner = ownerOf(name, own);
    if (owner === undefined || processPresence(owner, roots) !== "gone") continue;
    const folder = join(parent, name);
    try {
      if (!name.startsWith(PREFIXES.counted)) endProcesses(folder, version);
    } catch {
      // Another user's: his next one removes it.
    }
    tryRemove(folder);
  }
}

/** Of a process that was killed: nobody limits, counts or waits for what it ran. */
function endProcesses(folder: string, version: 1 | 2): void {
  if (version === 2 && existsSync(join(folder, "cgroup.kill"))) {
    writeFileSync(join(folder, "cgroup.kill"), "1");
    return;
  }
  for (const line of (readKernelFile(join(folder, "cgroup.procs")) ?? "").split("\n")) {
    try {
      if (Number(line) > 0) process.kill(Number(line), "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
}

function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return errnoOf(error) === "ENOENT";
  }
}
