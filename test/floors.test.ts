import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-floors-"));
  cpSync(join(ROOT, "biome.json"), join(folder, "biome.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the linter says of a file that would stand at `path`. */
function lint(path: string, source: string): { ok: boolean; text: string } {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), source);
  const biome = join(ROOT, "node_modules/@biomejs/biome/bin/biome");
  const run = spawnSync(process.execPath, [biome, "lint", path], { cwd: folder, encoding: "utf8" });
  rmSync(join(folder, path));
  return { ok: run.status === 0, text: run.stdout + run.stderr };
}

describe("the downward rule", () => {
  it.each([
    ["src/base/x.ts", "../memory/index.ts"],
    ["src/binding/x.ts", "../memory/index.ts"],
    ["src/memory/x.ts", "../media/index.ts"],
    ["src/io/x.ts", "../process/index.ts"],
    ["src/process/x.ts", "../io/index.ts"],
    ["src/media/x.ts", "../commands/index.ts"],
    ["src/profile/x.ts", "../media/index.ts"],
    ["src/ddex/x.ts", "../sequence/index.ts"],
    ["src/ddex/x.ts", "../memory/budget.ts"],
    ["src/media/x.ts", "../ddex/index.ts"],
    ["src/io/x.ts", "../ddex/index.ts"],
    ["src/memory/x.ts", "../profile/index.ts"],
    ["src/commands/x.ts", "../cli/run.ts"],
    ["src/media/x.ts", "../memory/budget.ts"],
    ["src/cli/x.ts", "../commands/transcode.ts"],
  ])("%s may not import %s", (path, target) => {
    const { ok, text } = lint(path, `import { x } from "${target}";\n\nexport const y = x;\n`);
    expect(ok, text).toBe(false);
    expect(text).toContain("noRestrictedImports");
  });

  it.each([
    ["src/memory/x.ts", "../base/index.ts"],
    ["src/media/x.ts", "../memory/index.ts"],
    ["src/ddex/x.ts", "../memory/index.ts"],
    ["src/cli/x.ts", "../commands/index.ts"],
  ])("%s may import %s", (path, target) => {
    const { ok, text } = lint(path, `import { x } from "${target}";\n\nexport const y = x;\n`);
    expect(ok, text).toBe(true);
  });
});
