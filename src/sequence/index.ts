export { identifyInput, ReductionCheckpoint, readStoredReduction, type StoredReduction } from "./checkpoint.ts";
export type { ReductionGrant } from "./grant.ts";
export {
  planReduction,
  type ReductionCounts,
  type ReductionOutputs,
  type ReductionPhase,
  type ReductionSettings,
  runReduction,
} from "./reduction.ts";
export { type RestorationJob, restoreAll, restoreNamed } from "./restoration.ts";
