import { expect, test } from "vitest";
import { isCount, isListOf, isRecord, isText, parseObject } from "../../src/base/index.ts";

test("only text of an object is one", () => {
  expect(parseObject('{"a":1}')).toEqual({ a: 1 });
  for (const text of ["", "{", "[]", "null", "1", '"a"']) expect(parseObject(text), text).toBeUndefined();
});

test("lists and nothing are no records", () => {
  expect(isRecord({})).toBe(true);
  for (const value of [[], null, undefined, "a", 1]) expect(isRecord(value)).toBe(false);
});

test("every item of a list counts", () => {
  expect(isListOf([], isText)).toBe(true);
  expect(isListOf(["a", "b"], isText)).toBe(true);
  expect(isListOf(["a", 1], isText)).toBe(false);
  expect(isListOf({ length: 0 }, isText)).toBe(false);
});

test("counts are integers from 0 on that are exact", () => {
  for (const value of [0, 1, Number.MAX_SAFE_INTEGER]) expect(isCount(value)).toBe(true);
  for (const value of [-1, 0.5, 2 ** 53, Number.NaN, "1", null, 1n]) expect(isCount(value)).toBe(false);
});
