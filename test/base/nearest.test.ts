import { describe, expect, test } from "vitest";
import { nearest } from "../../src/base/nearest.ts";

const WORDS = ["title", "titles", "label", "max_memory"];

describe("the word that may have been meant", () => {
  test.each([
    ["titel", "title"],
    ["tilte", "title"],
    ["labell", "label"],
    ["lable", "label"],
    ["max_meomry", "max_memory"],
    ["tittles", "titles"],
    ["title", "title"],
  ])("%s: %s", (word, meant) => {
    expect(nearest(word, WORDS)).toBe(meant);
  });

  test.each(["elbat", "max", ""])("none is like %j", (word) => {
    expect(nearest(word, WORDS)).toBeUndefined();
  });
});
