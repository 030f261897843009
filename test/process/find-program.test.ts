import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InputMissingError, PermissionError } from "../../src/base/index.ts";
import { findProgram } from "../../src/process/find-program.ts";

const folder = mkdtempSync(join(tmpdir(), "mm-find-"));
for (const name of ["first", "second"]) mkdirSync(join(folder, name));
mkdirSync(join(folder, "first", "folder"));
writeFileSync(join(folder, "first", "plain"), "no", { mode: 0o644 });
writeFileSync(join(folder, "second", "plain"), "#!/bin/sh\n", { mode: 0o755 });
writeFileSync(join(folder, "second", "folder"), "#!/bin/sh\n", { mode: 0o755 });
const path = `${join(folder, "first")}:${join(folder, "second")}`;

it("takes the first file of PATH that may be run, past folders and files that may not", () => {
  expect(findProgram("folder", path)).toBe(join(folder, "second", "folder"));
  // Root may read and write everything, but runs only what somebody may run.
  expect(findProgram("plain", path)).toBe(join(folder, "second", "plain"));
});

it("leaves a path as it is, and reads an empty part of PATH as the folder it stands in", () => {
  expect(findProgram("./anything", path)).toBe("./anything");
  writeFileSync(join(folder, "here"), "#!/bin/sh\n", { mode: 0o755 });
  const before = process.cwd();
  process.chdir(folder);
  expect(findProgram("here", `${path}:`)).toBe("./here");
  process.chdir(before);
});

it("tells a missing program from a forbidden one", () => {
  expect(() => findProgram("nowhere", path)).toThrow(InputMissingError);
  expect(() => findProgram("", path)).toThrow(InputMissingError);
  // stat(2) fails in other ways than ENOENT, too.
  expect(() => findProgram("x".repeat(300), path)).toThrow(InputMissingError);
  expect(() => findProgram("plain", join(folder, "first"))).toThrow(PermissionError);
});
