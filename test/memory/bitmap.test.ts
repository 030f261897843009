import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/base/index.ts";
import { AtomicBitmap } from "../../src/memory/bitmap.ts";
import { seededRandom } from "./roomy-budget.ts";

describe("AtomicBitmap", () => {
  test.each([1, 63, 64, 65, 1000])("gives each of %i slots once, then none", (capacity) => {
    const bitmap = new AtomicBitmap(capacity);
    const taken = new Set<number>();
    for (let index = bitmap.acquireSlot(); index !== undefined; index = bitmap.acquireSlot()) taken.add(index);
    expect(taken.size).toBe(capacity);
    expect(Math.max(...taken)).toBe(capacity - 1);
    expect([bitmap.capacity, bitmap.available]).toEqual([capacity, 0]);
  });

  test("gives a slot again after its release", () => {
    const bitmap = new AtomicBitmap(2);
    bitmap.acquireSlot();
    const second = bitmap.acquireSlot();
    if (second === undefined) throw new Error("two slots");
    bitmap.releaseSlot(second);
    expect(bitmap.available).toBe(1);
    expect(bitmap.acquireSlot()).toBe(second);
  });

  test("refuses a double release and slots it does not have", () => {
    const bitmap = new AtomicBitmap(4);
    const index = bitmap.acquireSlot();
    if (index === undefined) throw new Error("four slots");
    bitmap.releaseSlot(index);
    expect(() => bitmap.releaseSlot(index)).toThrow(/released twice/);
    for (const bad of [-1, 4, 0.5]) expect(() => bitmap.releaseSlot(bad)).toThrow(InternalError);
    expect(bitmap.available).toBe(4);
  });

  test.each([0, -1, 1.5])("of %d slots is a bug", (capacity) => {
    expect(() => new AtomicBitmap(capacity)).toThrow(InternalError);
  });

  test("agrees with a set over 20,000 random steps", () => {
    const random = seededRandom(1);
    const bitmap = new AtomicBitmap(100);
    const taken = new Set<number>();
    for (let step = 0; step < 20_000; step += 1) {
      if (random() < 0.5) {
        const index = bitmap.acquireSlot();
        expect(index === undefined).toBe(taken.size === 100);
        if (index === undefined) continue;
        expect(taken.has(index)).toBe(false);
        taken.add(index);
      } else {
        const index = Math.floor(random() * 100);
        if (taken.delete(index)) bitmap.releaseSlot(index);
        else expect(() => bitmap.releaseSlot(index)).toThrow(InternalError);
      }
      expect(bitmap.available).toBe(100 - taken.size);
    }
  });
});
