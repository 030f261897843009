import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findCgroup } from "../../src/memory/cgroup-path.ts";
import { kernelTree } from "./kernel-tree.ts";

/** Folders relative to the cgroup mount. */
function foldersOf(files: Readonly<Record<string, string>>, controller: "memory" | "cpu" = "memory") {
  using tree = kernelTree(files);
  const found = findCgroup(tree, controller);
  return found && { version: found.version, folders: found.folders.map((folder) => folder.slice(tree.cgroupRoot.length)) };
}

describe("findCgroup", () => {
  it("walks from our v2 cgroup up to the mount", () => {
    expect(
      foldersOf({
        "proc/self/cgroup": "0::/user.slice/job.scope\n",
        "cgroup/cgroup.controllers": "cpu memory\n",
        "cgroup/user.slice/job.scope/memory.max": "max\n",
      }),
    ).toEqual({ version: 2, folders: ["/user.slice/job.scope", "/user.slice", ""] });
  });

  it("takes the mount itself in a container of its own cgroup namespace", () => {
    expect(foldersOf({ "proc/self/cgroup": "0::/\n", "cgroup/cgroup.controllers": "memory\n" })).toEqual({ version: 2, folders: [""] });
  });

  it("takes the mount where the path of the host is not visible", () => {
    expect(
      foldersOf({
        "proc/self/cgroup": "7:memory:/docker/0123abcd\n0::/docker/0123abcd\n",
        "cgroup/memory/memory.limit_in_bytes": "1\n",
      }),
    ).toEqual({ version: 1, folders: ["/memory"] });
  });

  it("finds the visible tail of a host path, for cgroups made inside a container", () => {
    expect(
      foldersOf({
        "proc/self/cgroup": "7:memory:/docker/0123abcd/job/step\n",
        "cgroup/memory/job/step/memory.limit_in_bytes": "1\n",
      }),
    ).toEqual({ version: 1, folders: ["/memory/job/step", "/memory/job", "/memory"] });
  });

  it("does not leave the mount for a cgroup outside our namespace", () => {
    expect(foldersOf({ "proc/self/cgroup": "0::/../../other\n", "cgroup/cgroup.controllers": "memory\n", "other/file": "" })).toEqual({
      version: 2,
      folders: [""],
    });
  });

  it("prefers the v1 controller on a hybrid machine", () => {
    expect(
      foldersOf({
        "proc/self/cgroup": "4:memory:/job\n1:cpu,cpuacct:/\n0::/init.scope\n",
        "cgroup/memory/job/tasks": "",
        "cgroup/unified/cgroup.controllers": "",
      }),
    ).toEqual({ version: 1, folders: ["/memory/job", "/memory"] });
  });

  it("finds controllers that are mounted together", () => {
    const files = { "proc/self/cgroup": "3:cpu,cpuacct:/job\n", "cgroup/cpu,cpuacct/job/tasks": "" };
    expect(foldersOf(files, "cpu")).toEqual({ version: 1, folders: ["/cpu,cpuacct/job", "/cpu,cpuacct"] });
    expect(foldersOf(files, "memory")).toBeUndefined();
  });

  it("keeps a colon that is part of the path", () => {
    expect(foldersOf({ "proc/self/cgroup": "4:memory:/a:b\n", [join("cgroup/memory/a:b", "tasks")]: "" })?.folders[0]).toBe("/memory/a:b");
  });

  it("finds nothing where the kernel hides its cgroups", () => {
    expect(foldersOf({ "proc/version": "" })).toBeUndefined();
    expect(foldersOf({ "proc/self/cgroup": "0::/\n", "proc/version": "" })).toBeUndefined();
  });
});
