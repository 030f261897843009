import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BudgetExceededError, LeakError } from "../../src/base/index.ts";
import { MemoryCore, type MemoryCoreOptions } from "../../src/memory/core.ts";
import { DEFAULT_CORE_SETTINGS } from "../../src/memory/core-settings.ts";
import { HeapSegment } from "../../src/memory/heap-segment.ts";
import { type MemoryLimit, readMemoryLimit } from "../../src/memory/limit.ts";

import { roomyBudget } from "./roomy-budget.ts";

const MIB = 1024 ** 2;

describe("MemoryCore", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mm-core-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function limitOf(flagBytes: number): MemoryLimit {
    return readMemoryLimit({ flagBytes, children: 1, engineBinaries: 1 });
  }

  function open(changes: Partial<MemoryCoreOptions> = {}): MemoryCore {
    return MemoryCore.open({
      limit: limitOf(1024 * MIB),
      heapGrowthBytes: 32 * MIB,
      spill: { parent: join(folder, "spill"), limitBytes: 100 * MIB },
      onFailure: (error) => expect.unreachable(String(error)),
      ...changes,
    });
  }

  it("reserves what Node holds already and what its heap may grow by", async () => {
    await using core = open();
    const { owners, baselineBytes, peakLedgerBytes, heldBy, limitBytes, limitSource } = core.stats();
    const bytesOf = Object.fromEntries(owners.map((owner) => [owner.tag, owner.currentBytes]));
    expect(bytesOf).toEqual({ "runtime.baseline": baselineBytes, "runtime.heap": 32 * MIB });
    expect(baselineBytes).toBeGreaterThan(5 * MIB);
    expect(peakLedgerBytes).toBe(baselineBytes + 32 * MIB);
    expect([heldBy, limitBytes, limitSource]).toEqual(["ledger", 1024 * MIB, "flag"]);
  });

  it("gives back what the process has given back since it was opened, and claims no more when it grows again", async () => {
    const touched = () => {
      const segment = new HeapSegment(roomyBudget(), "test.early", 32 * MIB);
      segment.bytes().fill(1);
      return segment;
    };
    const early = touched();
    await using core = open();
    const { baselineBytes } = core.stats();
    const held = () => core.stats().owners.find(({ tag }) => tag === "runtime.baseline")?.currentBytes ?? 0;
    early[Symbol.dispose]();
    core.remeasureBaseline();
    expect(held()).toBeLessThan(baselineBytes - 24 * MIB);
    const lower = held();
    using _late = touched();
    core.remeasureBaseline();
    expect(held()).toBeLessThanOrEqual(lower);
  });

  it("refuses a limit below what Node needs, and says which would do", () => {
    expect(() => open({ limit: limitOf(16 * MIB) })).toThrow(BudgetExceededError);
    expect(() => open({ limit: limitOf(16 * MIB) })).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(/^--max-memory \d+M$/) }),
    );
  });

  it("names what did not come home when it closes", async () => {
    const core = open();
    core.budget.reserve(5, "test.leak");
    await expect(core[Symbol.asyncDispose]()).rejects.toThrow(LeakError);
  });

  it("measures memory of this process and of its children", async () => {
    await using core = open();
    const before = core.monitor.sample();
    const hog = spawn(process.execPath, [
      "-e",
      "const b = Buffer.alloc(64 * 2 ** 20, 1); console.log(b.length); setTimeout(() => {}, 60000)",
    ]);
    await once(hog.stdout, "data");
    const during = core.monitor.sample();
    hog.kill("SIGKILL");
    await once(hog, "exit");
    expect(during.childrenBytes - before.childrenBytes).toBeGreaterThan(64 * MIB);
    expect(during.treeBytes).toBe(during.ownBytes + during.childrenBytes);
    expect(core.monitor.sample().childrenBytes).toBe(before.childrenBytes);
    expect(core.stats().peakBytes).toBeGreaterThanOrEqual(during.treeBytes);
    expect(core.stats().peakResidentBytes).toBeGreaterThan(core.stats().peakBytes);
  });

  it("gives native work the pages that the settings wish for", async () => {
    for (const [hugePages, requested] of [
      [true, "hugetlb-2m"],
      [false, "base"],
    ] as const) {
      await using core = open({ settings: { ...DEFAULT_CORE_SETTINGS, hugePages } });
      using segment = core.segment(core.budget, "test.native", 4 * MIB);
      expect(segment.pages.requested).toBe(requested);
    }
  });

  it("counts frame pools while they are open, the most at once", async () => {
    await using core = open();
    const config = { width: 64, height: 64, format: "yuv420p", capacity: 4, hugePages: false } as const;
    {
      using pool = core.framePool(core.budget, config);
      using frame = pool.loan();
      expect(frame).toBeDefined();
      expect(core.stats()).toMatchObject({ poolSlots: 4, poolAvailable: 3 });
    }
    using _other = core.framePool(core.budget, { ...config, capacity: 2 });
    expect(core.stats()).toMatchObject({ poolSlots: 4, poolAvailable: 4 });
  });

  it("counts bytes that were copied out of inputs, and those it is told of", async () => {
    await using core = open();
    const path = join(folder, "input");
    writeFileSync(path, Buffer.alloc(5000, 7));
    {
      using input = await core.mapInput(core.budget, "io.window", path);
      expect(input.read(0, 10)[0]).toBe(7);
    }
    core.countCopied(11);
    // The whole file fits into one window, which is read.
    expect(core.stats().copiedBytes).toBe(5000 + 11);
  });

  it("shrinks to the plan it settles on and reports the forecast", async () => {
    await using core = open();
    const narrower = readMemoryLimit({ flagBytes: 1024 * MIB, children: 9, engineBinaries: 1 });
    const before = core.budget.limitBytes;
    core.settle({ limit: narrower, plannedPeakBytes: 500 * MIB });
    expect(before - core.budget.limitBytes).toBe(8 * 3 * MIB);
    expect(core.stats().plannedPeakBytes).toBe(500 * MIB);
  });

  it("climbs the ladder when memory that nobody reserved goes over the limit, and says that the monitor held", async () => {
    await using core = open({ limit: limitOf(128 * MIB) });
    let ballast = Buffer.alloc(0);
    core.ladder.on({
      step: "shrink",
      name: "ballast",
      act: async () => {
        const { length } = ballast;
        ballast = Buffer.alloc(0);
        return length;
      },
    });
    core.monitor.sample();
    expect(core.stats()).toMatchObject({ heldBy: "ledger", steps: [] });
    ballast = Buffer.alloc(140 * MIB, 1);
    expect(core.monitor.sample().level).toBe("critical");
    expect(core.budget.tryReserve(1, "test.cache")).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(core.stats()).toMatchObject({
      heldBy: "monitor",
      steps: [
        { step: "refuse", name: "optional memory", cause: "resident", freedBytes: 0 },
        { step: "shrink", name: "ballast", cause: "resident", freedBytes: 140 * MIB },
      ],
    });
    expect(core.stats().ownPeakBytes - core.stats().ownLedgerPeakBytes).toBeGreaterThan(80 * MIB);
  });

  it("says that the kernel held when a child died at its limit", async () => {
    await using core = open();
    core.countFuseBlown();
    expect(core.stats().heldBy).toBe("kernel");
  });

  it("tracks every reservation in a file", async () => {
    const path = join(folder, "allocations.jsonl");
    {
      await using core = open({ trackAllocations: path });
      core.budget.reserve(7, "test.a")[Symbol.dispose]();
    }
    const lines = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type, tag }) => `${type} ${tag}`)).toEqual([
      "reserve runtime.baseline",
      "reserve runtime.heap",
      "reserve test.a",
      "release test.a",
      "release runtime.heap",
      "release runtime.baseline",
    ]);
  });
});
