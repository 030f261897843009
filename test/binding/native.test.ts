import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** Its first run compiles everything under two sanitizers. */
const TIMEOUT_MS = 600_000;
const compiler = process.env.CXX || "g++";
const hasCompiler = spawnSync(compiler, ["--version"], { stdio: "ignore" }).status === 0;
if (!hasCompiler) console.log(`native tests are skipped: ${compiler} is not there (apt-get install g++)`);

test.skipIf(!hasCompiler)(
  "the native core passes its own tests under the sanitizers",
  () => {
    const script = fileURLToPath(new URL("../../native/test/run.mjs", import.meta.url));
    const run = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect(run.stdout + run.stderr).toMatch(/^\d+ passed, 0 failed\n$/m);
    expect(run.status).toBe(0);
  },
  TIMEOUT_MS,
);
