import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { MIB, systemClock } from "../../src/base/index.ts";
import { HeapSegment } from "../../src/memory/index.ts";
import {
  fewestReductionBytes,
  identifyInput,
  planReduction,
  ReductionCheckpoint,
  type ReductionSettings,
  runReduction,
} from "../../src/sequence/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-reduction-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const settings: ReductionSettings = {
  alphabet: undefined,
  identity: 9000,
  coverage: 8000,
  coverageMode: "member",
  threads: 1,
  takesAnything: false,
  batchRecords: 1024,
  windowCount: 2,
  readsAhead: true,
  prefetchDistance: 8,
  packs: true,
};

/** Reduces a small input with room for all of it in memory. @returns the checkpoint at the end, and its files */
async function reduced(maxDiskBytes: number) {
  const text = [...makeSequences({ kind: "protein", bytes: 100_000, seed: 3 })].join("");
  const path = join(folder, "in.fasta");
  writeFileSync(path, text);
  const { alphabet = null, identity, coverage, coverageMode, takesAnything } = settings;
  const checkpoint = new ReductionCheckpoint(
    folder,
    { format: 1, alphabet, identity, coverage, coverageMode, takesAnything },
    identifyInput(path),
    undefined,
  );
  using budget = roomyBudget();
  const outputs = { representatives: join(folder, "out"), deltas: join(folder, "out.mmd"), clusters: join(folder, "out.tsv") };
  for (const output of Object.values(outputs)) writeFileSync(output, "");
  await runReduction(
    {
      inputPath: path,
      inputName: "in.fasta",
      inputBytes: text.length,
      settings,
      openSegment: (byteLength) => new HeapSegment(budget, "sequence.grant", byteLength),
      grant: planReduction(fewestReductionBytes(settings) + 32 * MIB, text.length, settings),
      directory: folder,
      maxDiskBytes,
      checkpoint,
      spooled: undefined,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onWarning: () => undefined,
    },
    { ...outputs, clusterFormat: "tsv", index: undefined },
  );
  return { found: checkpoint.found, files: readdirSync(folder) };
}

/** A clock on which this passes between one look and the next. */
function tick(stepMs: number): void {
  let nowMs = 0;
  vi.spyOn(systemClock, "nowMs").mockImplementation(() => {
    nowMs += stepMs;
    return nowMs;
  });
}

describe("stages that fit into memory", () => {
  it("are put on record where they took more than ten seconds", async () => {
    tick(10_001);
    const { found, files } = await reduced(100 * MIB);
    expect(found).toMatchObject({ cluster: { rounds: 1 } });
    expect(files).toContain("checkpoint.json");
  });

  it("are not where they took less: finding it out again is cheaper than a file", async () => {
    tick(9_999 / 2);
    const { found, files } = await reduced(100 * MIB);
    expect(found).toBeUndefined();
    expect(files).not.toContain("checkpoint.json");
  });

  it("are not where nothing may go to the disk", async () => {
    tick(10_001);
    expect((await reduced(0)).found).toBeUndefined();
  });
});
