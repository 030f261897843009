import { describe, expect, it } from "vitest";
import { readPageBytes, readPhysicalMemory, readProcessTree } from "../../src/memory/procfs.ts";
import { kernelTree } from "./kernel-tree.ts";

const MEMINFO = `MemTotal:       24684084 kB
MemFree:        23207224 kB
MemAvailable:   23653872 kB
SReclaimable:     30000 kB
Slab:             40000 kB
KernelStack:       5000 kB
PageTables:        5000 kB
`;

describe("readPhysicalMemory", () => {
  it("reads totals in bytes, and which share of kernel memory is given back under pressure", () => {
    using tree = kernelTree({ "proc/meminfo": MEMINFO });
    expect(readPhysicalMemory(tree)).toEqual({
      totalBytes: 24_684_084 * 1024,
      availableBytes: 23_653_872 * 1024,
      reclaimableKernelShare: 0.6,
    });
  });

  it("counts no kernel memory as reclaimable where the kernel does not say", () => {
    using tree = kernelTree({ "proc/meminfo": "MemTotal: 1024 kB\n" });
    expect(readPhysicalMemory(tree)).toEqual({ totalBytes: 1024 * 1024, availableBytes: 0, reclaimableKernelShare: 0 });
  });
});

describe("readPageBytes", () => {
  it("reads AT_PAGESZ of the auxiliary vector", () => {
    const words = new BigUint64Array([33n, 0x7fffn, 6n, 65536n, 0n, 0n]);
    using tree = kernelTree({ "proc/self/auxv": Buffer.from(words.buffer).toString("latin1") });
    expect(readPageBytes(tree)).toBe(65536);
    expect(readPageBytes({ procRoot: "/nonexistent", cgroupRoot: "" })).toBe(4096);
    expect(readPageBytes() % 4096).toBe(0);
  });
});

describe("readProcessTree", () => {
  it("sees memory that this process touches", () => {
    const before = readProcessTree(process.pid);
    const bytes = Buffer.alloc(32 * 1024 * 1024, 1);
    const after = readProcessTree(process.pid);
    expect(after.ownBytes - before.ownBytes).toBeGreaterThan(0.9 * bytes.length);
    expect(after.fileBytes).toBeGreaterThan(0);
  });

  it("is all zero for a process that is gone", () => {
    expect(readProcessTree(2 ** 22 - 1)).toEqual({ ownBytes: 0, childrenBytes: 0, fileBytes: 0 });
  });
});
