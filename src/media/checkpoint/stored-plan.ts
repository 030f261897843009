/** The plan that an earlier run left, if it did. */
import { join } from "node:path";
import { IoError, UsageError } from "../../base/index.ts";
import { readSmallFile } from "../../io/index.ts";
import { parsePlan } from "./parse.ts";
import type { CheckpointPlan } from "./plan.ts";

export const PLAN_FILE = "plan.json";
export const START_OVER = "the same command without --resume to start over";

/** Beside its units a plan has 1 to 2 KiB; a unit adds 160 bytes (a plan of ten hours, measured). */
const PLAN_BYTES = 64 * 1024;
const UNIT_BYTES = 512;

/** "damaged": nothing that is there can be told to be of use. */
export type StoredPlan = CheckpointPlan | "damaged" | undefined;

/**
 * @param chunkCount - of the job that wants to go on: a plan of far more units is of another job, and not read into memory
 * @throws UsageError, IoError where the plan may be of use but not now
 */
export async function readStoredPlan(directory: string, chunkCount: number): Promise<StoredPlan> {
  const path = join(directory, PLAN_FILE);
  const file = await readSmallFile(path, PLAN_BYTES + chunkCount * UNIT_BYTES);
  if (file === undefined) return undefined;
  if ("text" in file) return parsePlan(file.text) ?? "damaged";
  if (file.problem === "is too large") {
    throw new UsageError("the checkpoint is of another job, a much longer one", { hint: `the arguments of before, or ${START_OVER}` });
  }
  if (file.problem === "cannot be read") throw new IoError(`${path} cannot be read`, { hint: START_OVER });
  return "damaged";
}
