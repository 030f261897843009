import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ADDON_PATH } from "./addon.ts";

const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PREBUILD = `prebuilds/${process.platform}-${process.arch}/mm_native.node`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mm-install-"));
  cpSync(join(PACKAGE_ROOT, "native"), join(root, "native"), {
    recursive: true,
    filter: (source) => !source.startsWith(join(PACKAGE_ROOT, "native/build")),
  });
  symlinkSync(join(PACKAGE_ROOT, "node_modules"), join(root, "node_modules"));
  mkdirSync(join(root, "bin"));
});

afterEach(() => rmSync(root, { recursive: true }));

/** Runs the install script with no tool but those linked into `bin`, and no HOME. */
function install(tools: string[] = []): { status: number | null; output: string } {
  for (const tool of tools) symlinkSync("/bin/true", join(root, "bin", tool));
  const env = { PATH: join(root, "bin"), HOME: "", npm_config_nodedir: "" };
  const run = spawnSync(process.execPath, [join(root, "native/install.mjs")], { cwd: root, env, encoding: "utf8" });
  return { status: run.status, output: run.stdout + run.stderr };
}

function placePrebuild(write: (path: string) => void): void {
  mkdirSync(join(root, PREBUILD, ".."), { recursive: true });
  write(join(root, PREBUILD));
}

describe("the install script", () => {
  test("takes a prebuild that loads, silently and without a build", () => {
    placePrebuild((path) => copyFileSync(ADDON_PATH, path));
    expect(install()).toEqual({ status: 0, output: "" });
    expect(existsSync(join(root, "native/build"))).toBe(false);
  });

  test("without a compiler says in one line what to install", () => {
    const line = "mm: the native addon needs g++ make python3 to be built: apt-get install g++ make python3\n";
    expect(install()).toEqual({ status: 1, output: line });
    expect(install(["make", "python3"])).toEqual({ status: 1, output: line.replace("g++ make python3 to", "g++ to") });
  });

  test("builds when the prebuild does not load", () => {
    placePrebuild((path) => writeFileSync(path, "made for another machine"));
    expect(install().output).toMatch(/^mm: the native addon needs g\+\+/);
  });
});
