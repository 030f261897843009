import { Worker } from "node:worker_threads";
import { BudgetExceededError, bytesAsFlag, errnoOf, InternalError, MIB } from "../base/index.ts";
import type { CommandEvent } from "../commands/index.ts";
import { type HeapLimit, heapLimit } from "./heap-limit.ts";
import { type Failure, type Finished, type FromWorker, type StopSignal, type ToWorker, toFailure, type WorkerInput } from "./messages.ts";
import type { JobRequest } from "./requests.ts";

export type Outcome = { readonly finished: Finished } | { readonly failure: Failure };

/** A command running in its worker thread. */
export type Job = {
  /** Asks the command to stop; it ends with a CancelledError once its children are gone. */
  readonly stop: (signal: StopSignal) => void;
  /** Hands over every event, those that came before this call first. */
  readonly listen: (listener: (event: CommandEvent) => void) => void;
  readonly outcome: Promise<Outcome>;
};

/** @param workerUrl the script of the thread: worker.ts, or a test's own */
export function startJob(workerUrl: URL, request: JobRequest): Job {
  const limitBytes = request.command === "transcode" ? request.settings.maxMemoryBytes : undefined;
  const workerData: WorkerInput = { request };
  const resourceLimits = heapLimit(limitBytes);
  // The addon opens pipes that Node's bookkeeping of descriptors per thread does not know; the process ends with the thread anyway.
  const worker = new Worker(workerUrl, { workerData, resourceLimits, trackUnmanagedFds: false });
  const early: CommandEvent[] = [];
  let onEvent = (event: CommandEvent): unknown => early.push(event);
  const outcome = new Promise<Outcome>((resolve) => {
    worker.on("message", (message: FromWorker) => {
      if (message.type === "event") onEvent(message.event);
      else resolve(message.type === "finished" ? { finished: message.finished } : { failure: message.failure });
    });
    worker.on("error", (error) =>
      resolve({ failure: toFailure(isHeapExhausted(error) ? heapExhausted(resourceLimits, limitBytes) : error) }),
    );
    worker.on("exit", () => resolve({ failure: toFailure(new InternalError("the command ended without a report")) }));
  });
  const stop = (signal: StopSignal) => {
    const message: ToWorker = { type: "stop", signal };
    worker.postMessage(message);
  };
  const listen = (listener: (event: CommandEvent) => void) => {
    onEvent = listener;
    for (const event of early.splice(0)) listener(event);
  };
  return { stop, listen, outcome };
}

function isHeapExhausted(error: unknown): boolean {
  return errnoOf(error) === "ERR_WORKER_OUT_OF_MEMORY";
}

/** @param limitBytes what `--max-memory` gave, if it did */
function heapExhausted({ maxOldGenerationSizeMb: heapMib }: HeapLimit, limitBytes: number | undefined): BudgetExceededError {
  return new BudgetExceededError("over the memory limit", {
    hint: limitBytes === undefined ? "a machine or container with twice the memory" : `--max-memory ${bytesAsFlag(limitBytes * 2)}`,
    details: { wanted: "more JavaScript heap, most likely for the index of a long input", heapLimitBytes: heapMib * MIB },
  });
}
