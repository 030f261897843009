import { KIB, MIB, UsageError } from "../../base/index.ts";
import type { MemorySettings } from "../../commands/index.ts";
import type { SettingsSource } from "../option-spec.ts";
import * as keys from "./memory-keys.ts";

type CoreSettings = MemorySettings["core"];

/** The keys of [memory] and its tables as what a command takes. @throws UsageError */
export function memorySettings(source: SettingsSource): MemorySettings {
  const of: Of = (setting) => source.keyValue(setting);
  return {
    core: {
      pressure: pressureOf(source),
      collectShare: of(keys.gcThreshold),
      collectsAlways: of(keys.aggressiveGc),
      isAdaptive: of(keys.adaptiveMode),
      mapping: mappingOf(of),
      hugePages: of(keys.hugePages),
      numa: numaOf(of),
      slotAlignmentBytes: of(keys.alignStructures) ? of(keys.cacheLineSize) : 1,
      compression: compressionOf(of),
    },
    maxDpbFrames: of(keys.maxDpbFrames),
    cacheBytes: of(keys.disableCache) ? 0 : of(keys.cacheSize),
    spillsToDisk: of(keys.swapToDisk),
    streaming: {
      only: of(keys.streamingOnly),
      batchSequences: of(keys.chunkSize),
      windowCount: of(keys.bufferCount),
      readsAhead: of(keys.readAhead),
    },
    kernels: { prefetchDistance: of(keys.prefetchDistance), packsResidues: of(keys.packData) },
  };
}

type Of = SettingsSource["keyValue"];

function pressureOf(source: SettingsSource): CoreSettings["pressure"] {
  const [warning, critical] = [source.keyValue(keys.warningThreshold), source.keyValue(keys.criticalThreshold)];
  if (warning <= critical) return { warning, critical };
  const named = source.findKey(keys.warningThreshold) ?? source.findKey(keys.criticalThreshold);
  throw new UsageError(`${named?.origin}: warning_threshold ${warning} is above critical_threshold ${critical}`, {
    hint: "a warning that comes first: warning_threshold = 0.8",
  });
}

function mappingOf(of: Of): CoreSettings["mapping"] {
  const isMapped = of(keys.useMemoryMapping);
  return {
    backend: isMapped ? of(keys.backend) : "read",
    readBelowBytes: of(keys.mmapThreshold) * MIB,
    populate: of(keys.populateOnMap),
  };
}

function numaOf(of: Of): CoreSettings["numa"] {
  const nodes = of(keys.numaNodes);
  if (!of(keys.numaAware)) return undefined;
  if (of(keys.interleave)) return { policy: "interleave", nodes };
  return of(keys.localAlloc) ? { policy: "local", nodes } : undefined;
}

function compressionOf(of: Of): CoreSettings["compression"] {
  if (!of(keys.enableCompression)) return undefined;
  return {
    algorithm: of(keys.algorithm),
    level: of(keys.level),
    thresholdBytes: of(keys.threshold) * KIB,
    isAsync: of(keys.asyncCompression),
  };
}
