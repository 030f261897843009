import { BudgetExceededError, bytesAsFlag, errnoOf, InternalError, MIB } from "../base/index.ts";
import type { CommandEvent } from "../commands/index.ts";
import { type HeapLimit, heapLimit } from "./heap-limit.ts";
import type { JobRequest } from "./job-request.ts";
import { type Failure, type Finished, type StopSignal, toFailure } from "./messages.ts";
import type { OpenThread } from "./thread.ts";

export type Outcome = { readonly finished: Finished } | { readonly failure: Failure };

/** A command running in its worker thread. */
export type Job = {
  /** Asks the command to stop; it ends with a CancelledError once its children are gone. */
  readonly stop: (signal: StopSignal) => void;
  /** Hands over every event, those that came before this call first. */
  readonly listen: (listener: (event: CommandEvent) => void) => void;
  readonly outcome: Promise<Outcome>;
};

export function startJob(openThread: OpenThread, request: JobRequest): Job {
  const limitBytes = "maxMemoryBytes" in request.settings ? request.settings.maxMemoryBytes : undefined;
  const thread = openThread(heapLimit(limitBytes));
  const early: CommandEvent[] = [];
  let onEvent = (event: CommandEvent): unknown => early.push(event);
  const outcome = new Promise<Outcome>((resolve) => {
    thread.onMessage((message) => {
      if (message.type === "event") onEvent(message.event);
      else resolve(message.type === "finished" ? { finished: message.finished } : { failure: message.failure });
    });
    void thread.ended.then((error) => resolve({ failure: toFailure(deathOf(error, thread.heapLimit, limitBytes)) }));
  });
  thread.post({ type: "request", request });
  const stop = (signal: StopSignal) => thread.post({ type: "stop", signal });
  const listen = (listener: (event: CommandEvent) => void) => {
    onEvent = listener;
    for (const event of early.splice(0)) listener(event);
  };
  return { stop, listen, outcome };
}

/** @param limitBytes what `--max-memory` gave, if it did */
function deathOf(error: unknown, heap: HeapLimit, limitBytes: number | undefined): unknown {
  if (error === undefined) return new InternalError("the command ended without a report");
  return errnoOf(error) === "ERR_WORKER_OUT_OF_MEMORY" ? heapExhausted(heap, limitBytes) : error;
}

function heapExhausted({ maxOldGenerationSizeMb: heapMib }: HeapLimit, limitBytes: number | undefined): BudgetExceededError {
  return new BudgetExceededError("over the memory limit", {
    hint: limitBytes === undefined ? "a machine or container with twice the memory" : `--max-memory ${bytesAsFlag(limitBytes * 2)}`,
    details: { wanted: "more JavaScript heap, most likely for the index of a long input", heapLimitBytes: heapMib * MIB },
  });
}
