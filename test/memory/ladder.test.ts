import { describe, expect, it } from "vitest";
import { LADDER_STEPS, type LadderStepName, PressureLadder } from "../../src/memory/ladder.ts";
import { ManualClock } from "./manual-clock.ts";

function ladderOf(frees: Partial<Record<LadderStepName, number>>) {
  const clock = new ManualClock();
  const ladder = new PressureLadder(clock);
  const order: string[] = [];
  // Registered backwards, so that the order seen is the ladder's own.
  for (const step of [...LADDER_STEPS].reverse()) {
    const bytes = frees[step];
    if (bytes === undefined) continue;
    const note = (wantedBytes: number) => {
      order.push(`${step} ${wantedBytes}`);
      return bytes;
    };
    if (step === "refuse" || step === "slow" || step === "drop") ladder.on({ step, name: `the ${step}`, act: note });
    else ladder.on({ step, name: `the ${step}`, act: async (wantedBytes) => note(wantedBytes) });
  }
  return { ladder, order, clock };
}

describe("PressureLadder", () => {
  it("climbs in the fixed order and asks each rung for what is still missing", async () => {
    const { ladder, order } = ladderOf({ refuse: 0, slow: 0, drop: 10, compress: 20, spill: 30, shrink: 100, stop: 0 });
    expect(await ladder.relieve(70, "resident")).toBe(160);
    expect(order).toEqual(["refuse 70", "slow 70", "drop 70", "compress 60", "spill 40", "shrink 10"]);
  });

  it("runs the cheap rungs alone when nothing is wanted back", async () => {
    const { ladder, order } = ladderOf({ refuse: 0, drop: 10, spill: 30, stop: 0 });
    await ladder.relieve(0, "stall");
    expect(order).toEqual(["refuse 0", "drop 0"]);
  });

  it("lists what was refused, and of the rungs above only what gave something back", async () => {
    const { ladder, order } = ladderOf({ refuse: 0, spill: 30, stop: 0 });
    await ladder.relieve(70, "refault");
    expect(order).toEqual(["refuse 70", "spill 70", "stop 40"]);
    expect(ladder.steps.map(({ step }) => step)).toEqual(["refuse", "spill"]);
  });

  it("never slows, shrinks or stops anyone for a full ledger", async () => {
    const { ladder, order } = ladderOf({ refuse: 0, slow: 0, drop: 1, compress: 1, spill: 1, shrink: 1, stop: 1 });
    expect(await ladder.relieve(100, "ledger")).toBe(3);
    expect(order).toEqual(["drop 100", "compress 99", "spill 98"]);
  });

  it("drops without waiting, until enough is free", () => {
    const { ladder, order } = ladderOf({ refuse: 0, drop: 5, spill: 50 });
    ladder.on({ step: "drop", name: "a second cache", act: () => 5 });
    expect(ladder.drop(5, "ledger")).toBe(5);
    expect(ladder.drop(9, "ledger")).toBe(10);
    expect(order).toEqual(["drop 5", "drop 9"]);
  });

  it("logs what each actor truly freed, once per actor and cause", async () => {
    const { ladder, clock } = ladderOf({ drop: 7, shrink: 11 });
    clock.advance(40);
    await ladder.relieve(100, "resident");
    clock.advance(40);
    await ladder.relieve(100, "resident");
    await ladder.relieve(0, "cgroup");
    expect(ladder.steps).toEqual([
      { step: "drop", name: "the drop", cause: "resident", freedBytes: 14, times: 2, atMs: 40 },
      { step: "shrink", name: "the shrink", cause: "resident", freedBytes: 22, times: 2, atMs: 40 },
      { step: "drop", name: "the drop", cause: "cgroup", freedBytes: 7, times: 1, atMs: 80 },
    ]);
  });

  it("climbs once at a time: who asks meanwhile gets the same climb", async () => {
    const ladder = new PressureLadder(new ManualClock());
    let runs = 0;
    ladder.on({
      step: "spill",
      name: "frames",
      act: async () => {
        runs += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return 8;
      },
    });
    expect(await Promise.all([ladder.relieve(8, "resident"), ladder.relieve(8, "cgroup")])).toEqual([8, 8]);
    expect(runs).toBe(1);
    await ladder.relieve(8, "resident");
    expect(runs).toBe(2);
  });

  it("forgets an actor that was disposed, and eases the others", async () => {
    const ladder = new PressureLadder(new ManualClock());
    const eased: string[] = [];
    const first = ladder.on({ step: "slow", name: "first", act: () => 0, ease: () => eased.push("first") });
    ladder.on({ step: "slow", name: "second", act: () => 0, ease: () => eased.push("second") });
    first[Symbol.dispose]();
    await ladder.relieve(0, "resident");
    ladder.ease();
    expect(ladder.steps.map((step) => step.name)).toEqual(["second"]);
    expect(eased).toEqual(["second"]);
  });

  it("passes on the error of a rung that failed and can be climbed again", async () => {
    const ladder = new PressureLadder(new ManualClock());
    const failing = ladder.on({ step: "spill", name: "disk", act: () => Promise.reject(new Error("disk gone")) });
    await expect(ladder.relieve(1, "resident")).rejects.toThrow("disk gone");
    failing[Symbol.dispose]();
    expect(await ladder.relieve(1, "resident")).toBe(0);
  });

  it("refuses an actor's figure that cannot be", () => {
    const ladder = new PressureLadder(new ManualClock());
    ladder.on({ step: "drop", name: "odd", act: () => -1 });
    expect(() => ladder.drop(1, "ledger")).toThrow('ladder step drop "odd" freed -1 B');
  });
});
