import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSmallFile, writeWhole } from "../../src/io/index.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-small-file-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string) => join(folder, name);

describe("writeWhole", () => {
  it("replaces what is there, and leaves no part behind", async () => {
    writeFileSync(path("a"), "old");
    await writeWhole(path("a"), "new");
    expect(readFileSync(path("a"), "utf8")).toBe("new");
    expect(statSync(path("a")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  it("gives the mode that is asked for, less the umask", async () => {
    await writeWhole(path("a"), "for all", 0o666);
    expect(statSync(path("a")).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it("writes through no link, neither of the file nor of its part", async () => {
    writeFileSync(path("precious"), "mine");
    symlinkSync(path("precious"), path("a"));
    symlinkSync(path("precious"), path("a.part"));
    await writeWhole(path("a"), "new");
    expect(readFileSync(path("precious"), "utf8")).toBe("mine");
    expect(readFileSync(path("a"), "utf8")).toBe("new");
  });

  it("says what is wrong, and leaves what was there", async () => {
    await expect(writeWhole(path("no/a"), "x")).rejects.toMatchObject({ exitCode: 73 });
    mkdirSync(path("b"));
    writeFileSync(path("b/c"), "");
    await expect(writeWhole(path("b"), "x")).rejects.toMatchObject({ exitCode: 73 });
    expect(readdirSync(folder)).toEqual(["b"]);
  });
});

describe("readSmallFile", () => {
  it("reads a file up to its limit, and no more", async () => {
    writeFileSync(path("a"), "12345");
    expect(await readSmallFile(path("a"), 5)).toEqual({ text: "12345" });
    expect(await readSmallFile(path("a"), 4)).toEqual({ problem: "is too large" });
    expect(await readSmallFile(path("none"), 5)).toBeUndefined();
  });

  it("reads no link, folder or pipe, and waits for none", async () => {
    writeFileSync(path("a"), "x");
    symlinkSync(path("a"), path("link"));
    mkdirSync(path("folder"));
    spawnSync("mkfifo", [path("pipe")]);
    for (const name of ["link", "folder", "pipe"]) {
      expect(await readSmallFile(path(name), 5), name).toEqual({ problem: "is not a regular file" });
    }
    expect(await readSmallFile(path("a/b"), 5)).toEqual({ problem: "cannot be read" });
  });
});
