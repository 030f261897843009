import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { makeSequences } from "../../fixtures/sequences.mjs";
import { CancelledError, MIB, systemClock } from "../../src/base/index.ts";
import {
  fewestReductionBytes,
  identifyInput,
  planReduction,
  ReductionCheckpoint,
  type ReductionSettings,
  readStoredReduction,
  runReduction,
} from "../../src/sequence/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { heapMemory } from "./heap-memory.ts";

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
  target: undefined,
  threads: 1,
  takesAnything: false,
  batchRecords: 1024,
  windowCount: 2,
  readsAhead: true,
  prefetchDistance: 8,
  packs: true,
  columnAlignmentBytes: 64,
};

type Job = {
  readonly target?: ReductionSettings["target"];
  /** Ends the job behind so many comparisons. */
  readonly stopAt?: number;
  readonly resumes?: boolean;
};

/** Reduces a small input with room for all of it in memory. @returns the checkpoint at the end, its files, and what came of it */
async function reduced(maxDiskBytes: number, { target, stopAt, resumes = false }: Job = {}) {
  const text = [...makeSequences({ kind: "protein", bytes: 100_000, seed: 3 })].join("");
  const path = join(folder, "in.fasta");
  // A file that is written again is another one.
  if (!existsSync(path)) writeFileSync(path, text);
  const { alphabet = null, identity, coverage, coverageMode, takesAnything } = settings;
  const checkpoint = new ReductionCheckpoint(
    folder,
    { format: 1, alphabet, identity, coverage, coverageMode, target: target === undefined ? null : "some", takesAnything },
    [identifyInput(path)],
    resumes ? await readStoredReduction(folder) : undefined,
  );
  const controller = new AbortController();
  const phases: string[] = [];
  using budget = roomyBudget();
  const outputs = { representatives: join(folder, "out"), deltas: join(folder, "out.mmd"), clusters: join(folder, "out.tsv") };
  for (const output of Object.values(outputs)) writeFileSync(output, "");
  const run = runReduction(
    {
      inputs: [{ path, name: "in.fasta", byteLength: text.length, packing: null, isSpooled: false }],
      settings: { ...settings, target },
      memory: heapMemory(budget),
      grant: planReduction(fewestReductionBytes(settings) + 32 * MIB, text.length, settings),
      directory: folder,
      maxDiskBytes,
      checkpoint,
      signal: controller.signal,
      onProgress: (phase) => {
        if (phase !== phases.at(-1)) phases.push(phase);
        if (phases.filter((each) => each === "measure").length === stopAt) controller.abort(new CancelledError("SIGINT"));
      },
      onWarning: () => undefined,
    },
    { ...outputs, clusterFormat: "tsv", index: undefined },
  );
  const counts = await run.catch((error: unknown) => {
    if (!(error instanceof CancelledError)) throw error;
    return undefined;
  });
  const bytes = Object.values(outputs).map((output) => readFileSync(output));
  return { found: checkpoint.found, files: readdirSync(folder), counts, bytes };
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

  it("are gone on with behind the comparisons that did not reach the target", async () => {
    const target = { bytes: 1 };
    const whole = await reduced(100 * MIB, { target });
    expect(whole.counts?.steps).toHaveLength(5);
    expect(whole.found).toBeUndefined();
    tick(10_001);
    const stopped = await reduced(100 * MIB, { target, stopAt: 3 });
    expect(stopped.counts).toBeUndefined();
    expect(stopped.found).toMatchObject({ cluster: null, steps: whole.counts?.steps.slice(0, 3) });
    const resumed = await reduced(100 * MIB, { target, resumes: true });
    expect(resumed.counts).toMatchObject({ steps: whole.counts?.steps, resumedStages: ["read"] });
    expect(resumed.bytes.every((bytes, at) => bytes.equals(whole.bytes[at] ?? Buffer.of()))).toBe(true);
  });

  it("are not where nothing may go to the disk", async () => {
    tick(10_001);
    expect((await reduced(0)).found).toBeUndefined();
  });
});
