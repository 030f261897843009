import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MmError } from "../../src/base/index.ts";
import { fewestRestorationBytes, restoreAll } from "../../src/sequence/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { heapMemory } from "./heap-memory.ts";

const fixture = (name: string): Buffer => readFileSync(new URL(`../../fixtures/delta/${name}`, import.meta.url));
const [representatives, deltas] = [fixture("oddities.reduced.fasta"), fixture("oddities.mmd")];
const wanted = createHash("sha256").update(fixture("oddities.fasta")).digest("hex");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-restoration-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** "identical", the exit code of the error, or what came out in place of the input. */
async function restored(first: Uint8Array, second: Uint8Array): Promise<string | number> {
  const [representativesPath, deltasPath] = [join(folder, "representatives"), join(folder, "deltas")];
  writeFileSync(representativesPath, first);
  writeFileSync(deltasPath, second);
  using budget = roomyBudget();
  try {
    const { sha256 } = await restoreAll({
      representativesPath,
      deltasPath,
      output: -1,
      threads: 1,
      memory: heapMemory(budget),
      grantBytes: fewestRestorationBytes(),
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    return sha256 === wanted ? "identical" : "other bytes";
  } catch (error) {
    if (error instanceof MmError) return error.exitCode;
    throw error;
  }
}

/** Each byte of a file in turn with its lowest, its highest or all bits turned. */
function* damaged(file: Buffer): Generator<{ readonly what: string; readonly bytes: Buffer }> {
  for (let at = 0; at < file.length; at += 1) {
    const bits = [0x01, 0x80, 0xff][at % 3] ?? 0;
    const bytes = Buffer.from(file);
    bytes[at] = (bytes[at] ?? 0) ^ bits;
    yield { what: `byte ${at} with bits ${bits} turned`, bytes };
  }
}

describe("a small reduction", () => {
  it("restores", async () => {
    expect(await restored(representatives, deltas)).toBe("identical");
  });

  it("with any byte of the deltas changed is refused", { timeout: 120_000 }, async () => {
    for (const { what, bytes } of damaged(deltas)) expect(await restored(representatives, bytes), what).toBe(65);
  });

  it("with any byte of the representatives changed is refused", { timeout: 60_000 }, async () => {
    for (const { what, bytes } of damaged(representatives)) expect(await restored(bytes, deltas), what).toBe(65);
  });

  it("cut at any length is refused, and so is what has bytes behind", { timeout: 60_000 }, async () => {
    for (let length = 0; length < deltas.length; length += 1) {
      expect(await restored(representatives, deltas.subarray(0, length)), `deltas of ${length} bytes`).toBe(65);
    }
    for (let length = 0; length < representatives.length; length += 1) {
      expect(await restored(representatives.subarray(0, length), deltas), `representatives of ${length} bytes`).toBe(65);
    }
    for (const more of ["\n", "x".repeat(1000)]) {
      expect(await restored(representatives, Buffer.concat([deltas, Buffer.from(more)]))).toBe(65);
      expect(await restored(Buffer.concat([representatives, Buffer.from(more)]), deltas)).toBe(65);
    }
  });
});
