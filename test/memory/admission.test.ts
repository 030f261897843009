import { describe, expect, it } from "vitest";
import { Admission } from "../../src/memory/admission.ts";
import { ManualClock } from "./manual-clock.ts";
import { seededRandom } from "./roomy-budget.ts";

/** A store of units, and claims on it in order of their grants. */
function storeOf(units: number) {
  const clock = new ManualClock();
  const admission = new Admission<number>(clock);
  const store = { free: units };
  const granted: number[] = [];
  const claim = (id: number, wanted: number, signal?: AbortSignal, relieve: () => Promise<void> = async () => {}) =>
    admission
      .wait(
        {
          tag: "test.claim",
          take: () => {
            if (store.free < wanted) return undefined;
            store.free -= wanted;
            return wanted;
          },
          relieve,
        },
        signal,
      )
      .then((result) => {
        granted.push(id);
        return result;
      });
  const giveBack = (amount: number) => {
    store.free += amount;
    admission.serve();
  };
  return { clock, admission, store, granted, claim, giveBack };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("Admission", () => {
  it("grants at once what fits, without a wait", async () => {
    const { claim } = storeOf(10);
    expect(await claim(1, 10)).toEqual({ grant: 10, waitedMs: 0 });
  });

  it("keeps a small claim waiting behind a big one that came first", async () => {
    const { claim, giveBack, granted, admission } = storeOf(4);
    const big = claim(1, 10);
    const small = claim(2, 1);
    await settle();
    expect(granted).toEqual([]);
    expect(admission.waiting).toHaveLength(2);
    giveBack(7);
    await Promise.all([big, small]);
    expect(granted).toEqual([1, 2]);
  });

  it("serves in the order of arrival whatever the sizes are", async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seededRandom(seed);
      const below = (limit: number) => Math.floor(random() * limit);
      const { claim, giveBack, granted, store } = storeOf(0);
      const sizes = Array.from({ length: 30 }, () => below(20));
      const all = sizes.map((size, id) => claim(id, size));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      for (let given = 0; given < total; ) {
        const amount = Math.min(1 + below(25), total - given);
        given += amount;
        giveBack(amount);
      }
      await Promise.all(all);
      expect(granted, `seed ${seed}`).toEqual(sizes.map((_, id) => id));
      expect(store.free).toBe(0);
    }
  });

  it("measures how long a claim waited", async () => {
    const { claim, giveBack, clock } = storeOf(0);
    const waiting = claim(1, 5);
    clock.advance(120);
    giveBack(5);
    expect((await waiting).waitedMs).toBe(120);
  });

  it("lets the next ones in when the head gives up, and rejects the head with the signal's reason", async () => {
    const { claim, granted, store } = storeOf(4);
    const controller = new AbortController();
    const big = claim(1, 10, controller.signal);
    const small = claim(2, 4);
    controller.abort(new Error("no longer needed"));
    await expect(big).rejects.toThrow("no longer needed");
    await small;
    expect(granted).toEqual([2]);
    expect(store.free).toBe(0);
  });

  it("does not even queue under a signal that is aborted already", async () => {
    const { claim, admission, store } = storeOf(4);
    await expect(claim(1, 1, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    expect(admission.waiting).toEqual([]);
    expect(store.free).toBe(4);
  });

  it("ignores an abort after the grant", async () => {
    const { claim, store } = storeOf(4);
    const controller = new AbortController();
    await claim(1, 4, controller.signal);
    controller.abort();
    await settle();
    expect(store.free).toBe(0);
  });

  it("asks for relief once per claim, when it reaches the head and does not fit", async () => {
    const { claim, giveBack } = storeOf(0);
    const asked: number[] = [];
    const ask = (id: number) => async () => {
      asked.push(id);
    };
    const first = claim(1, 2, undefined, ask(1));
    const second = claim(2, 2, undefined, ask(2));
    await settle();
    expect(asked).toEqual([1]);
    giveBack(1);
    giveBack(1);
    await first;
    expect(asked).toEqual([1, 2]);
    giveBack(2);
    await second;
    expect(asked).toEqual([1, 2]);
  });

  it("grants what a relief set free", async () => {
    const { claim, store } = storeOf(0);
    await claim(1, 3, undefined, async () => {
      store.free += 3;
    });
    expect(store.free).toBe(0);
  });

  it("fails the claim whose relief failed, and goes on with the next", async () => {
    const { claim, granted } = storeOf(2);
    const failing = claim(1, 3, undefined, () => Promise.reject(new Error("spill failed")));
    const next = claim(2, 2);
    await expect(failing).rejects.toThrow("spill failed");
    await next;
    expect(granted).toEqual([2]);
  });
});
