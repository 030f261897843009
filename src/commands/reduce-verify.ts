/** `mm reduce --verify`: what was written is read once more before anything is published. */
import { setImmediate } from "node:timers/promises";
import { IoError } from "../base/index.ts";
import { MappedFasta, type ReductionCheckpoint, type ReductionSettings, restoreAll } from "../sequence/index.ts";
import type { JobCore } from "./job-core.ts";
import type { ReducePlan } from "./reduce-plan.ts";

type Restored = JobCore & {
  readonly reduction: ReductionSettings;
  readonly checkpoint: ReductionCheckpoint;
  readonly representatives: string;
  readonly deltas: string;
  /** Of the input. */
  readonly sha256: string;
  readonly plan: ReducePlan;
};

/** Restores in a stream. @throws IoError when what comes back is not the input */
export async function verifyRestored({
  reduction,
  meter,
  signal,
  checkpoint,
  representatives,
  deltas,
  sha256,
  plan,
}: Restored): Promise<void> {
  const restored = await restoreAll({
    representativesPath: representatives,
    deltasPath: deltas,
    output: -1,
    threads: reduction.threads,
    memory: plan.stageMemory,
    grantBytes: plan.verifyBytes,
    signal,
    onProgress: (done, total) => meter.progressed("verify", done, total),
  });
  if (restored.sha256 === sha256) return;
  checkpoint.forget();
  throw notAsWanted("what was written does not restore the input", { wanted: sha256, restored: restored.sha256 });
}

type Indexed = JobCore & {
  readonly representatives: string;
  readonly index: string;
  /** Lines of the index. */
  readonly indexed: number;
};

/** Between two looks at the clock and at signals. */
const RECORDS_AT_ONCE = 10_000;

/** Reads every representative through its line of the index. @throws IoError when one is not there, or is not all of it */
export async function verifyIndex({ core, signal, meter, representatives, index, indexed }: Indexed): Promise<void> {
  using fasta = await MappedFasta.open((path) => core.mapInput(core.budget, "io.window", path), representatives, index);
  let read = 0;
  for (const entry of fasta.entries()) {
    const problem = fasta.problemOf(entry);
    if (problem !== undefined) throw notAsWanted("the index is wrong", { line: entry.line, problem });
    read += 1;
    if (read % RECORDS_AT_ONCE !== 0) continue;
    meter.progressed("verify", read, indexed);
    await setImmediate();
    signal.throwIfAborted();
  }
  if (read !== indexed) throw notAsWanted("the index is not whole", { lines: read, records: indexed });
}

function notAsWanted(message: string, details: Readonly<Record<string, string | number>>): IoError {
  return new IoError(message, { details, hint: "run again; if it repeats, check the disk" });
}
