import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../src/base/index.ts";
import { findCgroup } from "../../src/memory/cgroup-path.ts";
import { SYSTEM_ROOTS } from "../../src/memory/kernel-file.ts";

/** A memory cgroup of the kernel's own, below the one the tests run in. Removed on dispose, when its processes are gone. */
export type RealCgroup = Disposable & {
  readonly version: 1 | 2;
  readonly folder: string;
  /** As /proc/self/cgroup of a process inside would say. */
  readonly line: string;
  /** argv that moves itself into the cgroup, then becomes `argv`. */
  enter(argv: readonly string[]): string[];
};

/** @returns the reason in words where the machine does not let us make one */
export function realCgroup(limitBytes: number): RealCgroup | string {
  const found = findCgroup(SYSTEM_ROOTS, "memory");
  const parent = found?.folders[0];
  const mount = found?.folders.at(-1);
  if (found === undefined || parent === undefined || mount === undefined) return "there is no memory cgroup";
  const folder = join(parent, `mm-test-${process.pid}-${Date.now()}`);
  try {
    mkdirSync(folder);
  } catch (error) {
    return `${parent} is not writable (${errnoOf(error)})`;
  }
  const limitFile = found.version === 2 ? "memory.max" : "memory.limit_in_bytes";
  if (!readdirSync(folder).includes(limitFile)) {
    rmdirSync(folder);
    return `${parent} does not hand the memory controller down`;
  }
  writeFileSync(join(folder, limitFile), String(limitBytes));
  const path = folder.slice(mount.length);
  return {
    version: found.version,
    folder,
    line: found.version === 2 ? `0::${path}\n` : `4:memory:${path}\n`,
    enter: (argv) => ["/bin/sh", "-c", `echo $$ > '${folder}/cgroup.procs' && exec "$@"`, "sh", ...argv],
    [Symbol.dispose]: () => rmdirSync(folder),
  };
}
