import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { doorName, jobGroup, jobName, listJobs } from "../../../src/memory/share/job-names.ts";
import { kernelTree } from "../kernel-tree.ts";

const USER = process.geteuid?.() ?? 0;
const stat = `${process.pid} (node) S ${"0 ".repeat(18)}77 0\n`;
const NO_LIMIT = "9223372036854771712\n";

function machine(files: Record<string, string>) {
  const tree = kernelTree({ "proc/self/stat": stat, "proc/meminfo": "MemTotal: 8000000 kB\n", ...files });
  mkdirSync(join(tree.procRoot, "self/ns"));
  symlinkSync("pid:[42]", join(tree.procRoot, "self/ns/pid"));
  return tree;
}

const keyOf = (folder: string) => {
  const { dev, ino } = statSync(folder, { bigint: true });
  return `${dev.toString(16)}-${ino.toString(16)}-42`;
};

const cgroups = (limits: { own: string; parent: string }) => ({
  "proc/self/cgroup": "4:memory:/slice/job\n",
  "cgroup/memory/memory.limit_in_bytes": NO_LIMIT,
  "cgroup/memory/slice/memory.limit_in_bytes": limits.parent,
  "cgroup/memory/slice/job/memory.limit_in_bytes": limits.own,
});

it.each([
  ["the cgroup with the smallest limit", { own: "500000000\n", parent: "900000000\n" }, "memory/slice/job"],
  ["which may be above our own", { own: "900000000\n", parent: "500000000\n" }, "memory/slice"],
  ["the outermost of equals", { own: "500000000\n", parent: "500000000\n" }, "memory/slice"],
  ["the machine where nothing is limited", { own: NO_LIMIT, parent: NO_LIMIT }, "memory"],
])("jobs share %s", (_what, limits, folder) => {
  using tree = machine(cgroups(limits));
  expect(jobGroup(tree)).toBe(keyOf(join(tree.cgroupRoot, folder)));
});

it("jobs share the machine where there is no cgroup, and nothing where /proc is of another namespace", () => {
  using tree = machine({});
  expect(jobGroup(tree)).toBe("0-0-42");
  using foreign = machine({ "proc/self/stat": stat.replace(String(process.pid), "7") });
  expect(jobGroup(foreign)).toBeUndefined();
});

it("jobs are those of our user and namespace that listen, each once", () => {
  const line = (name: string) => `0000: 00000002 00000000 00010000 0005 01 12345 ${name}\n`;
  const other = jobName("1-2-42", 8).replace(`.${USER}.`, `.${USER + 1}.`);
  const names = [jobName("1-2-42", 7), jobName("1-2-42", 7), other, jobName("1-2-43", 9), doorName("1-2-42"), `${jobName("1-2-42", 5)}x`];
  using tree = machine({ "proc/net/unix": `Num RefCount\n${names.map((name) => line(`@${name}`)).join("")}${line("/run/x")}` });
  expect(listJobs(tree)).toEqual([{ pid: 7, group: "1-2-42", name: names[0] }]);
});
