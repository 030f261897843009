export { identifyInput, ReductionCheckpoint, readStoredReduction, type StoredReduction } from "./checkpoint.ts";
export { type ExpansionCounts, expansionBytes, fewestExpansionBytes, runExpansion } from "./expansion.ts";
export type { ReductionGrant } from "./grant.ts";
export {
  fewestReductionBytes,
  planReduction,
  type ReductionCounts,
  type ReductionSettings,
  runReduction,
} from "./reduction.ts";
export { fewestRestorationBytes, type RestorationJob, restorationBytes, restoreAll, restoreNamed } from "./restoration.ts";
