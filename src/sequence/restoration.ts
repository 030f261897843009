/** Representatives and deltas to the bytes they were made of. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { MIB } from "../base/index.ts";
import { binding, type NativeRestoration, type RestoreCounts } from "../binding/index.ts";
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
  const fds: number[] = [];
  try {
    const [representatives, deltas] = [job.representativesPath, job.deltasPath].map((path) => {
      const fd = openSync(path, "r");
      fds.push(fd);
      return { fd, bytes: fstatSync(fd).size };
    }) as [{ fd: number; bytes: number }, { fd: number; bytes: number }];
    const request = {
      representatives: representatives.fd,
      representativesBytes: representatives.bytes,
      deltas: deltas.fd,
      deltasBytes: deltas.bytes,
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
    for (const fd of fds) closeSync(fd);
  }
}

/** For the index of a delta file: 80 bytes for each 4096 records. More is asked for when the file is opened. */
const INDEX_BYTES = MIB;

/**
 * Memory for a restore: with more of it more threads decode, and the rest keeps representatives for the next member.
 *
 * @param freeBytes - what the ledger has left; less than the fewest is refused when the segment is made
 * @param cacheBytes - the most that is kept
 */
export function restorationBytes(freeBytes: number, threads: number, cacheBytes: number): number {
  const wantedBytes = pagesAbove(binding.fewestRestoreBytes(threads) + INDEX_BYTES + cacheBytes);
  return Math.max(fewestRestorationBytes(), pagesBelow(Math.min(freeBytes, wantedBytes)));
}

/** With which a restore ends. */
export function fewestRestorationBytes(): number {
  return pagesAbove(binding.fewestRestoreBytes(1) + INDEX_BYTES);
}
