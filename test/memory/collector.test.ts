import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { MIB, systemClock } from "../../src/base/index.ts";
import { Collector } from "../../src/memory/collector.ts";
import { PressureLadder } from "../../src/memory/ladder.ts";
import { roomyBudget } from "./roomy-budget.ts";

function full(share: number) {
  const ladder = new PressureLadder(systemClock);
  const budget = roomyBudget(100 * MIB, ladder);
  const dropped: number[] = [];
  ladder.on({
    step: "drop",
    name: "cache",
    act: (wantedBytes) => {
      dropped.push(wantedBytes);
      return wantedBytes;
    },
  });
  return { ladder, budget, dropped, collector: new Collector(budget, ladder, share) };
}

test("caches are emptied to 70 % of the limit, once each time the ledger passes the share", () => {
  const { ladder, budget, dropped, collector } = full(0.8);
  const held = budget.reserve(80 * MIB, "test.held");
  collector.check();
  expect(dropped).toEqual([]);
  const more = budget.reserve(5 * MIB, "test.more");
  collector.check();
  collector.check();
  expect(dropped).toEqual([15 * MIB]);
  more[Symbol.dispose]();
  collector.check();
  budget.reserve(3 * MIB, "test.more")[Symbol.dispose]();
  const again = budget.reserve(10 * MIB, "test.again");
  collector.check();
  expect(dropped).toEqual([15 * MIB, 20 * MIB]);
  expect(ladder.steps).toMatchObject([
    { step: "drop", name: "cache", cause: "ledger", freedBytes: 35 * MIB, times: 2 },
    { step: "drop", name: "free heap", cause: "ledger", times: 2 },
  ]);
  again[Symbol.dispose]();
  held[Symbol.dispose]();
});

test("another share is passed at another fill", () => {
  const { budget, dropped, collector } = full(0.5);
  const held = budget.reserve(72 * MIB, "test.held");
  collector.check();
  expect(dropped).toEqual([2 * MIB]);
  held[Symbol.dispose]();
});

test("free heap goes back to the kernel, and the record says how much", () => {
  const { ladder, budget, collector } = full(0.8);
  collector.collect();
  // Below the size that malloc maps by itself. Every fortieth stays, so that the others are holes and not the end of the heap.
  let held = Array.from({ length: 6000 }, () => Buffer.allocUnsafeSlow(12_000).fill(1));
  held = held.filter((_, at) => at % 40 === 0);
  collectGarbage();
  const before = ladder.steps[0]?.freedBytes ?? 0;
  collector.collect();
  expect((ladder.steps[0]?.freedBytes ?? 0) - before).toBeGreaterThan(20 * MIB);
  expect(held.length).toBe(150);
  budget[Symbol.dispose]();
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  collect();
}
