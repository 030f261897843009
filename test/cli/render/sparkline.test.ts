import { expect, test } from "vitest";
import { sparkline } from "../../../src/base/index.ts";

test("the height of a block is its share of the limit", () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 8)).toBe("▁▁▂▃▄▅▆▇█");
});

test("values outside the limit stay within the blocks", () => {
  expect(sparkline([-5, 100], 8)).toBe("▁█");
  expect(sparkline([5], 0)).toBe("▁");
});
