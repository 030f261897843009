/** Representatives and deltas to the bytes they were made of. */
import { fstatSync } from "node:fs";
import { binding, type NativeRestoration, type RestoreCounts } from "../binding/index.ts";
import { DELTA_INDEX_BYTES } from "./delta-index.ts";
import { OpenFiles } from "./open-files.ts";
import { pagesAbove, pagesBelow } from "./pages.ts";
import { stageError } from "./stage-error.ts";
import type { StageMemory } from "./stage-memory.ts";
import { watchStage } from "./stage-watch.ts";

export type RestorationJob = {
  readonly representativesPath: string;
  readonly deltasPath: string;
  /** Descriptor that takes the bytes; the caller's. */
  readonly output: number;
  readonly threads: number;
  readonly memory: StageMemory;
  readonly grantBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
};

/** @throws MalformedInputError where the files do not belong together or are damaged */
export async function restoreAll(job: RestorationJob): Promise<RestoreCounts> {
  return await withRestoration(job, (restoration, request) => restoration.all(request));
}

/** Records by name, in the order of the input. @returns how many there were */
export async function restoreNamed(job: RestorationJob, names: readonly string[]): Promise<number> {
  return await withRestoration(job, (restoration, request) => restoration.named(request, [...names]));
}

async function withRestoration<T>(
  job: RestorationJob,
  run: (restoration: NativeRestoration, request: Parameters<NativeRestoration["all"]>[0]) => Promise<T>,
): Promise<T> {
  using segment = job.memory.open(job.grantBytes);
  const restoration = binding.restoration(segment.native);
  using files = new OpenFiles();
  try {
    const [representatives, deltas] = [files.reading(job.representativesPath), files.reading(job.deltasPath)];
    const request = {
      representatives,
      representativesBytes: fstatSync(representatives).size,
      deltas,
      deltasBytes: fstatSync(deltas).size,
      output: job.output,
      threads: job.threads,
    };
    return await watchStage(
      restoration,
      job.signal,
      ({ done, total }) => job.onProgress(done, total),
      () => run(restoration, request),
    );
  } catch (error) {
    throw stageError(error, {
      doing: "restoring",
      files: [{ name: job.deltasPath, byteLength: Number.POSITIVE_INFINITY }],
      limitFor: (lackingBytes) => job.memory.limitFor(job.grantBytes + lackingBytes),
      signal: job.signal,
      malformedHint: `${job.representativesPath} and ${job.deltasPath} as one mm reduce wrote them`,
    });
  } finally {
    restoration.close();
  }
}

/**
 * Memory for a restore: with more of it more threads decode, and the rest keeps representatives for the next member.
 *
 * @param freeBytes - what the ledger has left; less than the fewest is refused when the segment is made
 * @param cacheBytes - the most that is kept
 */
export function restorationBytes(freeBytes: number, threads: number, cacheBytes: number): number {
  const wantedBytes = pagesAbove(binding.fewestRestoreBytes(threads) + DELTA_INDEX_BYTES + cacheBytes);
  return Math.max(fewestRestorationBytes(), pagesBelow(Math.min(freeBytes, wantedBytes)));
}

/** With which a restore ends. */
export function fewestRestorationBytes(): number {
  return pagesAbove(binding.fewestRestoreBytes(1) + DELTA_INDEX_BYTES);
}
