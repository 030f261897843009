import { afterEach, beforeEach, expect, test } from "vitest";
import { BudgetExceededError, InternalError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { ObjectPool } from "../../src/memory/object-pool.ts";
import { roomyBudget } from "./roomy-budget.ts";

type Point = { x: number };
const options = { create: (): Point => ({ x: 0 }), reset: (point: Point) => (point.x = 0), objectBytes: 100, capacity: 3 };

let budget: Budget;
let pool: ObjectPool<Point>;
beforeEach(() => {
  budget = roomyBudget();
  pool = new ObjectPool(budget, "test.pool", options);
});
afterEach(() => {
  pool[Symbol.dispose]();
  budget[Symbol.dispose]();
});

test("pays for all its objects once, and makes them when they are needed", () => {
  let made = 0;
  using counted = new ObjectPool(budget, "test.counted", { ...options, create: () => ({ x: made++ }) });
  expect([budget.reservedBytes, made, counted.available]).toEqual([600, 0, 3]);
  counted.get();
  expect([made, counted.available, counted.capacity]).toEqual([1, 2, 3]);
});

test("gives out the object that came back last, as if it were new", () => {
  const [first, second] = [pool.get(), pool.get()];
  if (first === undefined || second === undefined) throw new Error("the pool has room");
  expect(first).not.toBe(second);
  first.x = 5;
  second.x = 6;
  pool.returnObject(first);
  pool.returnObject(second);
  expect(pool.get()).toBe(second);
  expect(pool.get()).toBe(first);
  expect([first.x, second.x]).toEqual([0, 0]);
});

test("has nothing to give while all are out", () => {
  const all = [pool.get(), pool.get(), pool.get()];
  expect([pool.get(), pool.available]).toEqual([undefined, 0]);
  pool.returnObject(all[0] as Point);
  expect(pool.get()).toBe(all[0]);
});

test("refuses what it has not given out, and more than there is room for", () => {
  expect(() => pool.returnObject({ x: 1 })).toThrow(InternalError);
  expect(() => new ObjectPool(budget, "test.large", { ...options, objectBytes: 2 ** 40 })).toThrow(BudgetExceededError);
});
