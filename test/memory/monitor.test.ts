import { describe, expect, it } from "vitest";
import { MemoryMonitor, type MonitorOptions } from "../../src/memory/monitor.ts";
import type { Measured, Pressure } from "../../src/memory/pressure-judge.ts";
import type { TreeUsage } from "../../src/memory/procfs.ts";
import { ManualClock } from "./manual-clock.ts";
import { roomyBudget } from "./roomy-budget.ts";

function monitorOf(changes: Partial<MonitorOptions> = {}) {
  const clock = new ManualClock();
  const budget = roomyBudget(1000);
  const seen = { tree: { ownBytes: 0, childrenBytes: 0, fileBytes: 0 } as TreeUsage, sharedBytes: 0 };
  const measured: Measured[] = [];
  const pressures: Pressure[] = [];
  const failures: unknown[] = [];
  const monitor = new MemoryMonitor({
    clock,
    budget,
    readTree: () => seen.tree,
    readSharedBytes: () => seen.sharedBytes,
    cgroup: undefined,
    judge: (each) => {
      measured.push(each);
      return { level: each.treeBytes > 500 ? "critical" : "ok", cause: "resident", wantedBytes: 0 };
    },
    onPressure: (pressure) => pressures.push(pressure),
    onFailure: (error) => failures.push(error),
    ...changes,
  });
  return { clock, budget, seen, measured, pressures, failures, monitor };
}

const forMs = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("MemoryMonitor.sample", () => {
  it("adds up the tree and counts shared segments once, file pages only as resident", async () => {
    const { seen, budget, monitor, measured } = monitorOf();
    seen.tree = { ownBytes: 100, childrenBytes: 300, fileBytes: 50 };
    seen.sharedBytes = 40;
    budget.reserve(70, "test.own");
    await budget.admit(200, "test.child", { forChild: true });
    expect(monitor.sample()).toEqual({
      atMs: 0,
      treeBytes: 440,
      residentBytes: 490,
      ownBytes: 140,
      childrenBytes: 300,
      sharedBytes: 40,
      ledgerBytes: 270,
      level: "ok",
    });
    expect(measured).toMatchObject([{ treeBytes: 440, ownBytes: 140, ownLedgerBytes: 70 }]);
  });

  it("remembers the highest of each figure", () => {
    const { seen, budget, monitor } = monitorOf();
    const held = budget.reserve(70, "test.own");
    seen.tree = { ownBytes: 10, childrenBytes: 300, fileBytes: 5 };
    monitor.sample();
    held[Symbol.dispose]();
    seen.tree = { ownBytes: 200, childrenBytes: 0, fileBytes: 500 };
    monitor.sample();
    expect([monitor.peakBytes, monitor.peakResidentBytes, monitor.ownPeakBytes, monitor.ownLedgerPeakBytes]).toEqual([310, 700, 200, 70]);
  });

  it("tells listeners and the pressure's responder, until they leave", () => {
    const { seen, monitor, pressures } = monitorOf();
    const levels: string[] = [];
    const listener = monitor.onSample((sample) => levels.push(sample.level));
    monitor.sample();
    seen.tree = { ownBytes: 501, childrenBytes: 0, fileBytes: 0 };
    monitor.sample();
    listener[Symbol.dispose]();
    monitor.sample();
    expect(levels).toEqual(["ok", "critical"]);
    expect(pressures.map((pressure) => pressure.level)).toEqual(["ok", "critical", "critical"]);
  });
});

describe("MemoryMonitor.start", () => {
  it("samples by itself until it is stopped, and tells how often it truly did", async () => {
    const { monitor, measured } = monitorOf({ clock: { nowMs: () => performance.now() } });
    expect(monitor.sampleMs).toBe(20);
    monitor.start(10);
    await forMs(60);
    expect(measured.length).toBeGreaterThanOrEqual(2);
    const busyUntil = performance.now() + 100;
    while (performance.now() < busyUntil);
    await forMs(25);
    monitor.stop();
    const count = measured.length;
    await forMs(40);
    expect(measured.length).toBe(count);
    expect(monitor.sampleMs).toBeGreaterThan(12);
  });

  it("reports a sample that failed instead of ending the process", async () => {
    const { monitor, failures } = monitorOf({
      readTree: () => {
        throw new Error("no /proc");
      },
    });
    monitor.start(5);
    await forMs(30);
    monitor.stop();
    expect(failures[0]).toMatchObject({ message: "no /proc" });
  });
});
