import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ParseSettings } from "../../src/commands/index.ts";
import { ParseTarget } from "../../src/commands/parse-target.ts";
import type { InputFile } from "../../src/io/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-parse-target-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function target(more: Partial<ParseSettings>, inputs: readonly (readonly [path: string, name: string])[] = [["a.xml", "a.xml"]]) {
  const settings = { output: "-", directory: undefined, format: "ndjson", overwrite: false, dryRun: false, tempDir: undefined, ...more };
  const files: InputFile[] = inputs.map(([path, name]) => ({ path: join(folder, path), name, byteLength: 1 }));
  return new ParseTarget(settings as ParseSettings, files);
}

describe("one output", () => {
  test("grows in a hidden folder that goes away", () => {
    {
      using opened = target({ output: join(folder, "x.ndjson") });
      expect(opened.temporary).toBe(join(folder, ".x.ndjson.mm"));
      expect(existsSync(opened.temporary)).toBe(true);
      expect(opened.isShared).toBe(true);
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  test("is not replaced unasked, and never an input", () => {
    writeFileSync(join(folder, "x"), "");
    expect(() => target({ output: join(folder, "x") })).toThrow("exists");
    target({ output: join(folder, "x"), overwrite: true })[Symbol.dispose]();
    writeFileSync(join(folder, "a.xml"), "");
    expect(() => target({ output: join(folder, "a.xml"), overwrite: true })).toThrow("is an input");
    expect(() => target({ output: join(folder, "none/x") })).toThrow("does not exist");
  });

  test("is never an input that is named through a link", () => {
    writeFileSync(join(folder, "x"), "");
    symlinkSync("x", join(folder, "a.xml"));
    symlinkSync(".", join(folder, "same"));
    expect(() => target({ output: join(folder, "x"), overwrite: true })).toThrow("is an input");
    const inputs = [["same/x", "x"] as const];
    expect(() => target({ output: join(folder, "x"), overwrite: true }, inputs)).toThrow("is an input");
  });

  test("a reader of stdout may leave, one of a file may not", () => {
    const gone = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    using standard = target({});
    expect([standard.isReaderGone(gone), standard.isReaderGone(new Error("x"))]).toEqual([true, false]);
    using file = target({ output: join(folder, "x") });
    expect(file.isReaderGone(gone)).toBe(false);
  });
});

describe("a folder of outputs", () => {
  test("is made, and files are called after the messages", () => {
    using opened = target({ directory: join(folder, "new/out"), format: "json" });
    expect(opened.isShared).toBe(false);
    expect(existsSync(join(folder, "new/out"))).toBe(true);
    const named = (name: string) => opened.nameOf({ path: name, name, byteLength: 0 });
    expect([named("a.xml"), named("b/a.XML.gz"), named("feed"), named("stdin")]).toEqual([
      ...["a.json", "b/a.json"],
      ...["feed.json", "stdin.json"],
    ]);
  });

  test("two messages with one name are refused before any work", () => {
    const inputs = [["x/a.xml", "a.xml"] as const, ["y/a.xml.gz", "a.xml.gz"] as const];
    expect(() => target({ directory: join(folder, "out") }, inputs)).toThrow("would both be written to");
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  test("an output that is there is not replaced unasked", () => {
    mkdirSync(join(folder, "out"));
    writeFileSync(join(folder, "out/a.ndjson"), "");
    expect(() => target({ directory: join(folder, "out") })).toThrow("a.ndjson exists");
    target({ directory: join(folder, "out"), overwrite: true })[Symbol.dispose]();
    expect(readdirSync(join(folder, "out"))).toEqual(["a.ndjson"]);
    symlinkSync("out/a.ndjson", join(folder, "a.xml"));
    expect(() => target({ directory: join(folder, "out"), overwrite: true })).toThrow("is an input");
    writeFileSync(join(folder, "file"), "");
    expect(() => target({ directory: join(folder, "file") })).toThrow("is not a folder");
  });

  test("a dry run makes nothing", () => {
    target({ directory: join(folder, "out"), dryRun: true })[Symbol.dispose]();
    target({ output: join(folder, "x"), dryRun: true })[Symbol.dispose]();
    expect(readdirSync(folder)).toEqual([]);
  });
});
