import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OutputError, UsageError } from "../../src/base/index.ts";
import { checkOutput, outputFailure, Workspace } from "../../src/io/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-io-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("Workspace", () => {
  it("publishes by rename and leaves nothing behind", async () => {
    const output = join(folder, "out.mp4");
    {
      using workspace = new Workspace(output);
      expect(statSync(workspace.directory).mode & 0o777).toBe(0o700);
      writeFileSync(workspace.path("joined"), "whole");
      expect(existsSync(output)).toBe(false);
      await workspace.publish("joined");
    }
    expect(readFileSync(output, "utf8")).toBe("whole");
    expect(existsSync(join(folder, ".out.mp4.mm"))).toBe(false);
  });

  it("replaces the folder of a job that is gone", () => {
    const left = join(folder, ".out.mp4.mm");
    mkdirSync(left);
    const gone = spawnSync("true").pid;
    writeFileSync(join(left, "owner.pid"), String(gone));
    writeFileSync(join(left, "chunk-00000.mp4"), "half");
    using workspace = new Workspace(join(folder, "out.mp4"));
    expect(existsSync(workspace.path("chunk-00000.mp4"))).toBe(false);
  });

  it("refuses the output another running job writes", () => {
    const left = join(folder, ".out.mp4.mm");
    mkdirSync(left);
    writeFileSync(join(left, "owner.pid"), String(process.ppid));
    expect(() => new Workspace(join(folder, "out.mp4"))).toThrow(/another mm/);
  });
});

describe("checkOutput", () => {
  it("names a folder that is not there", () => {
    expect(() => checkOutput(join(folder, "no", "out.mp4"), undefined, false)).toThrow(OutputError);
  });

  it("refuses an existing output unless it may be replaced", () => {
    const output = join(folder, "out.mp4");
    writeFileSync(output, "");
    expect(() => checkOutput(output, undefined, false)).toThrow(/exists/);
    checkOutput(output, undefined, true);
  });

  it("refuses the input as output even when replacing is allowed", () => {
    const input = join(folder, "in.mp4");
    writeFileSync(input, "");
    expect(() => checkOutput(input, input, true)).toThrow(UsageError);
  });

  it("refuses what is not a regular file", () => {
    expect(() => checkOutput("/dev/null", undefined, true)).toThrow(/not a regular file/);
  });
});

describe("outputFailure", () => {
  it.each([
    ["ENOSPC", 75],
    ["EDQUOT", 75],
    ["EACCES", 77],
    ["EROFS", 73],
    ["EIO", 73],
  ])("maps %s to exit %i", (code, exitCode) => {
    expect(outputFailure("/x", Object.assign(new Error("no"), { code })).exitCode).toBe(exitCode);
  });
});
