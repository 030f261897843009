import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-door-"));
  cpSync(fileURLToPath(new URL("../../bin/mm.js", import.meta.url)), join(folder, "bin/mm.mjs"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(...nodeOptions: string[]) {
  return spawnSync(process.execPath, [...nodeOptions, join(folder, "bin/mm.mjs"), "--version"], { encoding: "utf8" });
}

test("a checkout that is not built says what to type", () => {
  expect(open()).toMatchObject({ status: 70, stdout: "", stderr: "mm: dist is missing: run npm run build:ts\n" });
});

const ELSEWHERE: [os: string, cpu: string][] = [
  ["darwin", "arm64"],
  ["win32", "x64"],
  ["linux", "riscv64"],
];

test.each(ELSEWHERE)("on %s %s mm refuses in one line", (os, cpu) => {
  const pretend = `for (const [name, value] of [["platform", "${os}"], ["arch", "${cpu}"]]) Object.defineProperty(process, name, { value });`;
  const { status, stderr } = open("--import", `data:text/javascript,${encodeURIComponent(pretend)}`);
  expect(status).toBe(69);
  expect(stderr).toBe(`mm: this is ${os} ${cpu}, and mm runs on Linux x64 and arm64 (MM_UNSUPPORTED)\n`);
});
