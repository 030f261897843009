import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { SystemRoots } from "../../src/memory/kernel-file.ts";

/** A folder that looks like /proc and /sys/fs/cgroup: paths to contents. */
export function kernelTree(files: Readonly<Record<string, string>>): SystemRoots & Disposable {
  const root = mkdtempSync(join(tmpdir(), "mm-kernel-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, "latin1");
  }
  return {
    procRoot: join(root, "proc"),
    cgroupRoot: join(root, "cgroup"),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}
