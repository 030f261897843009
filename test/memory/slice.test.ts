import { describe, expect, test } from "vitest";
import { checkedIndex, safeSlice } from "../../src/memory/slice.ts";

const bytes = Uint8Array.of(10, 11, 12, 13);

describe("safeSlice", () => {
  test("gives a view, not a copy", () => {
    const slice = safeSlice(bytes, 1, 2);
    expect(slice && [...slice]).toEqual([11, 12]);
    expect(slice?.buffer).toBe(bytes.buffer);
  });

  test.each([
    [0, 4, 4],
    [4, 0, 0],
    [0, 0, 0],
  ])("takes offset %i length %i, the edges", (offset, length, expected) => {
    expect(safeSlice(bytes, offset, length)?.length).toBe(expected);
  });

  test.each([
    [0, 5],
    [4, 1],
    [-1, 2],
    [1, -1],
    [5, 0],
    [0.5, 1],
    [0, Number.NaN],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])("refuses offset %d length %d, where subarray would clamp", (offset, length) => {
    expect(safeSlice(bytes, offset, length)).toBeUndefined();
  });
});

describe("checkedIndex", () => {
  test("gives an index inside back", () => {
    expect([checkedIndex(0, 2), checkedIndex(1, 2)]).toEqual([0, 1]);
  });

  test.each([[2], [-1], [0.5], [Number.NaN], [Number.POSITIVE_INFINITY]])("refuses %d of 2", (index) => {
    expect(checkedIndex(index, 2)).toBeUndefined();
  });
});
