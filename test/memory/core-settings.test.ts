import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MIB } from "../../src/base/index.ts";
import { MemoryCore } from "../../src/memory/core.ts";
import { DEFAULT_CORE_SETTINGS, type MemoryCoreSettings } from "../../src/memory/core-settings.ts";
import type { FramePoolConfig } from "../../src/memory/frame-pool.ts";
import { readMemoryLimit } from "../../src/memory/limit.ts";
import { memoryNodes, nodesOf } from "../../src/memory/numa.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(settings: Partial<MemoryCoreSettings> = {}, limitBytes = 1024 * MIB): MemoryCore {
  return MemoryCore.open({
    limit: readMemoryLimit({ flagBytes: limitBytes, children: 1, engineBinaries: 1 }),
    heapGrowthBytes: MIB,
    spill: { parent: join(folder, "spill"), limitBytes: 100 * MIB },
    settings: { ...DEFAULT_CORE_SETTINGS, ...settings },
    onFailure: (error) => expect.unreachable(String(error)),
  });
}

const FRAMES: FramePoolConfig = { width: 333, height: 333, format: "yuv444p", capacity: 8 };

describe("settings of the memory core", () => {
  test("pressure: levels begin where they say", async () => {
    const levels: string[] = [];
    for (const pressure of [DEFAULT_CORE_SETTINGS.pressure, { warning: 0.001, critical: 0.95 }, { warning: 0.0005, critical: 0.001 }]) {
      await using core = open({ pressure });
      levels.push(core.monitor.sample().level);
      core.settle({ limit: readMemoryLimit({ flagBytes: 1000 * MIB, children: 1, engineBinaries: 1 }), plannedPeakBytes: 0 });
      levels.push(core.monitor.sample().level);
    }
    expect(levels).toEqual(["ok", "ok", "warning", "warning", "critical", "critical"]);
  });

  test("collectShare: a ledger fuller than that gives free heap back, at the next sample", async () => {
    for (const [collectShare, steps] of [
      [0.8, []],
      [0.01, [expect.objectContaining({ step: "drop", name: "free heap" })]],
    ] as const) {
      await using core = open({ collectShare });
      using _held = core.budget.reserve(100 * MIB, "test.held");
      core.monitor.sample();
      expect(core.stats().steps).toEqual(steps);
    }
  });

  test("collectsAlways: the same between two pieces of work", async () => {
    for (const [collectsAlways, times] of [
      [false, undefined],
      [true, 2],
    ] as const) {
      await using core = open({ collectsAlways });
      core.remeasureBaseline();
      core.remeasureBaseline();
      expect(core.stats().steps[0]?.times).toBe(times);
    }
  });

  test("isAdaptive: without it nothing is slowed or shrunk", async () => {
    for (const [isAdaptive, climbed] of [
      [true, ["slow", "spill", "shrink"]],
      [false, ["spill"]],
    ] as const) {
      await using core = open({ isAdaptive });
      const done: string[] = [];
      core.ladder.on({ step: "slow", name: "reader", act: () => done.push("slow") - done.length });
      for (const step of ["spill", "shrink"] as const) core.ladder.on({ step, name: "batches", act: async () => done.push(step) });
      await core.ladder.relieve(100, "resident");
      expect(done).toEqual(climbed);
    }
  });

  test("mapping: which inputs are mapped, and whether their pages are brought in", async () => {
    const path = join(folder, "input");
    writeFileSync(path, Buffer.alloc(2 * MIB, 1));
    const read = async (mapping: MemoryCoreSettings["mapping"]) => {
      await using core = open({ mapping });
      using input = await core.mapInput(core.budget, "io.window", path);
      input.read(0, 1);
      return [input.backend, core.stats().copiedBytes, input.residentBytes()];
    };
    expect(await read({})).toEqual(["read", MIB, MIB]);
    expect(await read({ readBelowBytes: 0, backend: "read" })).toEqual(["read", MIB, MIB]);
    expect(await read({ readBelowBytes: 3 * MIB })).toEqual(["read", MIB, MIB]);
    expect(await read({ readBelowBytes: 2 * MIB, populate: true })).toEqual(["native", 0, 2 * MIB]);
  });

  test("hugePages: whether pools ask for them", async () => {
    const requested: string[] = [];
    for (const hugePages of [true, false]) {
      await using core = open({ hugePages });
      using frames = core.framePool(core.budget, FRAMES);
      requested.push(frames.pool.segment.pages.requested);
    }
    expect(requested).toEqual(["hugetlb-2m", "base"]);
  });

  test("slotAlignmentBytes: where slots begin", async () => {
    const strides: number[] = [];
    for (const slotAlignmentBytes of [1, 64, 256]) {
      await using core = open({ slotAlignmentBytes });
      using frames = core.framePool(core.budget, FRAMES);
      expect(frames.capacity).toBe(8);
      strides.push(frames.pool.native.strideBytes);
    }
    expect(strides).toEqual([332_667, 332_672, 332_800]);
  });

  test("numa: the memory policy of pools", async () => {
    const policies: string[] = [];
    const last = memoryNodes() - 1;
    const all = last === 0 ? "0" : `0-${last}`;
    for (const numa of [
      undefined,
      { policy: "local", nodes: 0 },
      { policy: "interleave", nodes: 0 },
      { policy: "interleave", nodes: 1 },
    ] as const) {
      await using core = open({ numa });
      const before = policiesOf();
      using frames = core.framePool(core.budget, FRAMES);
      frames.pool.segment.bytes().fill(1);
      policies.push(
        [...policiesOf()]
          .filter(([address, policy]) => before.get(address) !== policy && policy !== "default")
          .map(([, policy]) => policy)
          .join(),
      );
    }
    if (policiesOf().size === 0) console.log("skipped: memory policies, because this kernel has no /proc/self/numa_maps");
    else expect(policies).toEqual(["", "local", `interleave:${all}`, "interleave:0"]);
  });

  test("compression: of what is spilled", async () => {
    const spilled: number[] = [];
    for (const compression of [DEFAULT_CORE_SETTINGS.compression, undefined]) {
      await using core = open({ compression });
      const writer = core.spill.createRun("test");
      await writer.append(new Uint8Array(3 * MIB));
      await writer.finish();
      spilled.push(core.stats().spilledBytes);
    }
    expect(spilled).toEqual([expect.toSatisfy((bytes: number) => bytes < 100_000), 3 * MIB]);
  });
});

test("nodes that are not there do not take part", () => {
  expect([
    nodesOf({ policy: "local", nodes: 0 }, 4),
    nodesOf({ policy: "local", nodes: 2 }, 4),
    nodesOf({ policy: "local", nodes: 8 }, 4),
  ]).toEqual([4, 2, 4]);
  expect(memoryNodes("/nowhere")).toBe(1);
});

/** Policies of this process's mappings by address (numa_maps of proc(5)). */
function policiesOf(): Map<string, string> {
  let text = "";
  try {
    text = readFileSync("/proc/self/numa_maps", "utf8");
  } catch {
    return new Map();
  }
  return new Map(text.split("\n").map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
}
