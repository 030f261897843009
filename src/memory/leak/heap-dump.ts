import { mkdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { getHeapStatistics, writeHeapSnapshot } from "node:v8";
import { errnoOf } from "../../base/index.ts";
import { readMachineMemory } from "../limit.ts";

/**
 * What a snapshot takes while it is made, as a multiple of the heap. Node's documentation says "about twice", but it goes by the number of objects: a
 * heap of 75 MiB, a million objects with a string each, took 1.8 GiB (Node 20.20). Without that room the kernel kills the process in it.
 */
const HEADROOM_SHARE = 25;

export type HeapDump = { readonly path: string } | { readonly refusal: string };

/** What could still be used: of the machine, and of every memory cgroup up the path. */
export function readHeadroom(): number {
  const { availableBytes, cgroups } = readMachineMemory();
  return Math.min(availableBytes, ...cgroups.map(({ limitBytes, usage }) => limitBytes - usage.unreclaimableBytes));
}

/**
 * Writes a snapshot of this thread's heap into a folder, which it makes, or says why not. Nothing else runs meanwhile: 10 s for those
 * 75 MiB. The file has every string of the program in it, so nobody else may read the folder.
 */
export function dumpHeap(folder: string, headroomBytes: number, timestamp: number): HeapDump {
  const { used_heap_size: heapBytes } = getHeapStatistics();
  const neededBytes = HEADROOM_SHARE * heapBytes;
  if (headroomBytes < neededBytes) {
    return { refusal: `a dump of a heap of ${heapBytes} bytes needs ${neededBytes}, and ${Math.max(0, headroomBytes)} are left` };
  }
  const path = join(folder, `heap-${timestamp}.heapsnapshot`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < neededBytes) return { refusal: `${folder} has no room for ${neededBytes} bytes` };
    write(path);
    return { path };
  } catch (error) {
    return { refusal: `${folder} cannot be written (${errnoOf(error) ?? error})` };
  }
}

/** A dump that exists is whole. */
function write(path: string): void {
  const unfinished = `${path}.part`;
  try {
    writeHeapSnapshot(unfinished);
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
