import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = ["report-page.js", "report-page.css"];
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * The package, built from the sources as they are now into a folder of its own: as it would be installed; or the executable alone,
 * with the worker of fake-worker.mjs in place of the real one; or with the executable in a file per source file, as the library is.
 */
export class BuiltMm implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "mm-built-"));
  readonly bin = join(this.folder, "bin/mm.js");

  constructor(kind: "real" | "fake" | "unbundled") {
    for (const name of ["node_modules", "package.json", "native"]) symlinkSync(join(ROOT, name), join(this.folder, name));
    cpSync(join(ROOT, "bin"), join(this.folder, "bin"), { recursive: true });
    const dist = join(this.folder, "dist");
    if (kind !== "fake") run("typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", dist);
    // Of the page there is no other form.
    if (kind === "unbundled") for (const name of PAGE) cpSync(join(ROOT, "dist/cli", name), join(dist, "cli", name));
    if (kind !== "unbundled") run("rolldown/bin/cli.mjs", "--config", "rolldown.config.mjs", "--dir", join(dist, "cli"));
    if (kind === "fake")
      run("rolldown/bin/cli.mjs", "test/cli/fake-worker.mjs", "--platform", "node", "--file", join(dist, "cli/worker.js"));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(tool: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join("node_modules", tool), ...args], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool} failed:\n${stdout}${stderr}`);
}
