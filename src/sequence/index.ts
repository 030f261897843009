export { identifyInput, ReductionCheckpoint, readStoredReduction, type StoredReduction } from "./checkpoint.ts";
export { type ExpansionCounts, expansionBytes, fewestExpansionBytes, runExpansion } from "./expansion.ts";
export type { ReductionGrant } from "./grant.ts";
export { MappedFasta } from "./mapped-fasta.ts";
export {
  type ReductionCounts,
  type ReductionInput,
  type ReductionSettings,
  type ResumableStage,
  runReduction,
} from "./reduction.ts";
export { fewestReductionBytes, planReduction } from "./requests.ts";
export { fewestRestorationBytes, type RestorationJob, restorationBytes, restoreAll, restoreNamed } from "./restoration.ts";
export type { StageMemory } from "./stage-memory.ts";
export { type ReductionTarget, targetBytes } from "./target.ts";
