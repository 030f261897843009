import { describe, expect, it } from "vitest";
import type { CgroupBound } from "../../src/memory/cgroup.ts";
import {
  limitOrigin,
  type MachineMemory,
  type MemoryLimit,
  type MemoryLimitRequest,
  readGroupBytes,
  readMemoryLimit,
  smallestLimitFor,
} from "../../src/memory/limit.ts";
import { seededRandom } from "./roomy-budget.ts";

const MIB = 1024 ** 2;
const REQUEST: MemoryLimitRequest = { children: 2, engineBinaries: 1 };
const MACHINE: MachineMemory = { totalBytes: 8192 * MIB, availableBytes: 7000 * MIB, cgroups: [], ownBytes: 30 * MIB };

function cgroupOf(limitBytes: number, others: { anon?: number; shmem?: number; kernel?: number } = {}, folder = "/job"): CgroupBound {
  const { anon = 30 * MIB, shmem = 0, kernel = MIB } = others;
  return {
    folder,
    version: 2,
    limitBytes,
    highBytes: undefined,
    usage: {
      usageBytes: limitBytes,
      anonBytes: anon,
      shmemBytes: shmem,
      kernelBytes: kernel,
      unreclaimableBytes: anon + shmem + kernel,
      refaultBytes: 0,
      stallPercent: 0,
    },
  };
}

const pageTables = (bytes: number) => Math.ceil(bytes * 0.003);

