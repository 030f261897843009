import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * The package as it would be installed, built from the sources as they are now into a folder of its own. With the worker of
 * fake-worker.mjs in place of the real one, only the floors that the roof itself may load are there.
 */
export class BuiltMm implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "mm-built-"));
  readonly bin = join(this.folder, "bin/mm.js");

  constructor(worker: "real" | "fake") {
    for (const name of ["node_modules", "package.json", "native"]) symlinkSync(join(ROOT, name), join(this.folder, name));
    cpSync(join(ROOT, "bin"), join(this.folder, "bin"), { recursive: true });
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    spawnSync(process.execPath, [tsc, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", join(this.folder, "dist")], { stdio: "ignore" });
    if (worker === "real") return;
    cpSync(join(ROOT, "test/cli/fake-worker.mjs"), join(this.folder, "dist/cli/worker.js"));
    for (const floor of readdirSync(join(this.folder, "dist"))) {
      if (floor !== "cli" && floor !== "base") rmSync(join(this.folder, "dist", floor), { recursive: true });
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
