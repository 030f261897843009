import { describe, expect, test } from "vitest";
import { GIB, KIB, MIB, UsageError } from "../../../src/base/index.ts";
import { SettingsSource, type StoredSettings } from "../../../src/cli/option-spec.ts";
import * as keys from "../../../src/cli/settings/memory-keys.ts";
import { memorySettings } from "../../../src/cli/settings/memory-settings.ts";
import { pathOf } from "../../../src/cli/settings/setting.ts";
import { DEFAULT_CORE_SETTINGS } from "../../../src/memory/index.ts";

function settingsOf(values: Record<string, string>) {
  const find: StoredSettings["find"] = (setting) => {
    const text = values[pathOf(setting)];
    return text === undefined ? undefined : { text, source: "config", origin: `${setting.name} (mm.toml:1)` };
  };
  return memorySettings(new SettingsSource({}, {}, [], { section: "", find }));
}

const DEFAULTS = settingsOf({});

test("nothing set gives the defaults of the core, and those of the commands", () => {
  expect(DEFAULTS).toEqual({
    core: DEFAULT_CORE_SETTINGS,
    maxDpbFrames: 16,
    cacheBytes: 256 * MIB,
    spillsToDisk: true,
    streaming: { only: false, batchSequences: 10_000, windowCount: 3, readsAhead: true },
    kernels: { prefetchDistance: 8, packsResidues: true },
  });
});

const { core, streaming, kernels } = DEFAULTS;
const compression = DEFAULT_CORE_SETTINGS.compression;

/** What each key changes, and nothing else. */
const EFFECTS: Readonly<Record<string, readonly [text: string, changed: object]>> = {
  "memory.warning_threshold": ["0.6", { core: { ...core, pressure: { warning: 0.6, critical: 0.95 } } }],
  "memory.critical_threshold": ["0.9", { core: { ...core, pressure: { warning: 0.8, critical: 0.9 } } }],
  "memory.gc_threshold": ["0.5", { core: { ...core, collectShare: 0.5 } }],
  "memory.aggressive_gc": ["1", { core: { ...core, collectsAlways: true } }],
  "memory.adaptive_mode": ["0", { core: { ...core, isAdaptive: false } }],
  "memory.max_dpb_frames": ["4", { maxDpbFrames: 4 }],
  "memory.cache_size": ["1G", { cacheBytes: GIB }],
  "memory.mapping.use_memory_mapping": ["0", { core: { ...core, mapping: { ...core.mapping, backend: "read" } } }],
  "memory.mapping.mmap_threshold_mb": ["3", { core: { ...core, mapping: { ...core.mapping, readBelowBytes: 3 * MIB } } }],
  "memory.mapping.populate_on_map": ["1", { core: { ...core, mapping: { ...core.mapping, populate: true } } }],
  "memory.mapping.huge_pages": ["0", { core: { ...core, hugePages: false } }],
  "memory.mapping.backend": ["mmap-io", { core: { ...core, mapping: { ...core.mapping, backend: "mmap-io" } } }],
  "memory.numa.numa_aware": ["0", { core: { ...core, numa: undefined } }],
  "memory.numa.numa_nodes": ["2", { core: { ...core, numa: { policy: "local", nodes: 2 } } }],
  "memory.numa.interleave": ["1", { core: { ...core, numa: { policy: "interleave", nodes: 0 } } }],
  "memory.numa.local_alloc": ["0", { core: { ...core, numa: undefined } }],
  "memory.compression.enable_compression": ["0", { core: { ...core, compression: undefined } }],
  "memory.compression.level": ["9", { core: { ...core, compression: { ...compression, level: 9 } } }],
  "memory.compression.threshold_kb": ["8", { core: { ...core, compression: { ...compression, thresholdBytes: 8 * KIB } } }],
  "memory.compression.async_compression": ["0", { core: { ...core, compression: { ...compression, isAsync: false } } }],
  "memory.low_memory.streaming_only": ["1", { streaming: { ...streaming, only: true } }],
  "memory.low_memory.disable_cache": ["1", { cacheBytes: 0 }],
  "memory.low_memory.swap_to_disk": ["0", { spillsToDisk: false }],
  "memory.streaming.chunk_size": ["500", { streaming: { ...streaming, batchSequences: 500 } }],
  "memory.streaming.buffer_count": ["2", { streaming: { ...streaming, windowCount: 2 } }],
  "memory.streaming.read_ahead": ["0", { streaming: { ...streaming, readsAhead: false } }],
  "memory.cache.prefetch_distance": ["16", { kernels: { ...kernels, prefetchDistance: 16 } }],
  "memory.cache.cache_line_size": ["128", { core: { ...core, slotAlignmentBytes: 128 } }],
  "memory.cache.align_structures": ["0", { core: { ...core, slotAlignmentBytes: 1 } }],
  "memory.cache.pack_data": ["0", { kernels: { ...kernels, packsResidues: false } }],
};

/** Acts on another key (the limit of the preset low), or has one value only. */
const ELSEWHERE = ["memory.low_memory.max_memory_mb", "memory.compression.algorithm"];

describe("each key changes what it is for", () => {
  test.each(Object.entries(EFFECTS))("%s", (path, [text, changed]) => {
    expect(settingsOf({ [path]: text })).toEqual({ ...DEFAULTS, ...changed });
  });

  test("and there is no key without an effect", () => {
    const all = Object.values(keys).flatMap((each) => (typeof each === "object" ? [pathOf(each)] : []));
    expect(all.filter((path) => !ELSEWHERE.includes(path)).sort()).toEqual(Object.keys(EFFECTS).sort());
  });
});

test("a warning that would come after the critical status is refused", () => {
  expect(() => settingsOf({ "memory.warning_threshold": "0.97" })).toThrow(UsageError);
  expect(() => settingsOf({ "memory.critical_threshold": "0.7" })).toThrow(/critical_threshold \(mm.toml:1\)/);
});
