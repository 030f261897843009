export type { Checkpoint } from "./checkpoint.ts";
export { type CheckpointJob, candidateOf, openCheckpoint } from "./of-job.ts";
export { readStoredPlan, type StoredPlan } from "./stored-plan.ts";
