import { afterEach, beforeEach, expect, test } from "vitest";
import { BudgetExceededError, InternalError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { StringInterner } from "../../src/memory/string-interner.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

test("gives the same number for the same string, and the string back", () => {
  using interner = new StringInterner(budget, "test.strings", { capacity: 20, textBytes: 1000 });
  const strings = ["", "a", "b", "ab", "ba", "Künstler", "日本", "\ud800", "\ud801", "\0", "a".repeat(100), "ÿ", "Ā"];
  const numbers = strings.map((text) => interner.intern(text));
  expect(numbers).toEqual(strings.map((_, index) => index));
  expect(strings.map((text) => interner.intern(text))).toEqual(numbers);
  expect(numbers.map((id) => interner.resolve(id))).toEqual(strings);
  expect(interner.size).toBe(strings.length);
});

test("stores each string once, a byte for each unit where that is enough", () => {
  using interner = new StringInterner(budget, "test.strings", { capacity: 4, textBytes: 100 });
  for (let i = 0; i < 1000; i += 1) interner.intern("Artist");
  expect(interner.usedBytes).toBe(6);
  interner.intern("Āb");
  expect(interner.usedBytes).toBe(10);
});

test("agrees with a Map over strings that collide, up to its last place", () => {
  const random = seededRandom(7);
  const capacity = 5000;
  using interner = new StringInterner(budget, "test.strings", { capacity, textBytes: 100_000 });
  const map = new Map<string, number>();
  while (map.size < capacity) {
    const text = String(Math.floor(random() * 20_000));
    const known = map.get(text);
    expect(interner.intern(text)).toBe(known ?? map.size);
    if (known === undefined) map.set(text, map.size);
  }
  for (const [text, id] of map) expect(interner.resolve(id)).toBe(text);
  expect(() => interner.intern("one more")).toThrow(BudgetExceededError);
  expect(interner.size).toBe(capacity);
});

test("pays once, refuses text that does not fit, and numbers that it has not given", () => {
  const interner = new StringInterner(budget, "test.strings", { capacity: 4, textBytes: 10 });
  // Table, entries and text together, in whole pages.
  expect(budget.reservedBytes).toBe(4096);
  expect(() => interner.intern("eleven char")).toThrow(BudgetExceededError);
  expect(interner.intern("ten chars.")).toBe(0);
  for (const id of [-1, 1, 0.5, Number.NaN]) expect(() => interner.resolve(id)).toThrow(InternalError);
  interner[Symbol.dispose]();
  expect(budget.reservedBytes).toBe(0);
});
