import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder on disk that goes away after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mm-memory-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A tmpfs of `sizeBytes` mounted for the tests of the file, or why there is none. */
export function tinyDisk(sizeBytes: number): { readonly folder: string; readonly refusal: string | undefined } {
  const folder = temporaryFolder();
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${sizeBytes}`, "tmpfs", folder], { encoding: "utf8" });
  if (mounted.status !== 0) return { folder, refusal: (mounted.error?.message ?? mounted.stderr).trim() };
  afterAll(() => {
    spawnSync("umount", [folder]);
  });
  return { folder, refusal: undefined };
}
