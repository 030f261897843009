import { describe, expect, it } from "vitest";
import { BudgetExceededError, LeakError, UseAfterReleaseError } from "../../src/base/index.ts";
import { Budget } from "../../src/memory/budget.ts";
import { PressureLadder } from "../../src/memory/ladder.ts";
import type { Reservation } from "../../src/memory/reservation.ts";
import type { MemoryTag } from "../../src/memory/tags.ts";
import { ManualClock } from "./manual-clock.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("Budget.reserve", () => {
  it("counts what is out and remembers the most", () => {
    const budget = roomyBudget(100);
    const a = budget.reserve(60, "test.a");
    const b = budget.reserve(40, "test.b");
    expect(budget.reservedBytes).toBe(100);
    a[Symbol.dispose]();
    a[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(40);
    expect(budget.peakBytes).toBe(100);
    b[Symbol.dispose]();
    budget[Symbol.dispose]();
  });

  it("says who holds what and which limit would do", () => {
    const budget = roomyBudget(100);
    budget.reserve(10, "test.small");
    budget.reserve(50, "test.big");
    budget.reserve(20, "test.middle");
    budget.reserve(5, "test.least");
    const error = caught(() => budget.reserve(40, "test.wanted"));
    expect(error).toBeInstanceOf(BudgetExceededError);
    expect(error).toMatchObject({
      message: "over the memory limit: 40 B for test.wanted wanted, 85 B of 100 B in use",
      hint: "a larger test budget",
      details: {
        wantedBytes: 40,
        tag: "test.wanted",
        usedBytes: 85,
        limitBytes: 100,
        source: "a test",
        holders: "test.big 50 B, test.middle 20 B, test.small 10 B",
        smallestLimitBytes: 125,
      },
    });
    expect(budget.reservedBytes).toBe(85);
  });

  it("drops caches before it gives up, and only as much as is missing", () => {
    const ladder = new PressureLadder(new ManualClock());
    const budget = roomyBudget(100, ladder);
    const cache = budget.reserve(70, "test.cache");
    const asked: number[] = [];
    ladder.on({
      step: "drop",
      name: "cache",
      act: (wantedBytes) => {
        asked.push(wantedBytes);
        cache.shrinkTo(cache.bytes - wantedBytes);
        return wantedBytes;
      },
    });
    budget.reserve(50, "test.work");
    expect(asked).toEqual([20]);
    expect(budget.reservedBytes).toBe(100);
    expect(ladder.steps).toMatchObject([{ step: "drop", cause: "ledger", freedBytes: 20 }]);
  });

  it("refuses sizes that are no number of bytes", () => {
    const budget = roomyBudget(100);
    for (const bytes of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => budget.reserve(bytes, "test.odd")).toThrow("a number of bytes");
    }
    expect(budget.reservedBytes).toBe(0);
  });
});

describe("Budget.tryReserve", () => {
  it("gives undefined for what does not fit, and drops nothing for it", () => {
    const ladder = new PressureLadder(new ManualClock());
    const budget = roomyBudget(100, ladder);
    ladder.on({ step: "drop", name: "cache", act: () => 50 });
    expect(budget.tryReserve(100, "test.a")?.bytes).toBe(100);
    expect(budget.tryReserve(1, "test.b")).toBeUndefined();
    expect(ladder.steps).toEqual([]);
  });

  it("does not take what someone waits for", async () => {
    const budget = roomyBudget(100);
    const held = budget.reserve(50, "test.held");
    const waiting = budget.admit(80, "test.waiting");
    expect(budget.tryReserve(10, "test.cache")).toBeUndefined();
    held[Symbol.dispose]();
    await waiting;
    expect(budget.tryReserve(10, "test.cache")?.bytes).toBe(10);
  });

  it("gives nothing in the whole tree while optional memory is refused", () => {
    const budget = roomyBudget(100);
    const child = budget.child("child", { limitBytes: 50, minimumBytes: 0 });
    budget.refuseOptional(true);
    expect(child.tryReserve(1, "test.cache")).toBeUndefined();
    budget.refuseOptional(false);
    expect(child.tryReserve(1, "test.cache")?.bytes).toBe(1);
  });
});

