import { binding } from "../binding/index.ts";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";
import { SharedMemoryMeter, type Sharer } from "./shared-memory-meter.ts";

export { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";

/** proc_meminfo(5), in bytes. */
export type PhysicalMemory = {
  readonly totalBytes: number;
  /** What could be had without swapping. */
  readonly availableBytes: number;
  /** Share of the kernel's own memory that it gives back under pressure (dentries, inodes), 0 to 1. */
  readonly reclaimableKernelShare: number;
};

export function readPhysicalMemory(roots: SystemRoots = SYSTEM_ROOTS): PhysicalMemory {
  const text = readKernelFile(`${roots.procRoot}/meminfo`) ?? "";
  const bytes = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0) * 1024;
  const kernelBytes = bytes("Slab") + bytes("KernelStack") + bytes("PageTables");
  return {
    totalBytes: bytes("MemTotal"),
    availableBytes: bytes("MemAvailable"),
    reclaimableKernelShare: kernelBytes === 0 ? 0 : bytes("SReclaimable") / kernelBytes,
  };
}

/** Bytes of a page: AT_PAGESZ of the auxiliary vector (getauxval(3)); 4096 where it cannot be read. */
export function readPageBytes(roots: SystemRoots = SYSTEM_ROOTS): number {
  const AT_PAGESZ = 6n;
  const words = new BigUint64Array(new Uint8Array(Buffer.from(readKernelFile(`${roots.procRoot}/self/auxv`) ?? "", "latin1")).buffer);
  for (let i = 0; i + 1 < words.length; i += 2) if (words[i] === AT_PAGESZ) return Number(words[i + 1]);
  return 4096;
}

/** Memory of this process and all its descendants now. */
export type TreeUsage = {
  /** RssAnon + VmSwap of this process. */
  readonly ownBytes: number;
  /** RssAnon + VmSwap of all descendants, and what they share (shared memory, tmpfs), each page once. */
  readonly childrenBytes: number;
  /** RssFile of all: program text and mapped files; a page mapped by two processes counts twice. */
  readonly fileBytes: number;
};

/** RssAnon + VmSwap of one process, 0 when it is gone. */
export function readProcessBytes(pid: number): number {
  const memory = binding.processMemory(pid);
  return memory === undefined ? 0 : memory.anonBytes + memory.swapBytes;
}

/**
 * @param pid the top of the tree
 * @param shared remembers what descendants share, where they are read again and again
 */
export function readProcessTree(pid: number, shared: SharedMemoryMeter = new SharedMemoryMeter()): TreeUsage {
  let ownBytes = 0;
  let childrenBytes = 0;
  let fileBytes = 0;
  const sharers: Sharer[] = [];
  for (const each of binding.processTree(pid)) {
    const memory = binding.processMemory(each);
    if (memory === undefined) continue;
    const bytes = memory.anonBytes + memory.swapBytes;
    fileBytes += memory.fileBytes;
    if (each === pid) {
      ownBytes = bytes;
      continue;
    }
    childrenBytes += bytes;
    if (memory.sharedBytes > 0) sharers.push({ pid: each, sharedBytes: memory.sharedBytes });
  }
  return { ownBytes, childrenBytes: childrenBytes + shared.read(sharers), fileBytes };
}
