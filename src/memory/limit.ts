import { bytesAsFlag, MIB } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { BudgetOrigin } from "./budget-exceeded.ts";
import { type CgroupBound, readCgroupBounds } from "./cgroup.ts";
import { SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";
import { readPhysicalMemory } from "./procfs.ts";

/** Share of physical memory that is used when nothing else sets a limit. */
const PHYSICAL_SHARE = 0.75;
/** Kernel memory of this process: page tables, stacks, epoll, pipes. Node alone has 0.6 MiB (v1 kmem, Linux 6.18). */
const KERNEL_BASE_BYTES = 4 * MIB;
/** Kernel memory of one child: page tables, thread stacks and pipe buffers. */
export const KERNEL_CHILD_BYTES = 3 * MIB;
/** Page tables of the memory itself: 8 bytes per 4096, and slack for partly filled tables. */
const PAGE_TABLE_SHARE = 0.003;
/** Program text that has to stay in memory for a job to move: below it a cold start of Node goes from 0.2 s (64 MiB) to 196 s (32 MiB). */
const NODE_TEXT_BYTES = 48 * MIB;
const ENGINE_TEXT_BYTES = 16 * MIB;

export type MemoryLimitSource = "flag" | "env" | "config" | "preset" | "cgroup" | "physical";

const SOURCE_NAMES: Readonly<Record<MemoryLimitSource, string>> = {
  flag: "--max-memory",
  env: "MM_MAX_MEMORY",
  config: "max_memory in the config file",
  preset: "the memory preset",
  cgroup: "the memory cgroup",
  physical: "physical memory",
};

export type LimitLine = { readonly what: string; readonly bytes: number };

export type MemoryLimit = {
  /** What the user, the cgroup or the machine allows the process tree. A request above the cgroup or the machine is clamped to it. */
  readonly limitBytes: number;
  readonly source: MemoryLimitSource;
  /** The limit of that cgroup of ours (or ancestor) which leaves least, v1 or v2; absent when none is limited. */
  readonly cgroupBytes?: number;
  /** That cgroup itself. */
  readonly cgroup?: CgroupBound;
  /** Which of the two leaves less to plan with. */
  readonly boundBy: "limit" | "cgroup";
  /** Memory of others that cannot be reclaimed: in the cgroup, or on the machine when physical memory is the limit. */
  readonly othersBytes: number;
  /** Set aside for kernel memory and, in a cgroup, for program text. */
  readonly kernelBytes: number;
  /** Program text of Node and the engines, which must stay resident; part of kernelBytes when the cgroup binds. */
  readonly textBytes: number;
  /** What the ledger may give out; 0 when nothing is left. */
  readonly budgetBytes: number;
  /** The sum behind budgetBytes: the bound, then what is taken off it as negative bytes. */
  readonly lines: readonly LimitLine[];
};

export type MemoryLimitRequest = {
  readonly flagBytes?: number;
  readonly flagSource?: "flag" | "env" | "config" | "preset";
  /** Child processes alive at once, and how many different programs they run. */
  readonly children: number;
  readonly engineBinaries: number;
};

/** What the machine says about memory. */
export type MachineMemory = {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly cgroups: readonly CgroupBound[];
  /** Anonymous and shared memory of this process tree, which is not "others". */
  readonly ownBytes: number;
  /** Kernel memory that is not of others; that of one job where absent. */
  readonly ownKernelBytes?: number;
};

/** @param ownBytes - where it was measured already: finding the tree is the larger part of the work */
export function readMachineMemory(roots: SystemRoots = SYSTEM_ROOTS, ownBytes = readTreeBytes()): MachineMemory {
  const { totalBytes, availableBytes } = readPhysicalMemory(roots);
  return { totalBytes, availableBytes, cgroups: readCgroupBounds(totalBytes, roots), ownBytes };
}

function readTreeBytes(): number {
  let bytes = 0;
  for (const pid of binding.processTree(process.pid)) {
    const memory = binding.processMemory(pid);
    if (memory !== undefined) bytes += memory.anonBytes + memory.sharedBytes;
  }
  return bytes;
}

/**
 * How much a job may use: the flag, else the cgroup, else 75 % of physical memory; less what others hold, kernel memory and,
 * where a cgroup leaves less than the flag, program text. memory.current is not used: it counts page cache, which the kernel
 * gives back.
 */
export function readMemoryLimit(request: MemoryLimitRequest, machine: MachineMemory = readMachineMemory()): MemoryLimit {
  const levels = machine.cgroups.map((cgroup) => ({ cgroup, sum: cgroupSum(cgroup, request, machine) }));
  // The outermost of equals: others weigh on it most.
  const tightest = levels.reduce<(typeof levels)[number] | undefined>(
    (best, level) => (best === undefined || level.sum.budgetBytes <= best.sum.budgetBytes ? level : best),
    undefined,
  );
  const stated = stateLimit(request, machine);
  const ownSum = limitSum(stated, request, machine);
  const isCgroupTighter = tightest !== undefined && tightest.sum.budgetBytes <= ownSum.budgetBytes;
  const sum = isCgroupTighter ? tightest.sum : ownSum;
  return {
    limitBytes: stated.limitBytes,
    source: stated.source,
    ...(tightest === undefined ? {} : { cgroup: tightest.cgroup, cgroupBytes: tightest.cgroup.limitBytes }),
    boundBy: isCgroupTighter ? "cgroup" : "limit",
    ...sum,
    textBytes: NODE_TEXT_BYTES + request.engineBinaries * ENGINE_TEXT_BYTES,
    budgetBytes: Math.max(0, sum.budgetBytes),
  };
}

/** Node's baseline differs by this much from one start to the next (measured). */
const BASELINE_SPREAD_BYTES = 2 * MIB;

/** The smallest limit, of the kind that binds `limit`, with which a job that reserves so many bytes fits at its next start: whole MiB. */
export function smallestLimitFor(limit: MemoryLimit, budgetBytes: number): number {
  return Math.ceil(limitForBudget(limit, budgetBytes + BASELINE_SPREAD_BYTES) / MIB) * MIB;
}

/** The smallest limit whose budget is at least `budgetBytes`. */
function limitForBudget(limit: MemoryLimit, budgetBytes: number): number {
  const boundBytes = limit.lines[0]?.bytes ?? 0;
  const fixedBytes = limit.othersBytes + limit.kernelBytes - pageTableBytes(boundBytes);
  return Math.ceil((budgetBytes + fixedBytes + 1) / (1 - PAGE_TABLE_SHARE));
}

/** How a budget under `limit` speaks of it in errors. */
export function limitOrigin(limit: MemoryLimit): BudgetOrigin {
  return {
    source: limit.boundBy === "cgroup" ? "the memory cgroup" : SOURCE_NAMES[limit.source],
    advice: (budgetBytes) => {
      const limitBytes = smallestLimitFor(limit, budgetBytes);
      const size = bytesAsFlag(limitBytes);
      return { limitBytes, hint: limit.boundBy === "cgroup" ? `a container with at least ${size} of memory` : `--max-memory ${size}` };
    },
  };
}

type Sum = Pick<MemoryLimit, "othersBytes" | "kernelBytes" | "budgetBytes" | "lines">;
type Stated = { readonly limitBytes: number; readonly source: MemoryLimitSource };

function stateLimit(request: MemoryLimitRequest, machine: MachineMemory): Stated {
  const cgroupBytes = Math.min(...machine.cgroups.map((cgroup) => cgroup.limitBytes), Number.POSITIVE_INFINITY);
  const { flagBytes, flagSource = "flag" } = request;
  // A preset does not know the machine: it may lower what would be used without it, never raise it.
  const share = flagBytes === undefined || flagSource === "preset" ? PHYSICAL_SHARE : 1;
  const physicalBytes = Math.floor(machine.totalBytes * share);
  if (flagBytes !== undefined && flagBytes <= Math.min(cgroupBytes, physicalBytes)) return { limitBytes: flagBytes, source: flagSource };
  if (Number.isFinite(cgroupBytes)) return { limitBytes: cgroupBytes, source: "cgroup" };
  return { limitBytes: physicalBytes, source: "physical" };
}

/** What is left under the stated limit itself: it covers this process tree and nobody else. */
function limitSum(stated: Stated, request: MemoryLimitRequest, machine: MachineMemory): Sum {
  const lines = [{ what: `limit: ${SOURCE_NAMES[stated.source]}`, bytes: stated.limitBytes }, ...kernelLines(stated.limitBytes, request)];
  // Only a limit nobody chose has to make room for the rest of the machine.
  const freeBytes = machine.availableBytes + machine.ownBytes;
  const othersBytes = stated.source === "physical" ? Math.max(0, stated.limitBytes - freeBytes) : 0;
  if (othersBytes > 0) lines.push({ what: "held by other programs", bytes: -othersBytes });
  return addUp(lines, othersBytes);
}

/** What is left in a cgroup, which others may share and where kernel memory and program text have to fit too. */
function cgroupSum(cgroup: CgroupBound, request: MemoryLimitRequest, machine: MachineMemory): Sum {
  const { anonBytes, shmemBytes, unreclaimableBytes } = cgroup.usage;
  const ourKernelBytes = Math.min(unreclaimableBytes - anonBytes - shmemBytes, machine.ownKernelBytes ?? KERNEL_BASE_BYTES);
  const othersBytes = Math.max(0, unreclaimableBytes - ourKernelBytes - machine.ownBytes);
  const lines = [
    { what: `limit: memory cgroup ${cgroup.folder}`, bytes: cgroup.limitBytes },
    { what: "unreclaimable memory of others in it", bytes: -othersBytes },
    { what: "program text of Node", bytes: -NODE_TEXT_BYTES },
    { what: `program text of the engine (${request.engineBinaries} x 16 MiB)`, bytes: -request.engineBinaries * ENGINE_TEXT_BYTES },
    ...kernelLines(cgroup.limitBytes, request),
  ];
  return addUp(lines, othersBytes);
}

/** Kernel memory that is set aside for a job. */
export function kernelBytesOf(children: number): number {
  return KERNEL_BASE_BYTES + children * KERNEL_CHILD_BYTES;
}

/**
 * What all jobs under one limit nobody chose may hold together, with the kernel memory of each: the same sum, in which only one text counts.
 *
 * @param textBytes - the largest program text of one of them
 */
export function readGroupBytes(textBytes: number, machine: MachineMemory = readMachineMemory()): number {
  const alone = readMemoryLimit({ children: 0, engineBinaries: 0 }, machine);
  const moreTextBytes = alone.boundBy === "cgroup" ? Math.max(0, textBytes - NODE_TEXT_BYTES) : 0;
  return alone.budgetBytes + KERNEL_BASE_BYTES - moreTextBytes;
}

function kernelLines(boundBytes: number, request: MemoryLimitRequest): LimitLine[] {
  return [
    {
      what: `kernel memory: 4 MiB + ${request.children} ${request.children === 1 ? "child" : "children"} x 3 MiB`,
      bytes: -kernelBytesOf(request.children),
    },
    { what: "page tables: 0.3 %", bytes: -pageTableBytes(boundBytes) },
  ];
}

function pageTableBytes(boundBytes: number): number {
  return Math.ceil(boundBytes * PAGE_TABLE_SHARE);
}

function addUp(lines: readonly LimitLine[], othersBytes: number): Sum {
  const boundBytes = lines[0]?.bytes ?? 0;
  const budgetBytes = lines.reduce((sum, line) => sum + line.bytes, 0);
  return { othersBytes, kernelBytes: boundBytes - othersBytes - budgetBytes, budgetBytes, lines };
}