describe("readMemoryLimit", () => {
  it("takes page tables and pipes off a flag, and nothing for program text", () => {
    const limit = readMemoryLimit({ ...REQUEST, flagBytes: 1024 * MIB, flagSource: "env" }, MACHINE);
    expect(limit).toMatchObject({ limitBytes: 1024 * MIB, source: "env", boundBy: "limit", othersBytes: 0 });
    expect(limit.kernelBytes).toBe((4 + 2 * 3) * MIB + pageTables(1024 * MIB));
    expect(limit.budgetBytes).toBe(1024 * MIB - limit.kernelBytes);
    expect(limit.cgroupBytes).toBeUndefined();
  });

  it("uses the cgroup when there is no flag, with the whole headroom", () => {
    const limit = readMemoryLimit(REQUEST, { ...MACHINE, cgroups: [cgroupOf(300 * MIB)] });
    expect(limit).toMatchObject({ limitBytes: 300 * MIB, source: "cgroup", boundBy: "cgroup", cgroupBytes: 300 * MIB, othersBytes: 0 });
    expect(limit.kernelBytes).toBe((48 + 16 + 4 + 2 * 3) * MIB + pageTables(300 * MIB));
    expect(limit.textBytes).toBe(64 * MIB);
    expect(limit.lines.map((line) => line.what)).toEqual([
      "limit: memory cgroup /job",
      "unreclaimable memory of others in it",
      "program text of Node",
      "program text of the engine (1 x 16 MiB)",
      "kernel memory: 4 MiB + 2 children x 3 MiB",
      "page tables: 0.3 %",
    ]);
  });

  it("counts one child as one", () => {
    const { lines } = readMemoryLimit({ ...REQUEST, children: 1 }, { ...MACHINE, cgroups: [cgroupOf(300 * MIB)] });
    expect(lines.map(({ what }) => what)).toContain("kernel memory: 4 MiB + 1 child x 3 MiB");
  });

  it("uses the whole headroom too when the cgroup is exactly as big as the flag", () => {
    const machine = { ...MACHINE, cgroups: [cgroupOf(300 * MIB)] };
    const limit = readMemoryLimit({ ...REQUEST, flagBytes: 300 * MIB }, machine);
    expect(limit).toMatchObject({ source: "flag", boundBy: "cgroup", budgetBytes: readMemoryLimit(REQUEST, machine).budgetBytes });
  });

  it("lets a small flag in a big cgroup alone", () => {
    const limit = readMemoryLimit({ ...REQUEST, flagBytes: 300 * MIB }, { ...MACHINE, cgroups: [cgroupOf(4096 * MIB)] });
    expect(limit).toMatchObject({ limitBytes: 300 * MIB, boundBy: "limit", cgroupBytes: 4096 * MIB });
    expect(limit.kernelBytes).toBe(10 * MIB + pageTables(300 * MIB));
  });

  it("clamps a flag above the cgroup, and says whose limit it is", () => {
    const limit = readMemoryLimit({ ...REQUEST, flagBytes: 4096 * MIB }, { ...MACHINE, cgroups: [cgroupOf(512 * MIB)] });
    expect(limit).toMatchObject({ limitBytes: 512 * MIB, source: "cgroup" });
  });

  it("clamps a flag above the machine", () => {
    const limit = readMemoryLimit({ ...REQUEST, flagBytes: 9e15 }, { ...MACHINE, availableBytes: MACHINE.totalBytes });
    expect(limit).toMatchObject({ limitBytes: 8192 * MIB, source: "physical" });
  });

  it("takes a preset for a wish: it lowers what would be used without it, and raises nothing", () => {
    const limitOf = (flagBytes: number) => readMemoryLimit({ ...REQUEST, flagBytes, flagSource: "preset" }, MACHINE);
    expect(limitOf(2048 * MIB)).toMatchObject({ limitBytes: 2048 * MIB, source: "preset" });
    expect(limitOf(7000 * MIB)).toMatchObject({ limitBytes: 6144 * MIB, source: "physical" });
    expect(limitOf(9e15).lines).toEqual(readMemoryLimit(REQUEST, MACHINE).lines);
  });

  it("takes off what others hold in the cgroup, but neither page cache nor our own memory", () => {
    const others = { anon: 30 * MIB + 70 * MIB, shmem: 20 * MIB, kernel: 4 * MIB + 5 * MIB };
    const limit = readMemoryLimit(REQUEST, { ...MACHINE, cgroups: [cgroupOf(512 * MIB, others)] });
    expect(limit.othersBytes).toBe((70 + 20 + 5) * MIB);
  });

  it("is bound by a cgroup above the flag when others leave less there", () => {
    const crowded = cgroupOf(1100 * MIB, { anon: 530 * MIB });
    const limit = readMemoryLimit({ ...REQUEST, flagBytes: 1024 * MIB }, { ...MACHINE, cgroups: [crowded] });
    expect(limit).toMatchObject({ limitBytes: 1024 * MIB, source: "flag", boundBy: "cgroup", othersBytes: 500 * MIB });
  });

  it("is bound by the ancestor that leaves least, and by the outermost of equals", () => {
    const inner = cgroupOf(512 * MIB, {}, "/pod/job");
    const crowded = cgroupOf(1024 * MIB, { anon: 830 * MIB }, "/pod");
    expect(readMemoryLimit(REQUEST, { ...MACHINE, cgroups: [inner, crowded] })).toMatchObject({
      limitBytes: 512 * MIB,
      cgroupBytes: 1024 * MIB,
      cgroup: { folder: "/pod" },
    });
    const equal = cgroupOf(512 * MIB, {}, "/pod");
    expect(readMemoryLimit(REQUEST, { ...MACHINE, cgroups: [inner, equal] }).cgroup?.folder).toBe("/pod");
  });

  it("falls back to 75 % of physical memory, less what other programs hold", () => {
    expect(readMemoryLimit(REQUEST, MACHINE)).toMatchObject({ limitBytes: 6144 * MIB, source: "physical", othersBytes: 0 });
    const busy = readMemoryLimit(REQUEST, { ...MACHINE, availableBytes: 2000 * MIB });
    expect(busy).toMatchObject({ limitBytes: 6144 * MIB, othersBytes: (6144 - 2000 - 30) * MIB });
    const flagged = readMemoryLimit({ ...REQUEST, flagBytes: 4096 * MIB }, { ...MACHINE, availableBytes: 2000 * MIB });
    expect(flagged.othersBytes).toBe(0);
  });

  it("leaves a budget of 0, not less, where nothing is left", () => {
    const limit = readMemoryLimit(REQUEST, { ...MACHINE, cgroups: [cgroupOf(40 * MIB)] });
    expect(limit.budgetBytes).toBe(0);
    expect(sumOf(limit)).toBeLessThan(0);
  });
});

