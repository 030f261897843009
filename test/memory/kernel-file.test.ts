import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KernelFile, readKernelFile } from "../../src/memory/kernel-file.ts";
import { kernelTree } from "./kernel-tree.ts";

describe("KernelFile", () => {
  it("finds numbers by the start of their line, at every refresh anew", () => {
    using tree = kernelTree({ "proc/stat": "anon 12\ninactive_anon 7\ntotal_anon 99\nfull avg10=1.25 avg60=0\n" });
    const path = join(tree.procRoot, "stat");
    using file = KernelFile.open(path);
    expect(file?.refresh()).toBe(true);
    expect(file?.number("anon ")).toBe(12);
    expect(file?.number("total_anon ")).toBe(99);
    expect(file?.number("full avg10=")).toBe(1.25);
    expect(file?.number("missing ")).toBe(0);
    writeFileSync(path, "anon 5\n");
    file?.refresh();
    expect(file?.number("anon ")).toBe(5);
    // The longer text of before is still in the buffer, and must not be found.
    expect(file?.number("total_anon ")).toBe(0);
  });

  it("reads a file of one number", () => {
    using tree = kernelTree({ "cgroup/memory.current": "7852032\n" });
    using file = KernelFile.open(join(tree.cgroupRoot, "memory.current"));
    file?.refresh();
    expect(file?.number("")).toBe(7_852_032);
  });

  it("is undefined where there is no such file", () => {
    expect(KernelFile.open("/nonexistent/file")).toBeUndefined();
    expect(readKernelFile("/nonexistent/file")).toBeUndefined();
    expect(readKernelFile("/")).toBeUndefined();
  });
});
