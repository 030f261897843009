import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { UnsupportedError } from "../../src/base/index.ts";
import { binding } from "../../src/binding/index.ts";
import { loadBinding } from "../../src/binding/load.ts";

const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "mm-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A path relative to the package, as the loader's own candidates are. */
function candidate(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return relative(PACKAGE_ROOT, join(folder, name));
}

function failureOf(candidates: string[]): UnsupportedError {
  try {
    loadBinding(candidates);
  } catch (error) {
    if (error instanceof UnsupportedError) return error;
  }
  throw new Error("it was loaded");
}

test("the abi of the sources is the one the loader accepts", () => {
  const source = readFileSync(new URL("../../native/napi/abi.h", import.meta.url), "utf8");
  expect(binding.abi).toBe(Number(/kAbi = (\d+)/.exec(source)?.[1]));
});

test("what cannot be loaded is one diagnosis: each file tried, why not, and what to type", () => {
  const broken = candidate("broken.node", "not a shared object");
  const error = failureOf(["native/build/none.node", broken]);
  expect(error.exitCode).toBe(69);
  expect(error.details["native/build/none.node"]).toBe("not there");
  expect(error.details[broken]).toMatch(/too short|invalid ELF/);
  expect(error.hint).toMatch(/npm rebuild mm-cli.*apt-get install g\+\+ make python3/);
});

test("an addon of another abi is refused and the next one is tried", () => {
  const other = candidate("other.cjs", "exports.abi = 999;");
  expect(failureOf([other]).details[other]).toBe(`abi 999, needed ${binding.abi}`);
  expect(loadBinding([other, "native/build/Release/mm_native.node"]).abi).toBe(binding.abi);
});

test("other platforms are refused in one line", () => {
  const real = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
  Object.defineProperty(process, "platform", { ...real, value: "darwin" });
  try {
    expect(() => loadBinding()).toThrow(/^mm runs on Linux x64 and arm64, this is darwin \w+$/);
  } finally {
    Object.defineProperty(process, "platform", real);
  }
});
