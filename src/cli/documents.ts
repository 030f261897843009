/** The JSON documents of docs/schemas/report.schema.json: what `--json` prints and `--report` writes. */
import type { MemoryPlan, MemoryStats } from "../commands/index.ts";
import type { Failure, Finished } from "./messages.ts";

const REPORT_SCHEMA = "mm.report/1";
const PLAN_SCHEMA = "mm.plan/1";

/** @param memory what the job had used, when it came as far as using any */
export function failureDocument(command: string, failure: Failure, elapsedMs: number, memory?: MemoryStats): object {
  const used = memory === undefined ? {} : { memory };
  return { schema: REPORT_SCHEMA, command, ok: false, elapsedMs: Math.round(elapsedMs), ...used, error: errorObject(failure) };
}

export function planDocument(command: string, plan: MemoryPlan, elapsedMs: number): object {
  return { schema: PLAN_SCHEMA, command, ok: true, elapsedMs: Math.round(elapsedMs), plan: planObject(plan) };
}

/** Of the limit, what a reader can act on; the rest is how mm came to it. */
export function planObject(plan: MemoryPlan): object {
  const { limitBytes, source, boundBy, budgetBytes, lines } = plan.limit;
  return { ...plan, limit: { limitBytes, source, boundBy, budgetBytes, lines } };
}

/** `error` is there for a doctor that found something missing: its report is whole, and its answer is no. */
export function reportDocument(finished: Finished, failure: Failure | undefined): object {
  return failure === undefined ? finished.report : { ...finished.report, error: errorObject(failure) };
}

export function errorObject(failure: Failure): object {
  return { code: failure.code, message: failure.message, hint: failure.hint ?? null, details: failure.details };
}
