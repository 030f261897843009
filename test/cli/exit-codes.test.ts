import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as base from "../../src/base/index.ts";

/** [exit, code] of each row that has a code, sorted. */
function documented(): string[] {
  const text = readFileSync(new URL("../../docs/EXIT-CODES.md", import.meta.url), "utf8");
  return [...text.matchAll(/^\| (\d+) +\| `(MM_\w+)` +\|/gm)].map(([, exit, code]) => `${exit} ${code}`).sort();
}

/** [exit, code] of every error class that can be thrown. */
function implemented(): string[] {
  const classes = Object.values(base).filter((each) => typeof each === "function" && each.prototype instanceof base.MmError);
  return classes
    .flatMap((each) =>
      each === base.CancelledError
        ? [new base.CancelledError("SIGINT"), new base.CancelledError("SIGTERM")]
        : [new (each as new (message: string) => base.MmError)("a message")],
    )
    .map((error) => `${error.exitCode} ${error.code}`)
    .sort();
}

test("docs/EXIT-CODES.md lists every error with its exit code, and nothing that does not exist", () => {
  expect(implemented().length).toBeGreaterThan(10);
  expect(documented()).toEqual(implemented());
});

test("75 is only ever memory or disk", () => {
  expect(implemented().filter((line) => line.startsWith("75"))).toEqual(["75 MM_BUDGET", "75 MM_DISK"]);
});
