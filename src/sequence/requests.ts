/** What is asked of the native stages, and the least memory with which they end. */
import { type AlphabetName, binding, type NativeReduction } from "../binding/index.ts";
import { DELTA_INDEX_BYTES } from "./delta-index.ts";
import { divideMemory, fewestGrantBytes, type ReductionGrant } from "./grant.ts";
import type { ReductionSettings } from "./reduction.ts";
import { identitiesDownFrom } from "./target.ts";

type IngestRequest = Parameters<NativeReduction["ingest"]>[0];
type ClusterRequest = Parameters<NativeReduction["cluster"]>[0];
export type InputRequest = Parameters<NativeReduction["measure"]>[0];
type OutputRequest = Parameters<NativeReduction["write"]>[0];
type OutputFiles = Pick<OutputRequest, "representatives" | "deltas" | "clusters" | "index" | "clusterFormat">;

const WINDOW_BYTES = 1 << 20;
/** Sequences up to this length are compared whole, and the plan sets room aside for them before the input is known. */
const USUAL_LENGTH = 64 * 1024;
const NO_FILES: OutputFiles = { representatives: 0, deltas: 0, clusters: -1, index: -1, clusterFormat: "tsv" };

/** The least memory with which every stage ends, unless a sequence is longer than usual. */
export function fewestReductionBytes(settings: ReductionSettings): number {
  return fewestGrantBytes(fewestStageBytes(settings, USUAL_LENGTH));
}

/** @param freeBytes - at least the fewest */
export function planReduction(freeBytes: number, inputBytes: number, settings: ReductionSettings): ReductionGrant {
  return divideMemory(freeBytes, inputBytes, fewestStageBytes(settings, USUAL_LENGTH));
}

function fewestStageBytes(settings: ReductionSettings, longestLength: number): number {
  const alphabet = settings.alphabet ?? "protein";
  const identities = settings.target === undefined ? [settings.identity] : identitiesDownFrom(settings.identity, alphabet);
  return Math.max(
    binding.ingestBytes(ingestRequest(settings, [])),
    ...identities.map((identity) => binding.fewestClusterBytes(clusterRequest({ ...settings, identity }, alphabet), longestLength)),
    binding.fewestOutputBytes(outputRequest(settings, alphabet, [], NO_FILES)) + DELTA_INDEX_BYTES,
  );
}

export function ingestRequest(settings: ReductionSettings, inputs: InputRequest["inputs"]): IngestRequest {
  const { alphabet, packs, columnAlignmentBytes, takesAnything } = settings;
  return { ...inputRequest(settings, inputs), alphabet, packs, columnAlignment: columnAlignmentBytes, takesAnything };
}

export function inputRequest({ windowCount, readsAhead }: ReductionSettings, inputs: InputRequest["inputs"]): InputRequest {
  return { inputs, windowCount, windowBytes: WINDOW_BYTES, readsAhead };
}

export function outputRequest(
  settings: ReductionSettings,
  alphabet: AlphabetName,
  inputs: InputRequest["inputs"],
  files: OutputFiles,
): OutputRequest {
  const { identity, coverage, coverageMode } = settings;
  return { ...inputRequest(settings, inputs), alphabet, identity, coverage, coverageMode, ...files };
}

export function clusterRequest(settings: ReductionSettings, alphabet: AlphabetName): ClusterRequest {
  const { packs, identity, coverage, coverageMode, threads, batchRecords, prefetchDistance } = settings;
  return {
    alphabet,
    packs,
    identity,
    coverage,
    coverageMode,
    bothStrands: alphabet === "nucleotide",
    threads,
    batchRecords,
    prefetchDistance,
  };
}
