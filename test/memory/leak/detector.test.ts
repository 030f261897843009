import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeLeakSeries } from "../../../fixtures/leak-series.mjs";
import { type MemoryLeakAlert, MemoryLeakDetector, type MemoryLeakDetectorOptions } from "../../../src/memory/leak/detector.ts";
import { ADDON_PATH } from "../../binding/addon.ts";
import { BuiltMm } from "../../cli/built-mm.ts";
import { ManualClock } from "../manual-clock.ts";
import { temporaryFolder } from "../temporary-folder.ts";

const MIB = 2 ** 20;
const INTERVAL_MS = 30_000;

/** A detector of a heap that is what the test says it is. */
function detectorOf(options: MemoryLeakDetectorOptions = {}) {
  const clock = new ManualClock();
  const alerts: MemoryLeakAlert[] = [];
  const heap = { usedBytes: 20 * MIB, externalBytes: 0, garbageBytes: 0, collections: 0, listener: () => {} };
  const detector = new MemoryLeakDetector({
    clock,
    onAlert: (alert) => alerts.push(alert),
    readMemory: () => ({ heapUsed: heap.usedBytes + heap.garbageBytes, heapTotal: 2e9, external: heap.externalBytes, rss: 3e9 }),
    collect: () => {
      heap.collections++;
      heap.garbageBytes = 0;
    },
    onFullCollection: (listener) => {
      heap.listener = listener;
      return { [Symbol.dispose]: () => {} };
    },
    ...options,
  });
  const step = (change: Partial<typeof heap> = {}, elapsedMs = INTERVAL_MS) => {
    Object.assign(heap, change);
    detector.takeSnapshot();
    clock.advance(elapsedMs);
  };
  return { detector, heap, alerts, clock, step };
}

describe("MemoryLeakDetector.getMemoryTrend", () => {
  it("is unknown until there are two snapshots, and then the rate in bytes per second", () => {
    const { detector, step } = detectorOf();
    expect(detector.getMemoryTrend()).toEqual({ trend: "unknown", rate: 0 });
    step();
    expect(detector.getMemoryTrend()).toEqual({ trend: "unknown", rate: 0 });
    step({ usedBytes: 20 * MIB + 3_000_000 });
    expect(detector.getMemoryTrend()).toEqual({ trend: "growing", rate: 100_000 });
  });

  it("is stable below 1000 bytes per second, and decreasing", () => {
    const slow = detectorOf();
    for (let at = 0; at < 5; at++) slow.step({ usedBytes: 20 * MIB + at * 29_000 });
    expect(slow.detector.getMemoryTrend().trend).toBe("stable");
    const falling = detectorOf();
    for (let at = 0; at < 5; at++) falling.step({ usedBytes: 90 * MIB - at * 31_000 });
    expect(falling.detector.getMemoryTrend().trend).toBe("decreasing");
  });

  it("counts what the heap holds outside of it", () => {
    const { detector, step } = detectorOf();
    for (let at = 0; at < 5; at++) step({ externalBytes: at * MIB });
    expect(detector.getMemoryTrend()).toEqual({ trend: "growing", rate: MIB / 30 });
  });

  it("forgets what is older than an hour, and keeps a bounded number of snapshots", () => {
    const { detector, step } = detectorOf();
    for (let at = 0; at < 100; at++) step({ usedBytes: (200 - at) * MIB });
    for (let at = 0; at < 121; at++) step({ usedBytes: 50 * MIB });
    expect(detector.getMemoryTrend()).toEqual({ trend: "stable", rate: 0 });
  });
});

describe("MemoryLeakDetector", () => {
  it("alerts when three snapshots grow by more than 50 MiB that a collection does not free", () => {
    const { heap, alerts, step } = detectorOf();
    step();
    step({ usedBytes: 45 * MIB });
    step({ usedBytes: 70 * MIB });
    expect(heap.collections).toBe(0);
    step({ usedBytes: 96 * MIB });
    expect(alerts).toEqual([
      {
        type: "memory_leak",
        severity: "high",
        message: "Memory leak detected: 51.00MB growth",
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        process: process.pid,
        version: process.version,
        growthBytes: 51 * MIB,
        verdict: "too-short",
      },
    ]);
    step({ usedBytes: 110 * MIB });
    step({ usedBytes: 140 * MIB });
    expect(alerts).toHaveLength(1);
    step({ usedBytes: 170 * MIB });
    expect(alerts).toHaveLength(2);
  });

  it("does not alert when the collection frees half of it or more", () => {
    const { heap, alerts, step } = detectorOf();
    step();
    step();
    step({ usedBytes: 49 * MIB, garbageBytes: 30 * MIB });
    expect(heap.collections).toBe(1);
    expect(alerts).toEqual([]);
  });

  it("compares with the floor before, not with garbage that was there then", () => {
    const { detector, heap, alerts, step, clock } = detectorOf();
    detector.startDetection();
    heap.listener();
    clock.advance(1);
    step({ garbageBytes: 60 * MIB });
    step();
    // 55 MiB more than the snapshot two before. By that alone 45 would be left of 55; from the floor 105 of 115.
    step({ usedBytes: 125 * MIB, garbageBytes: 10 * MIB });
    expect(alerts).toMatchObject([{ growthBytes: 105 * MIB }]);
    detector.stopDetection();
  });

  it("alerts of a slow leak when the tested rule calls it one and it has grown by the threshold", () => {
    const { detector, alerts, step } = detectorOf();
    for (let at = 0; at < 100 && alerts.length === 0; at++) step({ usedBytes: (20 + at) * MIB, garbageBytes: ((at * 7) % 5) * MIB });
    expect(alerts).toMatchObject([{ verdict: "leak" }]);
    expect(detector.verdict().verdict).toBe("leak");
    expect(alerts[0]?.growthBytes).toBeGreaterThan(50 * MIB);
    const sound = detectorOf();
    const { bytes } = makeLeakSeries("sawtooth of a collector", 3);
    for (const each of bytes.subarray(0, 120)) sound.step({ usedBytes: each });
    expect(sound.alerts).toEqual([]);
    expect(sound.detector.verdict().verdict).toBe("steady");
  });

  it("judges by the floors after full collections where there are enough", () => {
    const { detector, heap, step } = detectorOf();
    detector.startDetection();
    for (let at = 0; at < 100; at++) {
      step({ usedBytes: 20 * MIB, garbageBytes: at * MIB }, 0);
      heap.garbageBytes = 0;
      heap.listener();
      step({ garbageBytes: at * MIB });
    }
    expect(detector.verdict().verdict).toBe("steady");
    detector.stopDetection();
  });

  it("keeps a bounded number of snapshots, and among them the lowest", () => {
    const { detector, step } = detectorOf({ windowMs: 2e6 });
    for (let at = 0; at < 20_000; at++) step({ usedBytes: at % 50 === 0 ? 20 * MIB + at * 1000 : 90 * MIB }, 100);
    const { floors, verdict } = detector.verdict();
    expect({ floors, verdict }).toEqual({ floors: 16, verdict: "leak" });
  });
});

