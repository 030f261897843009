/** The keys of [memory] and its tables that have no flag. Those that have one are in options.ts. */
import { byteSize, decimalNumber, oneOf, onOff, type ParseValue, wholeNumber, wrongValue } from "../values.ts";
import type { Alias, Setting } from "./setting.ts";

function key<T>(
  section: string,
  name: string,
  fallback: string,
  parse: ParseValue<T>,
  help: string,
  aliases: readonly Alias[] = [],
): Setting<T> {
  return { section, name, kind: (parse as unknown) === onOff ? "switch" : "value", help, parse, fallback, aliases, isPersonal: false };
}

/** The same value under another name. */
function same(section: string, name: string): Alias {
  return { section, name, convert: (text) => text };
}

/** A number of a unit: "16" of "G" is "16G". */
export function inUnit(section: string, name: string, unit: "K" | "M" | "G"): Alias {
  return { section, name, convert: (text, origin) => `${numberOf(text, origin)}${unit}` };
}

function numberOf(text: string, origin: string): number {
  const number = /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(number > 0)) throw wrongValue(origin, "a number above 0", text);
  return number;
}

/** 0.5 to 1: below half of the limit every job would be under pressure all the time. */
const share = decimalNumber(0.5, 1);

const powerOfTwo: ParseValue<number> = (text, origin) => {
  const bytes = wholeNumber(16, 4096)(text, origin);
  if (!Number.isInteger(Math.log2(bytes))) throw wrongValue(origin, "a power of two from 16 to 4096", text);
  return bytes;
};

const MEMORY = "memory";
export const warningThreshold = key(MEMORY, "warning_threshold", "0.8", share, "share of the limit where the status becomes a warning");
export const criticalThreshold = key(MEMORY, "critical_threshold", "0.95", share, "share of the limit where the status becomes critical");
export const gcThreshold = key(
  MEMORY,
  "gc_threshold",
  "0.8",
  share,
  "share of the limit that, once reserved, empties caches to 70 % and gives free heap back",
);
export const aggressiveGc = key(
  MEMORY,
  "aggressive_gc",
  "false",
  onOff,
  "empty caches and give free heap back between any two pieces of work",
  [same("memory.low_memory", "aggressive_gc")],
);
export const adaptiveMode = key(
  MEMORY,
  "adaptive_mode",
  "true",
  onOff,
  "whether a running job changes its lanes by what the first chunk took, slows down and shrinks under pressure",
);
export const maxDpbFrames = key(
  MEMORY,
  "max_dpb_frames",
  "16",
  wholeNumber(1, 16),
  "video that needs more decoded pictures at once is refused",
);
export const cacheSize = key(MEMORY, "cache_size", "256M", byteSize, "what caches may hold together", [
  inUnit(MEMORY, "cache_size_mb", "M"),
  inUnit(MEMORY, "cache_size_gb", "G"),
]);

const MAPPING = "memory.mapping";
export const useMemoryMapping = key(MAPPING, "use_memory_mapping", "true", onOff, "map inputs into memory; false = read them");
export const mmapThreshold = key(
  MAPPING,
  "mmap_threshold_mb",
  "100",
  wholeNumber(0, 1_000_000),
  "inputs below this many MiB are read, not mapped",
);
export const populateOnMap = key(MAPPING, "populate_on_map", "false", onOff, "bring the pages of a window in as it is mapped");
export const hugePages = key(MAPPING, "huge_pages", "true", onOff, "ask for 2 MiB pages for pools and native work", [
  same(MEMORY, "use_huge_pages"),
]);
export const backend = key(
  MAPPING,
  "backend",
  "native",
  oneOf(["native", "mmap-io", "read"]),
  "how inputs are mapped: native, mmap-io or read",
);

const NUMA = "memory.numa";
export const numaAware = key(
  NUMA,
  "numa_aware",
  "true",
  onOff,
  "place the pages of pools and native work on memory nodes; false = as the process was started",
  [same(MEMORY, "numa_aware"), same(MAPPING, "numa_aware")],
);
export const numaNodes = key(
  NUMA,
  "numa_nodes",
  "0",
  wholeNumber(0, 64),
  "memory nodes that take part, from the first on; 0 = all there are",
);
export const interleave = key(NUMA, "interleave", "false", onOff, "pages from the nodes in turn");
export const localAlloc = key(NUMA, "local_alloc", "true", onOff, "pages from the node of the thread that touches them first");

const COMPRESSION = "memory.compression";
export const enableCompression = key(COMPRESSION, "enable_compression", "true", onOff, "compress what is spilled to disk", [
  same(MEMORY, "compression_enabled"),
]);
export const algorithm = key(COMPRESSION, "algorithm", "lz4", oneOf(["lz4"]), "lz4");
export const level = key(COMPRESSION, "level", "3", wholeNumber(1, 9), "1 (fastest) to 9 (smallest)");
export const threshold = key(COMPRESSION, "threshold_kb", "64", wholeNumber(0, 1_000_000_000), "smaller blocks stay as they are", [
  { section: MEMORY, name: "compression_threshold_mb", convert: (text, origin) => String(Math.round(numberOf(text, origin) * 1024)) },
]);
export const asyncCompression = key(COMPRESSION, "async_compression", "true", onOff, "compress on another thread");

const LOW_MEMORY = "memory.low_memory";
export const lowMaxMemory = key(
  LOW_MEMORY,
  "max_memory_mb",
  "2048",
  wholeNumber(1, 4096),
  "the limit that --low-memory sets, in MiB; 4 GiB at most",
);
export const streamingOnly = key(LOW_MEMORY, "streaming_only", "false", onOff, "hold nothing whole that can be read again (low: true)", [
  same(MEMORY, "streaming_mode"),
]);
export const disableCache = key(LOW_MEMORY, "disable_cache", "false", onOff, "no caches at all");
export const swapToDisk = key(LOW_MEMORY, "swap_to_disk", "true", onOff, "let memory overflow to disk", [same(MEMORY, "swap_to_disk")]);

const STREAMING = "memory.streaming";
export const chunkSize = key(STREAMING, "chunk_size", "10000", wholeNumber(1, 100_000_000), "sequences in one batch");
export const bufferCount = key(STREAMING, "buffer_count", "3", wholeNumber(1, 64), "windows in flight: read, work, write");
export const readAhead = key(STREAMING, "read_ahead", "true", onOff, "read the next window meanwhile");

const CACHE = "memory.cache";
export const prefetchDistance = key(
  CACHE,
  "prefetch_distance",
  "8",
  wholeNumber(0, 1024),
  "entries that kernels over tables prefetch ahead",
  [same(MEMORY, "prefetch_distance")],
);
export const cacheLineSize = key(CACHE, "cache_line_size", "64", powerOfTwo, "bytes: slots of pools begin at multiples of it");
export const alignStructures = key(CACHE, "align_structures", "true", onOff, "align slots at all");
export const packData = key(CACHE, "pack_data", "true", onOff, "residues in 2 and 5 bits");
