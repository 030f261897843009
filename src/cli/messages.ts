/** What crosses between the main thread and the worker that runs a command: plain data only. */
import { type ErrorFacts, InternalError, MmError } from "../base/index.ts";
import type {
  CommandEvent,
  DoctorReport,
  ExpandResult,
  ParseResult,
  ProfileResult,
  ReduceResult,
  Report,
  RestoreResult,
  RunResult,
  TranscodeResult,
} from "../commands/index.ts";
import type { JobRequest } from "./job-request.ts";

/** A signal a job is asked to stop for. SIGHUP counts as SIGTERM. */
export type StopSignal = "SIGINT" | "SIGTERM";

/** One request comes first; only then may it be stopped. */
export type ToWorker = { readonly type: "request"; readonly request: JobRequest } | { readonly type: "stop"; readonly signal: StopSignal };

/** What a command returned. */
export type Finished =
  | { readonly command: "transcode"; readonly report: Report<TranscodeResult> }
  | { readonly command: "reduce"; readonly report: Report<ReduceResult> }
  | { readonly command: "restore"; readonly report: Report<RestoreResult> }
  | { readonly command: "expand"; readonly report: Report<ExpandResult> }
  | { readonly command: "parse"; readonly report: Report<ParseResult> }
  | { readonly command: "run"; readonly report: Report<RunResult> }
  | { readonly command: "profile"; readonly report: Report<ProfileResult> }
  | { readonly command: "doctor"; readonly report: DoctorReport };

export type FromWorker =
  | { readonly type: "event"; readonly event: CommandEvent }
  | { readonly type: "finished"; readonly finished: Finished }
  | { readonly type: "failure"; readonly failure: Failure };

/** An error as data: what is rendered, and what a failure report carries. */
export type Failure = {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
  readonly hint: string | undefined;
  readonly details: ErrorFacts;
  /** Stack with causes, shown with -v. */
  readonly stack: string;
};

/** Anything thrown that is no MmError is a bug in mm. */
export function toFailure(thrown: unknown): Failure {
  const error = thrown instanceof MmError ? thrown : unexpected(thrown);
  const { code, exitCode, message, hint, details } = error;
  return { code, exitCode, message, hint, details, stack: stackWithCauses(error) };
}

function unexpected(thrown: unknown): InternalError {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new InternalError(`a bug in mm: ${message}`, { hint: "again with -v, and please report what it prints", cause: thrown });
}

function stackWithCauses(error: unknown): string {
  const stacks: string[] = [];
  for (let each = error; each instanceof Error && stacks.length < 5; each = each.cause) stacks.push(each.stack ?? each.message);
  return stacks.join("\ncaused by ");
}
