import { GIB, systemClock } from "../../src/base/index.ts";
import { Budget } from "../../src/memory/budget.ts";
import { PressureLadder } from "../../src/memory/ladder.ts";

/** A root budget for tests of things that reserve; `Symbol.dispose` throws when any of them leaks. */
export function roomyBudget(limitBytes: number = GIB, ladder: PressureLadder = new PressureLadder(systemClock)): Budget {
  const origin = { source: "a test", advice: (budgetBytes: number) => ({ limitBytes: budgetBytes, hint: "a larger test budget" }) };
  return Budget.root({ name: "test", limitBytes, clock: systemClock, ladder, origin });
}

/** Reproducible numbers in [0, 1): mulberry32, a public-domain generator. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
