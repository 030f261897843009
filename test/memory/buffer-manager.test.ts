import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BudgetExceededError, InputMissingError } from "../../src/base/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { BufferManager } from "../../src/memory/buffer-manager.ts";
import { roomyBudget } from "./roomy-budget.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const KIB = 1024;
const folder = temporaryFolder();
let budget: Budget;
let manager: BufferManager;
beforeEach(() => {
  budget = roomyBudget(1024 * KIB);
  manager = new BufferManager(budget, "test.buffer");
});
afterEach(() => {
  manager[Symbol.dispose]();
  budget[Symbol.dispose]();
});

test("gives exactly what is asked for, in the same memory while it fits", () => {
  const first = manager.getBuffer(100).fill(7);
  const second = manager.getBuffer(50);
  expect([first.length, second.length, second[49]]).toEqual([100, 50, 7]);
  expect([manager.capacityBytes, budget.reservedBytes]).toEqual([64 * KIB, 64 * KIB]);
  expect(manager.getBuffer(0).length).toBe(0);
});

test("grows without ever holding both, and ends the views of before", () => {
  const before = manager.getBuffer(600 * KIB);
  expect(manager.getBuffer(700 * KIB).length).toBe(700 * KIB);
  expect([before.length, budget.peakBytes]).toEqual([0, 704 * KIB]);
});

test("holds nothing when there is no room to grow, and works again with less", () => {
  manager.getBuffer(100);
  expect(() => manager.getBuffer(2048 * KIB)).toThrow(BudgetExceededError);
  expect([manager.capacityBytes, budget.reservedBytes]).toEqual([0, 0]);
  expect(manager.getBuffer(10).length).toBe(10);
});

test("reads files one after the other into it", () => {
  const path = (name: string) => join(folder, name);
  writeFileSync(path("large"), Buffer.alloc(100_000, "ab"));
  writeFileSync(path("small"), "small");
  writeFileSync(path("empty"), "");
  const textOf = (name: string) => manager.processFile(path(name), (bytes) => Buffer.from(bytes).toString());
  expect([textOf("large").length, textOf("small"), textOf("empty")]).toEqual([100_000, "small", ""]);
  expect(manager.capacityBytes).toBe(128 * KIB);
  expect(() => textOf("missing")).toThrow(InputMissingError);
});
