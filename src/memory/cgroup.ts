import { findCgroup } from "./cgroup-path.ts";
import { KernelFile, readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";
import { readPageBytes, readPhysicalMemory } from "./procfs.ts";

/** What a memory cgroup and everything below it uses now. Swap is not in it: swapped pages are not charged as memory. */
export type CgroupUsage = {
  /** memory.current / memory.usage_in_bytes, page cache included. */
  readonly usageBytes: number;
  readonly anonBytes: number;
  /** tmpfs and memfd pages. */
  readonly shmemBytes: number;
  /** Page tables, stacks, pipes, sockets, slab. */
  readonly kernelBytes: number;
  /** anon + shmem + the kernel memory that cannot be reclaimed: what is left when the kernel has squeezed out all it can. */
  readonly unreclaimableBytes: number;
  /** File pages that had to be read again so far (workingset_refault). */
  readonly refaultBytes: number;
  /** Share of the last 10 s in which every task of the cgroup stood still for memory (PSI "full"), in percent; 0 on v1. */
  readonly stallPercent: number;
};

/** A memory cgroup with a limit. */
export type CgroupBound = {
  readonly folder: string;
  readonly version: 1 | 2;
  readonly limitBytes: number;
  /** memory.high of v2: an alarm, not a limit. */
  readonly highBytes: number | undefined;
  readonly usage: CgroupUsage;
};

/** Names of the lines in memory.stat: v1 counts descendants under total_, v2 always. */
const STAT_KEYS = {
  1: { anon: "total_rss ", shmem: "total_shmem ", refault: "total_workingset_refault_file ", oldRefault: "total_workingset_refault " },
  2: { anon: "anon ", shmem: "shmem ", refault: "workingset_refault_file ", oldRefault: "workingset_refault " },
} as const;

/** Kernel parts of memory.stat v2, summed where the kernel is older than its "kernel" line (5.18). */
const KERNEL_PARTS = ["kernel_stack ", "pagetables ", "percpu ", "sock ", "vmalloc ", "slab "] as const;

/** Reads one memory cgroup again and again, v1 or v2: 28 us a time on v1, without garbage (Linux 6.18, 2000 reads). */
export class CgroupReader implements Disposable {
  readonly #version: 1 | 2;
  readonly #stat: KernelFile | undefined;
  readonly #usage: KernelFile | undefined;
  readonly #kernel: KernelFile | undefined;
  readonly #pressure: KernelFile | undefined;
  readonly #pageBytes: number;
  readonly #reclaimableKernelShare: number;

  constructor(folder: string, version: 1 | 2, roots: SystemRoots = SYSTEM_ROOTS) {
    this.#version = version;
    this.#stat = KernelFile.open(`${folder}/memory.stat`);
    this.#usage = KernelFile.open(`${folder}/${version === 2 ? "memory.current" : "memory.usage_in_bytes"}`);
    this.#kernel = version === 1 ? KernelFile.open(`${folder}/memory.kmem.usage_in_bytes`) : undefined;
    this.#pressure = version === 2 ? KernelFile.open(`${folder}/memory.pressure`) : undefined;
    this.#pageBytes = readPageBytes(roots);
    this.#reclaimableKernelShare = readPhysicalMemory(roots).reclaimableKernelShare;
  }

  usage(): CgroupUsage {
    this.#usage?.refresh();
    this.#stat?.refresh();
    this.#pressure?.refresh();
    const keys = STAT_KEYS[this.#version];
    const anonBytes = this.#of(keys.anon);
    const shmemBytes = this.#of(keys.shmem);
    const kernelBytes = this.#kernelBytes();
    const refaults = this.#of(keys.refault) || this.#of(keys.oldRefault);
    return {
      usageBytes: this.#usage?.number("") ?? 0,
      anonBytes,
      shmemBytes,
      kernelBytes,
      unreclaimableBytes: anonBytes + shmemBytes + kernelBytes - this.#reclaimableKernelBytes(kernelBytes),
      refaultBytes: refaults * this.#pageBytes,
      stallPercent: this.#pressure?.number("full avg10=") ?? 0,
    };
  }

  [Symbol.dispose](): void {
    for (const file of [this.#stat, this.#usage, this.#kernel, this.#pressure]) file?.[Symbol.dispose]();
  }

  #kernelBytes(): number {
    if (this.#version === 1) {
      this.#kernel?.refresh();
      return this.#kernel?.number("") ?? 0;
    }
    return this.#of("kernel ") || KERNEL_PARTS.reduce((sum, part) => sum + this.#of(part), 0);
  }

  /** v2 says it; v1 does not, so the share that holds for the whole machine is applied. */
  #reclaimableKernelBytes(kernelBytes: number): number {
    if (this.#version === 2) return this.#of("slab_reclaimable ");
    return Math.floor(kernelBytes * this.#reclaimableKernelShare);
  }

  #of(key: string): number {
    return this.#stat?.number(key) ?? 0;
  }
}

/** Every limit on our cgroup and its ancestors, innermost first. Limits at or above `physicalBytes` do not bound anything and are left out. */
export function readCgroupBounds(physicalBytes: number, roots: SystemRoots = SYSTEM_ROOTS): CgroupBound[] {
  const found = findCgroup(roots, "memory");
  if (found === undefined) return [];
  const { version, folders } = found;
  const bounds: CgroupBound[] = [];
  for (const folder of folders) {
    const limitBytes = version === 2 ? readLimit(`${folder}/memory.max`) : readLegacyLimit(folder);
    if (limitBytes >= physicalBytes) continue;
    const highBytes = version === 2 ? readLimit(`${folder}/memory.high`) : Number.POSITIVE_INFINITY;
    using reader = new CgroupReader(folder, version, roots);
    const usage = reader.usage();
    bounds.push({ folder, version, limitBytes, highBytes: Number.isFinite(highBytes) ? highBytes : undefined, usage });
  }
  return bounds;
}

/**
 * Processes of our own cgroup that the kernel has killed so far because memory was out, v1 (memory.oom_control) or v2 (memory.events); 0
 * where it does not say. Only our own folder counts on both: v1 does not pass the event up to ancestors.
 */
export function readOomKills(roots: SystemRoots = SYSTEM_ROOTS): number {
  const found = findCgroup(roots, "memory");
  if (found === undefined) return 0;
  const text = readKernelFile(`${found.folders[0]}/${found.version === 2 ? "memory.events" : "memory.oom_control"}`);
  return Number(/^oom_kill (\d+)$/m.exec(text ?? "")?.[1] ?? 0);
}

/** Processes anywhere on the machine that the kernel has killed so far because memory was out (vmstat, since Linux 4.13). */
export function readMachineOomKills(roots: SystemRoots = SYSTEM_ROOTS): number {
  return Number(/^oom_kill (\d+)$/m.exec(readKernelFile(`${roots.procRoot}/vmstat`) ?? "")?.[1] ?? 0);
}

/** v1: the folder's own limit, or that of an ancestor a container does not show (hierarchical_memory_limit). */
function readLegacyLimit(folder: string): number {
  const hierarchical = /^hierarchical_memory_limit (\d+)$/m.exec(readKernelFile(`${folder}/memory.stat`) ?? "")?.[1];
  return Math.min(readLimit(`${folder}/memory.limit_in_bytes`), parseLimit(hierarchical));
}

function readLimit(path: string): number {
  return parseLimit(readKernelFile(path)?.trim());
}

/** "max" (v2), 0x7ffffffffffff000 (v1) and whatever else is no exact number of bytes mean that there is no limit. */
function parseLimit(text: string | undefined): number {
  const bytes = text === undefined || text === "" ? Number.NaN : Number(text);
  return Number.isSafeInteger(bytes) ? bytes : Number.POSITIVE_INFINITY;
}
