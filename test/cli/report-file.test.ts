import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ReportFile } from "../../src/cli/report-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-report-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a report appears whole, with nothing beside it", () => {
  const path = join(folder, "report.json");
  const file = new ReportFile(path);
  expect(readdirSync(folder)).toEqual([]);
  file.write({ ok: true });
  expect(readdirSync(folder)).toEqual(["report.json"]);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ ok: true });
});

test("an older report is replaced, also behind a link", () => {
  writeFileSync(join(folder, "real.json"), "old");
  symlinkSync("real.json", join(folder, "link.json"));
  new ReportFile(join(folder, "link.json")).write({ ok: true });
  expect(JSON.parse(readFileSync(join(folder, "real.json"), "utf8"))).toEqual({ ok: true });
});

const IMPOSSIBLE: [name: string, path: string, errno: string][] = [
  ["in a folder that is not there", "missing/report.json", "ENOENT"],
  ["that is a folder", "folder", "EISDIR"],
  ["below a file", "file/report.json", "ENOTDIR"],
];

test.each(IMPOSSIBLE)("a report %s is refused before any work", (_name, path, errno) => {
  mkdirSync(join(folder, "folder"));
  writeFileSync(join(folder, "file"), "");
  expect(() => new ReportFile(join(folder, path))).toThrow(
    expect.objectContaining({ exitCode: 73, message: expect.stringContaining(errno) }),
  );
  expect(readdirSync(folder).sort()).toEqual(["file", "folder"]);
});

test("a device is written to and stays a device", () => {
  new ReportFile("/dev/null").write({ ok: true });
  expect(execFileSync("stat", ["-c", "%F", "/dev/null"], { encoding: "utf8" })).toContain("character special file");
});
