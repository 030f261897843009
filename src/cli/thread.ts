import { Worker } from "node:worker_threads";
import type { HeapLimit } from "./heap-limit.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** A worker thread that loads the commands and waits for the request to run one. */
export class CommandThread {
  readonly heapLimit: HeapLimit;
  /** Resolves when the thread is gone, with the error that ended it if one did; never rejects. */
  readonly ended: Promise<unknown>;
  readonly #worker: Worker;

  /** @param script - worker.ts as built, or a test's own */
  constructor(script: URL, heapLimit: HeapLimit) {
    this.heapLimit = heapLimit;
    // The addon opens pipes that Node's bookkeeping of descriptors per thread does not know; the process ends with the thread anyway.
    this.#worker = new Worker(script, { resourceLimits: heapLimit, trackUnmanagedFds: false });
    this.ended = new Promise((resolve) => {
      this.#worker.on("error", resolve);
      this.#worker.on("exit", () => resolve(undefined));
    });
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  onMessage(listener: (message: FromWorker) => void): void {
    this.#worker.on("message", listener);
  }

  /** Ends a thread that nothing was asked of. */
  discard(): void {
    void this.#worker.terminate();
  }
}

/** Gives the thread that runs the command, with exactly this cap on its heap. */
export type OpenThread = (heapLimit: HeapLimit) => CommandThread;