describe("Budget.admit", () => {
  it("waits until enough came home, and counts the wait", async () => {
    const clock = new ManualClock();
    const origin = { source: "a test", advice: (limitBytes: number) => ({ limitBytes, hint: "" }) };
    const budget = Budget.root({ name: "test", limitBytes: 100, clock, ladder: new PressureLadder(clock), origin });
    const lanes = budget.child("lanes", { limitBytes: 100, minimumBytes: 0 });
    const held = lanes.reserve(60, "test.held");
    const waiting = lanes.admit(50, "test.next");
    clock.advance(30);
    held.shrinkTo(50);
    expect((await waiting).bytes).toBe(50);
    expect(lanes.admissionWaitMs).toBe(30);
    expect(budget.admissionWaitMs).toBe(30);
  });

  it("throws at once what can never fit, though a wait would be endless", async () => {
    const budget = roomyBudget(100);
    const runtime = budget.child("runtime", { limitBytes: 40, minimumBytes: 40 });
    await expect(budget.admit(61, "test.big")).rejects.toMatchObject({ details: { smallestLimitBytes: 101 } });
    await expect(budget.admit(60, "test.fits")).resolves.toMatchObject({ bytes: 60 });
    await expect(runtime.admit(41, "test.big")).rejects.toBeInstanceOf(BudgetExceededError);
  });

  it("spills for the head of the queue", async () => {
    const ladder = new PressureLadder(new ManualClock());
    const budget = roomyBudget(100, ladder);
    const cold = budget.reserve(90, "test.frames");
    ladder.on({
      step: "spill",
      name: "frames",
      act: async (wantedBytes) => {
        await settle();
        cold.shrinkTo(cold.bytes - wantedBytes);
        return wantedBytes;
      },
    });
    expect((await budget.admit(30, "test.lane")).bytes).toBe(30);
    expect(cold.bytes).toBe(70);
  });

  it("keeps the order across the budgets of a tree", async () => {
    const budget = roomyBudget(100);
    const a = budget.child("a", { limitBytes: 100, minimumBytes: 0 });
    const b = budget.child("b", { limitBytes: 100, minimumBytes: 0 });
    const held = budget.reserve(100, "test.held");
    const order: string[] = [];
    const all = [a, b, a, b].map((each, index) => each.admit(30 - index, "test.lane").then(() => order.push(`${each.name}${index}`)));
    held.shrinkTo(70);
    await settle();
    expect(order).toEqual(["a0"]);
    held.shrinkTo(0);
    await settle();
    expect(order).toEqual(["a0", "b1", "a2"]);
    expect(budget.reservedBytes).toBe(87);
    // The fourth is still waiting: 27 do not fit into 13.
    expect(all).toHaveLength(4);
  });

  it("keeps memory of children apart from that of this process", async () => {
    const budget = roomyBudget(100);
    const lanes = budget.child("lanes", { limitBytes: 100, minimumBytes: 0 });
    budget.reserve(10, "test.own");
    const child = await lanes.admit(50, "test.child", { forChild: true });
    expect(budget.childProcessBytes).toBe(50);
    const part = child.split(20);
    child.shrinkTo(5);
    expect(budget.childProcessBytes).toBe(25);
    part[Symbol.dispose]();
    child[Symbol.dispose]();
    expect(budget.childProcessBytes).toBe(0);
    expect(budget.reservedBytes).toBe(10);
  });
});

