import type { Tables } from "./capture/records.ts";
import { anonNowBytes, type ProcessState } from "./tree-walk.ts";

type Kind = { readonly key: string; readonly label: string; readonly isCounted: boolean };

/** What memory is of, from the bottom of the picture to its top; what `usedBytes` does not count comes last. */
export const KINDS = [
  { key: "anon", label: "anonymous", isCounted: true },
  { key: "native", label: "Node: native", isCounted: true },
  { key: "newSpace", label: "V8 new space", isCounted: true },
  { key: "oldSpace", label: "V8 old space", isCounted: true },
  { key: "largeObjects", label: "V8 large objects", isCounted: true },
  { key: "code", label: "V8 code and other", isCounted: true },
  { key: "external", label: "V8 external", isCounted: true },
  { key: "arrayBuffers", label: "ArrayBuffers", isCounted: true },
  { key: "shared", label: "shared", isCounted: true },
  { key: "swap", label: "swap", isCounted: true },
  { key: "huge", label: "huge pages", isCounted: true },
  { key: "file", label: "file-backed (not counted)", isCounted: false },
  { key: "pageTables", label: "page tables (not counted)", isCounted: false },
] as const satisfies readonly Kind[];

type KindKey = (typeof KINDS)[number]["key"];
export type KindBytes = Record<KindKey, number>;

export function noKinds(): KindBytes {
  return Object.fromEntries(KINDS.map(({ key }) => [key, 0])) as KindBytes;
}

/** Adds what one process holds to `sum`. */
export function addKinds(sum: KindBytes, state: ProcessState, tables: Tables): void {
  const anonBytes = anonNowBytes(state);
  if (state.isolates.size === 0) sum.anon += anonBytes;
  else addNode(sum, anonBytes, state, tables);
  sum.shared += state.pssSharedBytes;
  sum.swap += state.swapBytes;
  sum.huge += state.hugeBytes;
  sum.file += state.pssFileBytes;
  sum.pageTables += state.pageTableBytes;
}

/** A worker thread that ends says nothing; one that is silent for so long beside others has ended. */
const ENDED_AFTER_MS = 2000;

/** V8 tells what it has reserved; what of that was never touched is not resident, so all of it never exceeds what the kernel counts. */
function addNode(sum: KindBytes, anonBytes: number, state: ProcessState, { isolate }: Tables): void {
  const parts = { newSpace: 0, oldSpace: 0, largeObjects: 0, code: 0, external: 0, arrayBuffers: 0 };
  let newestMs = 0;
  for (const row of state.isolates.values()) newestMs = Math.max(newestMs, isolate.atMs[row] ?? 0);
  for (const row of state.isolates.values()) {
    if ((isolate.atMs[row] ?? 0) < newestMs - ENDED_AFTER_MS) continue;
    const newSpace = isolate.newSpaceBytes[row] ?? 0;
    const oldSpace = isolate.oldSpaceBytes[row] ?? 0;
    const largeObjects = isolate.largeObjectBytes[row] ?? 0;
    const arrayBuffers = isolate.arrayBuffersBytes[row] ?? 0;
    parts.newSpace += newSpace;
    parts.oldSpace += oldSpace;
    parts.largeObjects += largeObjects;
    parts.code += Math.max(0, (isolate.heapTotalBytes[row] ?? 0) - newSpace - oldSpace - largeObjects);
    parts.arrayBuffers += arrayBuffers;
    // External memory counts the ArrayBuffers too: docs of process.memoryUsage().
    parts.external += Math.max(0, (isolate.externalBytes[row] ?? 0) - arrayBuffers);
  }
  const toldBytes = Object.values(parts).reduce((total, bytes) => total + bytes, 0);
  const share = toldBytes > anonBytes ? anonBytes / toldBytes : 1;
  for (const [key, bytes] of Object.entries(parts)) sum[key as keyof typeof parts] += bytes * share;
  sum.native += Math.max(0, anonBytes - toldBytes);
}
