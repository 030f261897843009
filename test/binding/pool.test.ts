import { describe, expect, test } from "vitest";
import { binding, type NativePool } from "../../src/binding/index.ts";

function withPool(slots: number, clearOnRelease: boolean, use: (pool: NativePool, bytes: Uint8Array) => void): void {
  const segment = binding.segmentAnonymous(slots * 4096, "base");
  const pool = binding.pool(segment, 4096, 64, clearOnRelease);
  use(pool, new Uint8Array(segment.buffer()));
  pool.close();
  segment.close();
}

describe("a bitmap", () => {
  test("gives each index once and takes each back once", () => {
    const bitmap = binding.bitmap(70);
    const taken = Array.from({ length: 70 }, () => bitmap.acquire());
    expect(new Set(taken).size).toBe(70);
    expect(bitmap.acquire()).toBe(-1);
    expect(bitmap.available()).toBe(0);
    expect(bitmap.release(69)).toBe(true);
    expect(bitmap.release(69)).toBe(false);
    expect(bitmap.release(70)).toBe(false);
    expect(bitmap.acquire()).toBe(69);
  });

  test("of no capacity is refused", () => {
    expect(() => binding.bitmap(0)).toThrow(expect.objectContaining({ code: "EINVAL" }));
  });
});

describe("a pool", () => {
  test("has as many slots as fit at the aligned stride", () => {
    const segment = binding.segmentAnonymous(10_000, "base");
    const pool = binding.pool(segment, 1000, 64, false);
    expect(pool.strideBytes).toBe(1024);
    expect(pool.slotBytes).toBe(1000);
    expect(pool.capacity).toBe(9);
    pool.close();
    segment.close();
  });

  test("loans until empty, counts, and loans again after a release", () => {
    withPool(3, false, (pool) => {
      const slots = [pool.loan(), pool.loan(), pool.loan()];
      expect(slots.toSorted()).toEqual([0, 1, 2]);
      expect(pool.loan()).toBe(-1);
      expect(pool.available()).toBe(0);
      expect(pool.peakInUse()).toBe(3);
      expect(pool.release(1)).toBe(0);
      expect(pool.loan()).toBe(1);
      expect(pool.loans()).toBe(4);
      for (const slot of slots) pool.release(slot);
      expect(pool.available()).toBe(3);
    });
  });

  test("frees a slot with its last reference and finds a release too many", () => {
    withPool(1, false, (pool) => {
      const slot = pool.loan();
      expect(pool.retain(slot)).toBe(2);
      expect(pool.references(slot)).toBe(2);
      expect(pool.release(slot)).toBe(1);
      expect(pool.release(slot)).toBe(0);
      expect(() => pool.release(slot)).toThrow(expect.objectContaining({ code: "EINVAL", operation: "poolRelease" }));
      expect(() => pool.retain(slot)).toThrow(expect.objectContaining({ code: "EINVAL", operation: "poolRetain" }));
      expect(() => pool.release(99)).toThrow(expect.objectContaining({ code: "EINVAL" }));
      expect(pool.references(99)).toBe(0);
    });
  });

  test("clears slots on their way back only when asked to", () => {
    for (const clearOnRelease of [true, false]) {
      withPool(1, clearOnRelease, (pool, bytes) => {
        bytes.fill(7, 0, 4096);
        pool.release(pool.loan());
        expect(bytes[100]).toBe(clearOnRelease ? 0 : 7);
      });
    }
  });

  test("pins its segment, and stays open while slots are out", () => {
    const segment = binding.segmentAnonymous(8192, "base");
    const pool = binding.pool(segment, 4096, 4096, false);
    expect(segment.pinned).toBe(true);
    expect(() => segment.close()).toThrow(expect.objectContaining({ code: "EBUSY", operation: "segmentClose" }));
    expect(segment.buffer().byteLength).toBe(8192);
    const slot = pool.loan();
    expect(() => pool.close()).toThrow(expect.objectContaining({ code: "EBUSY", operation: "poolClose" }));
    pool.release(slot);
    pool.close();
    pool.close();
    expect(pool.loan()).toBe(-1);
    expect(pool.available()).toBe(0);
    expect(segment.pinned).toBe(false);
    segment.close();
    expect(() => binding.pool(segment, 64, 64, false)).toThrow(expect.objectContaining({ code: "EBADF" }));
  });

  test("refuses slots larger than the segment and alignments that are no power of two", () => {
    const segment = binding.segmentAnonymous(4096, "base");
    for (const [slotBytes, alignmentBytes] of [
      [4097, 64],
      [0, 64],
      [64, 0],
      [64, 48],
    ] as const) {
      expect(() => binding.pool(segment, slotBytes, alignmentBytes, false)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    }
    expect(segment.pinned).toBe(false);
    segment.close();
  });
});
