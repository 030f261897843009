import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { readKernelFile, type SystemRoots } from "./kernel-file.ts";

/** The cgroup of this process for one controller. */
export type CgroupChain = {
  readonly version: 1 | 2;
  /** Folders from our own cgroup up to the top of the mount, which in a container is the container's own. */
  readonly folders: readonly string[];
};

/**
 * Finds our cgroup as cgroups(7) describes it: /proc/self/cgroup names the path, /sys/fs/cgroup shows it (v1 by controller, v2
 * unified). In a container the path may be that of the host, invisible under the mount: then its longest visible tail is ours,
 * at least the mount itself.
 */
export function findCgroup(roots: SystemRoots, controller: "memory" | "cpu"): CgroupChain | undefined {
  const lines = (readKernelFile(`${roots.procRoot}/self/cgroup`) ?? "").split("\n").map((line) => line.split(":"));
  const legacy = lines.find(([, controllers]) => controllers?.split(",").includes(controller));
  if (legacy !== undefined) {
    const [, controllers = "", ...path] = legacy;
    const mount = [controllers, controller].map((name) => join(roots.cgroupRoot, name)).find(isFolder);
    if (mount !== undefined) return { version: 1, folders: chain(mount, path.join(":")) };
  }
  const unified = lines.find(([id, controllers]) => id === "0" && controllers === "");
  if (unified === undefined || readKernelFile(join(roots.cgroupRoot, "cgroup.controllers")) === undefined) return undefined;
  return { version: 2, folders: chain(roots.cgroupRoot, unified.slice(2).join(":")) };
}

function chain(mount: string, path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  // "/.." stands for a cgroup outside our namespace (cgroup_namespaces(7)).
  let visible = names.includes("..") ? [] : names;
  while (visible.length > 0 && !isFolder(join(mount, ...visible))) visible = visible.slice(1);
  const folders = [join(mount, ...visible)];
  for (let folder = folders[0]; folder !== undefined && folder !== mount; folder = folders.at(-1)) folders.push(dirname(folder));
  return folders;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
