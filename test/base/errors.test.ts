import { expect, test } from "vitest";
import { CancelledError, DiskLimitError } from "../../src/base/index.ts";

test("an error that leaves finished work says how much, and how to go on from it, after its own hint", () => {
  const full = new DiskLimitError("no space left", { hint: "free space on that disk", details: { bytes: 5 } });
  expect(full.keeping("3 of 8 chunks")).toBe(full);
  expect(full).toMatchObject({
    hint: "free space on that disk; the same command with --resume goes on from what is kept",
    details: { bytes: 5, kept: "3 of 8 chunks" },
  });
  expect(new CancelledError("SIGINT").keeping("1 of 2 chunks")).toMatchObject({
    hint: "the same command with --resume",
    details: { kept: "1 of 2 chunks" },
  });
});