function sumOf(limit: MemoryLimit): number {
  return limit.lines.reduce((sum, line) => sum + line.bytes, 0);
}

describe("the sum behind a limit", () => {
  it("adds up, and asking for the limit of a budget gives at least that budget and hardly more", () => {
    const random = seededRandom(7);
    const mib = (limit: number) => Math.floor(random() * limit) * MIB;
    for (let round = 0; round < 500; round += 1) {
      const others = { anon: 30 * MIB + mib(200), shmem: mib(50), kernel: mib(20) };
      const cgroups = random() < 0.5 ? [] : [cgroupOf(400 * MIB + mib(4000), others)];
      const request = { children: Math.floor(random() * 8), engineBinaries: 1, flagBytes: 300 * MIB + mib(4000) };
      const limit = readMemoryLimit(request, { ...MACHINE, cgroups });
      expect(limit.budgetBytes).toBe(Math.max(0, sumOf(limit)));
      expect(limit.lines[0]?.bytes).toBe(sumOf(limit) + limit.othersBytes + limit.kernelBytes);

      const wantedBytes = mib(3000);
      const needed = smallestLimitFor(limit, wantedBytes);
      const again =
        limit.boundBy === "limit"
          ? readMemoryLimit({ ...request, flagBytes: needed }, { ...MACHINE, cgroups: [] })
          : readMemoryLimit({ children: request.children, engineBinaries: 1 }, { ...MACHINE, cgroups: [cgroupOf(needed, others)] });
      // A baseline that is larger next time fits as well.
      expect(again.budgetBytes, `round ${round}`).toBeGreaterThanOrEqual(wantedBytes + 2 * MIB);
      expect(again.budgetBytes).toBeLessThan(wantedBytes + 3 * MIB + 16);
    }
  });
});

describe("limitOrigin", () => {
  it("asks for a larger flag, or for a larger container where that is what binds", () => {
    const flagged = limitOrigin(readMemoryLimit({ ...REQUEST, flagBytes: 512 * MIB }, MACHINE));
    expect(flagged.source).toBe("--max-memory");
    expect(flagged.advice(600 * MIB).hint).toBe("--max-memory 614M");
    const contained = limitOrigin(readMemoryLimit({ ...REQUEST, flagBytes: 512 * MIB }, { ...MACHINE, cgroups: [cgroupOf(512 * MIB)] }));
    expect(contained.source).toBe("the memory cgroup");
    expect(contained.advice(600 * MIB).hint).toBe("a container with at least 679M of memory");
  });
});

describe("readGroupBytes", () => {
  it("is what one job could have, with its kernel memory, where it is alone", () => {
    const machine = { ...MACHINE, cgroups: [cgroupOf(300 * MIB)] };
    const limit = readMemoryLimit(REQUEST, machine);
    expect(readGroupBytes(limit.textBytes, machine)).toBe(limit.budgetBytes + (4 + 2 * 3) * MIB);
    const physical = readMemoryLimit(REQUEST, MACHINE);
    expect(readGroupBytes(limit.textBytes, MACHINE)).toBe(physical.budgetBytes + (4 + 2 * 3) * MIB);
  });

  it("leaves out what is not of others, kernel memory too", () => {
    const crowded = { ...MACHINE, cgroups: [cgroupOf(1000 * MIB, { anon: 430 * MIB, kernel: 12 * MIB })] };
    const withJobs = { ...crowded, ownBytes: 430 * MIB, ownKernelBytes: 20 * MIB };
    expect(readGroupBytes(48 * MIB, withJobs) - readGroupBytes(48 * MIB, crowded)).toBe(400 * MIB + 8 * MIB);
    expect(readMemoryLimit(REQUEST, withJobs).othersBytes).toBe(0);
  });
});
