import { constants } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BudgetExceededError, InternalError, LeakError, MIB, UnsupportedError, UseAfterReleaseError } from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import type { Budget } from "../../src/memory/budget.ts";
import { HeapSegment } from "../../src/memory/heap-segment.ts";
import { MemoryPool } from "../../src/memory/pool.ts";
import { MemorySegment } from "../../src/memory/segment.ts";
import { roomyBudget } from "./roomy-budget.ts";

let budget: Budget;
beforeEach(() => {
  budget = roomyBudget();
});
afterEach(() => budget[Symbol.dispose]());

describe("a segment", () => {
  test("is zeroed, writable memory of exactly the size asked for", () => {
    using segment = new HeapSegment(budget, "test.heap", 5000);
    const bytes = segment.bytes();
    expect(bytes.length).toBe(5000);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    bytes[4999] = 7;
    expect(segment.bytes()[4999]).toBe(7);
    expect(segment.memoryType).toBe("Heap");
    expect(segment.ipcHandle()).toBeUndefined();
  });

  test("claims whole pages from open to close", () => {
    const segment = new HeapSegment(budget, "test.heap", 5000);
    expect(budget.reservedBytes).toBe(8192);
    expect(budget.byTag()[0]).toMatchObject({ tag: "test.heap", currentBytes: 8192 });
    segment.close();
    expect(budget.reservedBytes).toBe(0);
  });

  test("that does not fit the budget maps nothing", () => {
    using small = roomyBudget(MIB);
    const before = binding.liveSegmentBytes().anonymous;
    expect(() => new HeapSegment(small, "test.heap", 2 * MIB)).toThrow(BudgetExceededError);
    expect(binding.liveSegmentBytes().anonymous).toBe(before);
  });

  test("gives its claim back when the kernel has no memory, and says so as a budget error", () => {
    class Refused extends MemorySegment {
      override get memoryType() {
        return "Heap" as const;
      }
    }
    const open = () => {
      throw Object.assign(new Error("mmap"), { code: "ENOMEM" });
    };
    const make = () => new Refused(budget, "test.heap", { byteLength: 4096, reservedBytes: 4096, requested: "base", open });
    expect(make).toThrow(BudgetExceededError);
    expect(budget.reservedBytes).toBe(0);
  });

  test("above what one ArrayBuffer can hold is for native work: there is no view of it", () => {
    using wide = roomyBudget(2 * constants.MAX_LENGTH);
    const segment = new HeapSegment(wide, "test.heap", constants.MAX_LENGTH + 4096);
    expect(() => segment.bytes()).toThrow(UnsupportedError);
    segment.advise("sequential", constants.MAX_LENGTH, 4096);
    segment.close();
  });

  test.each([0, -1, 1.5, Number.NaN])("of %d bytes is a bug", (byteLength) => {
    expect(() => new HeapSegment(budget, "test.heap", byteLength)).toThrow(InternalError);
  });

  test("detaches its views when it closes: they have length 0 and read nothing", () => {
    const segment = new HeapSegment(budget, "test.heap", 4096);
    const whole = segment.bytes();
    const part = whole.subarray(100, 200);
    part.fill(9);
    segment.close();
    expect([whole.length, part.length]).toEqual([0, 0]);
    expect(part[0]).toBeUndefined();
    part[0] = 1;
    expect(part[0]).toBeUndefined();
  });

  test("throws on every use after close, and closes twice without harm", () => {
    const segment = new HeapSegment(budget, "test.heap", 4096);
    segment.close();
    segment.close();
    expect(segment.closed).toBe(true);
    expect(() => segment.bytes()).toThrow(UseAfterReleaseError);
    expect(() => segment.advise("dont-need")).toThrow(UseAfterReleaseError);
    expect(() => segment.residentBytes()).toThrow(UseAfterReleaseError);
  });

  test("cannot be closed under a pool", () => {
    const segment = new HeapSegment(budget, "test.heap", 4096);
    const pool = new MemoryPool(segment, 1024);
    expect(() => segment.close()).toThrow(LeakError);
    expect(segment.bytes().length).toBe(4096);
    pool.close();
    expect(segment.closed).toBe(true);
  });

  test("occupies memory only where it was touched, and gives it up on advice", () => {
    using segment = new HeapSegment(budget, "test.heap", 4 * MIB);
    expect(segment.residentBytes()).toBeLessThan(MIB);
    segment.bytes().fill(1, 0, 2 * MIB);
    expect(segment.residentBytes()).toBeGreaterThanOrEqual(2 * MIB);
    segment.advise("dont-need", 0, 2 * MIB);
    expect(segment.residentBytes()).toBeLessThan(MIB);
    expect(segment.bytes()[0]).toBe(0);
    segment.advise("populate");
    expect(segment.residentBytes()).toBe(4 * MIB);
  });
});

describe("a segment that was forgotten", () => {
  test("raises an alarm when it is collected, naming who paid, and keeps its claim", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const forgetful = roomyBudget();
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    (() => new HeapSegment(forgetful, "test.forgotten", 4096).bytes()[0])();
    for (let round = 0; round < 50 && warnings.length === 0; round += 1) {
      collectGarbage();
      await sleep(10);
    }
    process.off("warning", listen);
    expect(warnings.map(String).join()).toMatch(/test\.forgotten was collected without close\(\)/);
    expect(forgetful.reservedBytes).toBe(4096);
  });
});
