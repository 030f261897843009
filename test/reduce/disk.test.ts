import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { type MmRun, MmSession } from "../transcode/run-mm.ts";

let session: MmSession;
beforeAll(() => {
  session = new MmSession();
  const fd = openSync(session.path("in.fasta"), "w");
  for (const piece of makeSequences({ kind: "protein", bytes: 20e6, seed: 7 })) writeSync(fd, piece);
  closeSync(fd);
});
afterAll(() => session[Symbol.dispose]());

/** In so little memory that both sorters overflow. */
const reduce = (...more: string[]): MmRun =>
  session.run(["reduce", "-i", "in.fasta", "-o", "out.fasta", "--max-memory", "64M", "-q", ...more]);

it("a limit of the disk that is too small is named", () => {
  const { code, stderr } = reduce("--max-disk", "1M");
  expect(code).toBe(75);
  expect(stderr).toMatch(/temporary files need .* more than --max-disk allows, while reading in\.fasta/);
  expect(stderr).toContain("a larger --max-disk");
});

it("the key that leaves no disk is named, and nothing speaks of --max-disk", () => {
  writeFileSync(session.path("no-swap.toml"), "[memory.low_memory]\nswap_to_disk = false\n");
  const { code, stderr } = reduce("--config", "no-swap.toml");
  expect(code).toBe(75);
  expect(stderr).toMatch(/more than the memory holds, and swap_to_disk = false leaves no disk for it, while reading in\.fasta/);
  expect(stderr).toContain("swap_to_disk = true under [memory.low_memory], or a larger --max-memory");
  expect(stderr).not.toContain("--max-disk");
  expect(reduce("--config", "no-swap.toml", "--max-memory", "512M")).toMatchObject({ code: 0, stderr: "" });
});
