import { afterEach, beforeEach, expect, test } from "vitest";
import { BudgetExceededError, InternalError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { ChunkedList } from "../../src/memory/chunked-list.ts";
import { roomyBudget, seededRandom } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget(64 * 1024);
});
afterEach(() => budget[Symbol.dispose]());

test("is the numbers that were pushed, whatever a chunk holds", () => {
  const random = seededRandom(1);
  const numbers = Array.from({ length: 1000 }, () => random() * 1e9);
  for (const chunkLength of [1, 7, 512, 1000, 2000]) {
    using list = new ChunkedList(roomyBudget(), "test.list", chunkLength);
    for (const number of numbers) list.push(number);
    expect(list.length).toBe(1000);
    expect([...list]).toEqual(numbers);
    expect([0, 6, 7, 511, 512, 999].map((index) => list.at(index))).toEqual([0, 6, 7, 511, 512, 999].map((index) => numbers[index]));
    expect([...list.chunks()].map((chunk) => chunk.length).reduce((sum, each) => sum + each)).toBe(1000);
  }
});

test("has nothing outside, and nothing at first", () => {
  using list = new ChunkedList(budget, "test.list", 4);
  expect([list.length, [...list], list.at(0), budget.reservedBytes]).toEqual([0, [], undefined, 0]);
  list.push(5);
  expect([list.at(-1), list.at(1), list.at(0.5), list.at(0)]).toEqual([undefined, undefined, undefined, 5]);
});

test("pays chunk by chunk, never moves what it has, and gives all back", () => {
  const list = new ChunkedList(budget, "test.list", 512);
  list.push(1);
  const [first] = [...list.chunks()];
  expect(budget.reservedBytes).toBe(4096);
  for (let i = 0; i < 512; i += 1) list.push(i);
  expect(budget.reservedBytes).toBe(8192);
  expect([...list.chunks()][0]?.buffer).toBe(first?.buffer);
  list[Symbol.dispose]();
  expect([budget.reservedBytes, list.length]).toEqual([0, 0]);
});

test("is as it was when there is no room for another chunk", () => {
  using list = new ChunkedList(budget, "test.list", 4096);
  for (let i = 0; i < 8192; i += 1) list.push(i);
  expect(() => list.push(1)).toThrow(BudgetExceededError);
  expect([list.length, list.at(8191)]).toEqual([8192, 8191]);
  expect(() => new ChunkedList(budget, "test.list", 0)).toThrow(InternalError);
});
