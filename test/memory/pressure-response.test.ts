import { beforeEach, describe, expect, it } from "vitest";
import { PressureLadder } from "../../src/memory/ladder.ts";
import { PressureResponse } from "../../src/memory/pressure-response.ts";
import { ManualClock } from "./manual-clock.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("PressureResponse", () => {
  let clock = new ManualClock();
  let ladder = new PressureLadder(clock);
  let did: string[] = [];
  let failures: unknown[] = [];
  let shrinkFrees = 5;
  let response = new PressureResponse(ladder, clock, () => {});

  beforeEach(() => {
    clock = new ManualClock();
    ladder = new PressureLadder(clock);
    did = [];
    failures = [];
    shrinkFrees = 5;
    response = new PressureResponse(ladder, clock, (error) => failures.push(error));
    const slow = () => {
      did.push("slow");
      return 0;
    };
    ladder.on({ step: "slow", name: "lanes", act: slow, ease: () => did.push("ease") });
    ladder.on({
      step: "shrink",
      name: "lanes",
      act: async () => {
        did.push("shrink");
        return shrinkFrees;
      },
    });
  });

  const feel = async (level: "ok" | "warning" | "critical", wantedBytes = 0) => {
    response.respond({ level, cause: "resident", wantedBytes });
    await settle();
  };

  it("does nothing for a warning", async () => {
    await feel("warning");
    await feel("ok");
    expect(did).toEqual(["ease"]);
    expect(ladder.steps).toEqual([]);
  });

  it("slows once when the level becomes critical, and eases when it is ok again", async () => {
    for (const level of ["critical", "critical", "warning", "warning", "ok", "ok"] as const) {
      await feel(level);
      clock.advance(1000);
    }
    expect(did).toEqual(["slow", "ease"]);
    expect(response.acted).toBe(false);
  });

  it("climbs again while bytes are wanted, but lets each climb settle", async () => {
    await feel("critical", 100);
    clock.advance(249);
    await feel("critical", 95);
    expect(did).toEqual(["slow", "shrink"]);
    clock.advance(1);
    await feel("critical", 95);
    expect(did).toEqual(["slow", "shrink", "slow", "shrink"]);
    expect(response.acted).toBe(true);
  });

  it("did not act when nothing came free", async () => {
    shrinkFrees = 0;
    await feel("critical", 100);
    expect(did).toEqual(["slow", "shrink"]);
    expect(response.acted).toBe(false);
  });

  it("reports a rung that failed", async () => {
    ladder.on({ step: "spill", name: "frames", act: () => Promise.reject(new Error("disk gone")) });
    await feel("critical", 100);
    expect(failures).toMatchObject([{ message: "disk gone" }]);
    expect(did).toEqual(["slow"]);
  });
});
