import { expect, test } from "vitest";
import { formatBytes } from "../../src/base/index.ts";

test.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [461.53846153846155, "462 B"],
  [1536, "1.5 KiB"],
  [-5 * 2 ** 20, "-5.0 MiB"],
  [3 * 2 ** 30, "3.00 GiB"],
])("%s bytes, or bytes a second, are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
