/** One job from its start to its exit code. */
import { CancelledError, printableJson, systemClock, UnsupportedError } from "../base/index.ts";
import type { DoctorResult, MemoryPlan, MemoryStats } from "../commands/index.ts";
import { failureDocument, planDocument, reportDocument } from "./documents.ts";
import { exitStatusOf } from "./exit-status.ts";
import type { Invocation } from "./invocation.ts";
import { type Outcome, startJob } from "./job.ts";
import type { JobRequest } from "./job-request.ts";
import { type Failure, type Finished, type StopSignal, toFailure } from "./messages.ts";
import { onStopSignals } from "./signals.ts";
import type { OpenThread } from "./thread.ts";
import type { View } from "./view.ts";

/** The exit code of the memory and disk limits, which `--limit-exit-code` renames. */
const LIMIT_EXIT_CODE = 75;

/** @returns the exit code */
export async function runJob(invocation: Invocation, request: JobRequest, openThread: OpenThread): Promise<number> {
  // The thread works while the renderers load.
  const job = startJob(openThread, request);
  let stoppedBy: StopSignal | undefined;
  let plan: MemoryPlan | undefined;
  let memory: MemoryStats | undefined;
  let view: View | undefined;
  using _signals = onStopSignals(
    // The second one kills what a run has started, of which mm's own death would only take the first process along.
    request.command === "run" ? 2 : 1,
    (signal) => {
      stoppedBy = signal;
      job.stop(signal);
      view?.stopping(signal);
    },
    () => view?.close(),
  );
  view = await openView(invocation);
  const { event: show } = view;
  job.listen((event) => {
    if (event.type === "plan") plan = event.plan;
    if (event.type === "stats") memory = event.memory;
    else show(event);
  });
  const outcome = asStopped(await job.outcome, stoppedBy);
  view.close();
  return "failure" in outcome
    ? await concludeFailure(invocation, view, outcome.failure, memory)
    : await concludeSuccess(invocation, view, outcome.finished, plan);
}

async function openView(invocation: Invocation): Promise<View> {
  const { createView } = await import("./show.ts");
  return await createView(invocation);
}

/** Ctrl-C reaches the children as well: however the command failed after it, the reason was the signal. */
function asStopped(outcome: Outcome, signal: StopSignal | undefined): Outcome {
  if (!("failure" in outcome) || signal === undefined || outcome.failure.code === "MM_CANCELLED") return outcome;
  const { message, details } = outcome.failure;
  const cancelled = new CancelledError(signal, { details: { afterwards: message } });
  return { failure: toFailure(typeof details.kept === "string" ? cancelled.keeping(details.kept) : cancelled) };
}

async function concludeSuccess(invocation: Invocation, view: View, finished: Finished, plan: MemoryPlan | undefined): Promise<number> {
  const { presentation, command = "", reportFile, out } = invocation;
  const failure = finished.command === "doctor" ? missing(finished.report.result) : undefined;
  const isPlan = presentation.dryRun && plan !== undefined;
  const document = isPlan ? planDocument(command, plan, elapsedMs(invocation)) : reportDocument(finished, failure);
  reportFile?.write(document);
  if (presentation.json) out.write(jsonText(document));
  else if (isPlan) view.planned(plan);
  view.finished(finished);
  await out.flush();
  if (failure !== undefined) view.failed(failure);
  return failure?.exitCode ?? exitStatusOf(finished);
}

/** Says a failure in every way that was asked for. @returns the exit code */
export async function concludeFailure(
  invocation: Invocation,
  openedView: View | undefined,
  failure: Failure,
  memory?: MemoryStats,
): Promise<number> {
  const { command = "", presentation, reportFile, out } = invocation;
  const view = openedView ?? (await openView(invocation));
  const document = failureDocument(command, failure, elapsedMs(invocation), memory);
  view.failed(failure);
  try {
    reportFile?.write(document);
  } catch (error) {
    view.failed(toFailure(error));
  }
  if (presentation.json) out.write(jsonText(document));
  await out.flush().catch((error: unknown) => view.failed(toFailure(error)));
  return failure.exitCode === LIMIT_EXIT_CODE ? presentation.limitExitCode : failure.exitCode;
}

function elapsedMs({ startedMs }: Invocation): number {
  return systemClock.nowMs() - startedMs;
}

function jsonText(document: object): string {
  return `${printableJson(document, 2)}\n`;
}

/** A doctor that found an error has done its work: the report is whole, and the answer is no. */
function missing({ findings }: DoctorResult): Failure | undefined {
  const error = findings.find((finding) => finding.level === "error");
  if (error === undefined) return undefined;
  return toFailure(
    new UnsupportedError("transcode cannot run here", {
      ...(error.mend === null ? {} : { hint: error.mend }),
      details: { reason: error.text },
    }),
  );
}
