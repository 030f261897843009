import { MIB } from "../base/index.ts";

/** Share of the limit the command's V8 heap may take. */
const HEAP_SHARE = 0.25;
/** A loaded command holds 10 MiB; indexes lie in typed arrays, outside this heap. */
const SMALLEST_HEAP_MIB = 48;
/** More than any command was seen to need; a heap this large is a leak. */
const LARGEST_HEAP_MIB = 512;
/** Peak RssAnon of a transcode of 10,800 frames: 26 MiB at 1 and 2 MiB of young generation, 27 at 4, 30 at 8 and at Node's default. */
const YOUNG_GENERATION_MIB = 2;

/** As `resourceLimits` of a Worker takes it. */
export type HeapLimit = { readonly maxYoungGenerationSizeMb: number; readonly maxOldGenerationSizeMb: number };

/**
 * The heap cap of the thread that runs the command, a fuse above what the plan expects: a quarter of the limit the user gave or of this
 * process's cgroup, whichever is smaller.
 *
 * @param cgroupBytes what libuv reads (uv_get_constrained_memory); 0 or beyond 1 PiB when there is no limit
 */
export function heapLimit(maxMemoryBytes: number | undefined, cgroupBytes: number = process.constrainedMemory()): HeapLimit {
  const isConstrained = cgroupBytes > 0 && cgroupBytes < 2 ** 50;
  const limitBytes = Math.min(maxMemoryBytes ?? Number.POSITIVE_INFINITY, isConstrained ? cgroupBytes : Number.POSITIVE_INFINITY);
  const heapMib = Math.floor(Math.min((limitBytes * HEAP_SHARE) / MIB, LARGEST_HEAP_MIB));
  return { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB, maxOldGenerationSizeMb: Math.max(SMALLEST_HEAP_MIB, heapMib) };
}
