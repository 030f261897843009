import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { isStaticProgram } from "../../../src/media/engine/elf.ts";

it("isStaticProgram knows programs without a dynamic loader, and takes nothing else for one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mm-elf-"));
  try {
    const elf = Buffer.alloc(64 + 2 * 56);
    elf.write("\x7fELF\x02", "latin1");
    elf.writeBigUInt64LE(64n, 32);
    elf.writeUInt16LE(2, 56);
    elf.writeUInt32LE(1, 64);
    const path = (name: string, bytes: Buffer | string) => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    expect(await isStaticProgram(path("static", elf))).toBe(true);
    elf.writeUInt32LE(3, 64 + 56);
    expect(await isStaticProgram(path("dynamic", elf))).toBe(false);
    expect(await isStaticProgram(path("cut", elf.subarray(0, 100)))).toBe(false);
    expect(await isStaticProgram(path("script", "#!/bin/sh\n"))).toBe(false);
    expect(await isStaticProgram(join(folder, "none"))).toBe(false);
    expect(await isStaticProgram("/bin/sh")).toBe(false);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