describe("MemoryLeakDetector's heap dumps", () => {
  const grow = (step: (change: { usedBytes: number }) => void) => {
    for (const mebibytes of [20, 20, 80]) step({ usedBytes: mebibytes * MIB });
  };

  it("go into a folder that it makes, for the owner alone, where there is headroom", () => {
    const dumpFolder = join(temporaryFolder(), "deep", "logs");
    const { alerts, step } = detectorOf({ dumpFolder, readHeadroom: () => 1e12 });
    grow(step);
    const path = alerts[0]?.heapDump ?? "";
    expect(path).toMatch(/\/logs\/heap-\d+\.heapsnapshot$/);
    expect(readFileSync(path, "latin1").slice(0, 20)).toMatch(/^\{"snapshot":\{"meta"/);
    expect(statSync(dumpFolder).mode & 0o777).toBe(0o700);
    expect(readdirSync(dumpFolder)).toHaveLength(1);
  });

  it("are not written where there is no room for one, or the folder cannot be made", () => {
    const dumpFolder = join(temporaryFolder(), "logs");
    const tight = detectorOf({ dumpFolder, readHeadroom: () => 1000 });
    grow(tight.step);
    expect(tight.alerts[0]?.heapDump).toMatch(/^a dump of a heap of \d+ bytes needs \d+, and 1000 are left$/);
    expect(existsSync(dumpFolder)).toBe(false);
    const nowhere = detectorOf({ dumpFolder: join(ADDON_PATH, "logs"), readHeadroom: () => 1e12 });
    grow(nowhere.step);
    expect(nowhere.alerts[0]?.heapDump).toMatch(/ cannot be written \(ENOTDIR\)$/);
  });
});

describe("startDetection", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("takes a snapshot every 30 seconds unless it is told otherwise, until it is stopped", () => {
    vi.useFakeTimers();
    let reads = 0;
    const { detector } = detectorOf({
      readMemory: () => {
        reads++;
        return { heapUsed: 1, heapTotal: 1, external: 1, rss: 1 };
      },
    });
    detector.startDetection();
    vi.advanceTimersByTime(90_000);
    expect(reads).toBe(3);
    detector.startDetection(1000);
    vi.advanceTimersByTime(10_000);
    expect(reads).toBe(13);
    detector[Symbol.dispose]();
    vi.advanceTimersByTime(10_000);
    expect(reads).toBe(13);
  });
});

describe("in a program that leaks", () => {
  it("finds the leak, says so on stderr in one line, and lets the program end", { timeout: 120_000 }, () => {
    using built = new BuiltMm("unbundled");
    const program = `
      const { MemoryLeakDetector } = await import(${JSON.stringify(join(built.folder, "dist/memory/index.js"))});
      const detector = new MemoryLeakDetector({ thresholdBytes: 10 * 2 ** 20 });
      detector.startDetection(50);
      const kind = process.argv[1];
      const held = [];
      let rounds = 0;
      const timer = setInterval(() => {
        for (let at = 0; at < 2; at++) {
          const block = kind === "buffers" ? Buffer.alloc(2 ** 20, 1) : Array.from({ length: 2 ** 17 }, (_, i) => i + 0.5);
          if (kind !== "garbage") held.push(block);
        }
        if (++rounds === 40) clearInterval(timer);
      }, 10);`;
    const run = (kind: string) => spawnSync(process.execPath, ["--input-type=module", "-e", program, kind], { encoding: "utf8" });
    for (const kind of ["buffers", "objects"]) {
      const { status, stderr } = run(kind);
      expect(status).toBe(0);
      const [line = ""] = stderr.split("\n");
      expect(line).toMatch(/^MEMORY_LEAK_ALERT: \{/);
      const alert = JSON.parse(line.slice("MEMORY_LEAK_ALERT: ".length));
      expect(alert).toMatchObject({ type: "memory_leak", severity: "high" });
      expect(alert.growthBytes).toBeGreaterThan(5 * MIB);
    }
    expect(run("garbage")).toMatchObject({ status: 0, stderr: "" });
  });
});
