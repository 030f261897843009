import { type ParseValue, wrongValue } from "../values.ts";

const PRESET_NAMES = ["high", "balanced", "low", "tiny"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Names of the same in older documents. */
const ALIASES: Readonly<Record<string, PresetName>> = { "high-memory": "high", "low-memory": "low" };

export const presetName: ParseValue<PresetName> = (text, origin) => {
  const name = PRESET_NAMES.find((each) => each === text) ?? ALIASES[text];
  if (name === undefined) throw wrongValue(origin, `one of ${PRESET_NAMES.join(", ")}`, text);
  return name;
};

/** Values by path, as a config file would hold them. */
const VALUES: Readonly<Record<PresetName, Readonly<Record<string, string>>>> = {
  high: {
    "memory.max_memory": "128G",
    "memory.cache_size": "32G",
    "memory.aggressive_gc": "false",
    "memory.cache.prefetch_distance": "16",
    "memory.mapping.huge_pages": "true",
    "memory.numa.numa_aware": "true",
  },
  balanced: {
    "memory.max_memory": "16G",
    "memory.cache_size": "4G",
    "memory.adaptive_mode": "true",
    "memory.gc_threshold": "0.8",
  },
  low: {
    "memory.max_memory": "4G",
    "memory.cache_size": "256M",
    "memory.aggressive_gc": "true",
    "memory.low_memory.streaming_only": "true",
    "memory.low_memory.swap_to_disk": "true",
    "memory.compression.enable_compression": "true",
  },
  tiny: { "memory.max_memory": "96M", "memory.cache_size": "8M" },
};

/** Which preset was chosen, and by what. */
export type ChosenPreset = { readonly name: PresetName; readonly origin: string };

/** @param lowLimitMib what low sets as its limit, where that is less than its own */
export function presetValue({ name }: ChosenPreset, path: string, lowLimitMib: number): string | undefined {
  const value = VALUES[name][path];
  if (name !== "low" || path !== "memory.max_memory") return value;
  return `${Math.min(4 * 1024, lowLimitMib)}M`;
}
