import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processIdentity, processPresence } from "../../src/memory/index.ts";
import { kernelTree } from "./kernel-tree.ts";

/** A line of /proc/pid/stat: fields 4 to 21 do not matter, but none is the start time. */
const stat = (pid: number, name: string, state: string, startTicks: number) =>
  `${pid} (${name}) ${state} ${Array.from({ length: 18 }, (_, i) => i + 100).join(" ")} ${startTicks} 7 7 7\n`;

function machine() {
  const tree = kernelTree({
    "proc/sys/kernel/random/boot_id": "b-1\n",
    "proc/self/stat": stat(7, "node", "R", 50),
    "proc/8/stat": stat(8, "a) R (b c", "S", 60),
    "proc/9/stat": stat(9, "node", "Z", 70),
  });
  mkdirSync(join(tree.procRoot, "self/ns"));
  symlinkSync("pid:[4026531836]", join(tree.procRoot, "self/ns/pid"));
  return tree;
}

describe("processIdentity", () => {
  it("is boot, namespace, pid and start time", () => {
    using tree = machine();
    expect(processIdentity(tree)).toEqual({ bootId: "b-1", pidNamespace: "4026531836", pid: 7, startTicks: 50 });
  });

  it("is that of this process on the real machine", () => {
    const own = processIdentity();
    expect(own.pid).toBe(process.pid);
    expect(own.startTicks).toBeGreaterThan(0);
    expect(processPresence(own)).toBe("running");
  });
});

describe("processPresence", () => {
  const other = { bootId: "b-1", pidNamespace: "4026531836", pid: 8, startTicks: 60 };

  it.each([
    ["runs, whatever its name", {}, "running"],
    ["has its pid from somebody before", { startTicks: 59 }, "gone"],
    ["is not there", { pid: 10 }, "gone"],
    ["is dead and not yet waited for", { pid: 9, startTicks: 70 }, "gone"],
    ["is of another boot, whatever its namespace", { bootId: "b-0", pidNamespace: "1" }, "gone"],
    ["is of another container", { pidNamespace: "1" }, "unknown"],
  ] as const)("of a process that %s", (_what, change, presence) => {
    using tree = machine();
    expect(processPresence({ ...other, ...change }, tree)).toBe(presence);
  });

  it("is unknown where there is no /proc", () => {
    using tree = kernelTree({});
    expect(processPresence(processIdentity(tree), tree)).toBe("unknown");
  });
});