describe("Budget.child", () => {
  it("takes its minimum from the parent now and borrows the rest when it is used", () => {
    const budget = roomyBudget(100);
    const child = budget.child("child", { limitBytes: 50, minimumBytes: 30 });
    expect(budget.reservedBytes).toBe(30);
    const first = child.reserve(20, "test.a");
    expect(budget.reservedBytes).toBe(30);
    const second = child.reserve(25, "test.b");
    expect(budget.reservedBytes).toBe(45);
    expect(() => child.reserve(6, "test.c")).toThrow(BudgetExceededError);
    first[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(30);
    second[Symbol.dispose]();
    child[Symbol.dispose]();
    expect(budget.reservedBytes).toBe(0);
  });

  it("cannot borrow what the parent has given to others", () => {
    const budget = roomyBudget(100);
    const child = budget.child("child", { limitBytes: 100, minimumBytes: 10 });
    budget.reserve(80, "test.other");
    expect(() => child.reserve(21, "test.a")).toThrow("21 B for test.a wanted, 0 B of 100 B in use");
    expect(child.reserve(20, "test.a").bytes).toBe(20);
  });

  it("is refused when its minimum does not fit", () => {
    const budget = roomyBudget(100);
    budget.reserve(80, "test.other");
    expect(() => budget.child("child", { limitBytes: 50, minimumBytes: 30 })).toThrow(BudgetExceededError);
    expect(budget.reservedBytes).toBe(80);
  });
});

describe("Budget.narrowTo", () => {
  it("lowers the limit, but not below what is out", () => {
    const budget = roomyBudget(100);
    const held = budget.reserve(60, "test.a");
    budget.narrowTo(70);
    expect(() => budget.reserve(11, "test.b")).toThrow(BudgetExceededError);
    expect(() => budget.narrowTo(59)).toThrow(BudgetExceededError);
    expect(() => budget.narrowTo(80)).toThrow("cannot grow");
    held[Symbol.dispose]();
  });

  it("raises the level of what is reserved already", () => {
    const budget = roomyBudget(100);
    budget.reserve(60, "test.a");
    expect(budget.level).toBe("ok");
    budget.narrowTo(70);
    expect(budget.level).toBe("warning");
  });
});

describe("closing a budget", () => {
  it("names the tags that are still held, and the children that are open", () => {
    const budget = roomyBudget(100);
    const child = budget.child("lanes", { limitBytes: 50, minimumBytes: 0 });
    const held = child.reserve(7, "test.lane");
    const error = caught(() => budget[Symbol.dispose]());
    expect(error).toBeInstanceOf(LeakError);
    expect(error).toMatchObject({ message: "budget test was closed while held: test.lane 7 B, budget lanes" });
    expect(() => child[Symbol.dispose]()).toThrow("budget lanes was closed while held: test.lane 7 B");
    held[Symbol.dispose]();
    child[Symbol.dispose]();
    budget[Symbol.dispose]();
  });

  it("names those who still wait", () => {
    const budget = roomyBudget(100);
    const held = budget.reserve(100, "test.held");
    const waiting = budget.child("lanes", { limitBytes: 100, minimumBytes: 0 }).admit(100, "test.waiting");
    expect(() => budget[Symbol.dispose]()).toThrow("test.waiting (waiting)");
    held[Symbol.dispose]();
    return waiting;
  });

  it("gives out nothing afterwards", async () => {
    const budget = roomyBudget(100);
    budget[Symbol.dispose]();
    expect(() => budget.reserve(1, "test.a")).toThrow(UseAfterReleaseError);
    expect(() => budget.tryReserve(1, "test.a")).toThrow(UseAfterReleaseError);
    await expect(budget.admit(1, "test.a")).rejects.toBeInstanceOf(UseAfterReleaseError);
  });
});

/** Random work on a tree of budgets, with every law of the ledger checked after every step. */
class LedgerWork {
  readonly #random: () => number;
  readonly #root: Budget;
  readonly #budgets: { budget: Budget; minimumBytes: number; parent: Budget | undefined }[] = [];
  readonly #held: { reservation: Reservation; budget: Budget }[] = [];
  #pending = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#root = roomyBudget(1000);
    this.#budgets.push({ budget: this.#root, minimumBytes: 0, parent: undefined });
    for (let i = 0; i < 4; i += 1) {
      const parent = this.#pick(this.#budgets).budget;
      const minimumBytes = this.#below(40);
      const budget = parent.child(`child${i}`, { limitBytes: 200 + this.#below(400), minimumBytes });
      this.#budgets.push({ budget, minimumBytes, parent });
    }
  }

  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      const peakBefore = this.#root.peakBytes;
      this.#act();
      this.#check(peakBefore);
      if (step % 16 === 0) await settle();
    }
    while (this.#held.length > 0 || this.#pending > 0) {
      for (const { reservation } of this.#held.splice(0)) reservation[Symbol.dispose]();
      await settle();
    }
    for (const { budget } of this.#budgets.reverse()) budget[Symbol.dispose]();
    expect(this.#root.reservedBytes).toBe(0);
    expect(this.#root.byTag().every((tag) => tag.currentBytes === 0)).toBe(true);
  }

  #act(): void {
    const { budget } = this.#pick(this.#budgets);
    const bytes = this.#below(150);
    const tag: MemoryTag = `test.${this.#below(5)}`;
    const held = this.#held[this.#below(this.#held.length)];
    switch (this.#below(6)) {
      case 0:
        this.#keep(budget.tryReserve(bytes, tag), budget);
        return;
      case 1:
        try {
          this.#keep(budget.reserve(bytes, tag), budget);
        } catch (error) {
          expect(error).toBeInstanceOf(BudgetExceededError);
        }
        return;
      case 2:
        this.#pending += 1;
        budget
          .admit(bytes, tag, { forChild: this.#below(2) === 0 })
          .then((reservation) => this.#keep(reservation, budget))
          .finally(() => {
            this.#pending -= 1;
          });
        return;
      case 3: {
        const totalBefore = this.#root.reservedBytes;
        if (held !== undefined) this.#keep(held.reservation.split(this.#below(held.reservation.bytes + 1)), held.budget);
        expect(this.#root.reservedBytes).toBe(totalBefore);
        return;
      }
      case 4:
        held?.reservation.shrinkTo(this.#below(held.reservation.bytes + 1));
        return;
      default:
        held?.reservation[Symbol.dispose]();
        if (held !== undefined) this.#held.splice(this.#held.indexOf(held), 1);
    }
  }

  #check(peakBefore: number): void {
    for (const { budget } of this.#budgets) {
      const below = this.#budgets.filter((each) => each.parent === budget);
      const ofChildren = below.reduce((sum, each) => sum + Math.max(each.minimumBytes, each.budget.reservedBytes), 0);
      expect(ofChildren).toBeLessThanOrEqual(budget.reservedBytes);
      expect(budget.reservedBytes).toBeLessThanOrEqual(budget.limitBytes);
      expect(budget.reservedBytes).toBeLessThanOrEqual(budget.peakBytes);
      expect(budget.childProcessBytes).toBeGreaterThanOrEqual(0);
      const tagged = budget.byTag().reduce((sum, tag) => sum + tag.currentBytes, 0);
      expect(tagged).toBeLessThanOrEqual(budget.reservedBytes);
      for (const tag of budget.byTag()) expect(tag.currentBytes).toBeGreaterThanOrEqual(0);
    }
    expect(this.#root.peakBytes).toBeGreaterThanOrEqual(peakBefore);
  }

  #keep(reservation: Reservation | undefined, budget: Budget): void {
    if (reservation !== undefined) this.#held.push({ reservation, budget });
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}

describe("the ledger", () => {
  it("keeps its laws under random work", async () => {
    for (let seed = 1; seed <= 12; seed += 1) await new LedgerWork(seed).run(300);
  });
});
