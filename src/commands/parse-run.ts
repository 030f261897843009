/** Batches of messages, read side by side by the lanes there are, and settled in the order of the inputs. */

import type { Refusal, RetryingParser } from "../ddex/index.ts";
import type { InputFile } from "../io/index.ts";
import type { CommandContext } from "./command.ts";
import { type BatchResult, type BatchWork, readBatch } from "./parse-batch.ts";
import type { Batch } from "./parse-input.ts";
import type { BatchOutput, Outputs } from "./parse-outputs.ts";
import type { ParseSettings } from "./parse-settings.ts";
import { ParseTotals } from "./parse-totals.ts";

/** A lane may be ahead of the batch that is next to be settled by so many of its own. */
const BATCHES_AHEAD = 2;
const LOOK_MS = 50;

export type ParseRunOptions = Omit<BatchWork, "goesOn" | "hasErrorRecords"> & {
  readonly settings: Pick<ParseSettings, "continuesOnError" | "maxErrors">;
  readonly emit: CommandContext["emit"];
  readonly signal: AbortSignal;
  readonly batches: Iterator<Batch>;
  readonly lanes: readonly RetryingParser[];
  readonly outputs: Outputs;
  /** Of a message's own output, where each has one. */
  readonly nameOf: (file: InputFile) => string;
  /** Called now and then, and at the end. */
  readonly onProgress: () => void;
};

type Finished = { readonly batch: Batch; readonly output: BatchOutput; readonly result: BatchResult };

export class ParseRun {
  readonly totals = new ParseTotals();
  readonly #options: ParseRunOptions;
  readonly #work: BatchWork;
  /** Read, and waiting for those before them. */
  readonly #finished = new Map<number, Finished>();
  #settled = 0;
  #settling: Promise<void> = Promise.resolve();
  /** Called when a batch more is settled, or none will be. */
  #waiting: (() => void)[] = [];
  /** No batch begins any more. */
  #isEnding = false;
  /** None ends either. */
  #isCancelled = false;

  constructor(options: ParseRunOptions) {
    this.#options = options;
    const { continuesOnError, maxErrors } = options.settings;
    this.#work = {
      ...options,
      hasErrorRecords: continuesOnError,
      goesOn: (refused) => !this.#isCancelled && (refused === 0 || (continuesOnError && this.totals.failedFiles + refused < maxErrors)),
    };
  }

  /** @throws the error of the message that ended it, what stops the whole job, or the signal's reason */
  async run(): Promise<void> {
    const { lanes, signal, outputs } = this.#options;
    signal.throwIfAborted();
    const cancel = (): void => this.#cancel();
    signal.addEventListener("abort", cancel, { once: true });
    const timer = setInterval(() => this.#options.onProgress(), LOOK_MS);
    const running = lanes.map((lane) => this.#drive(lane));
    try {
      await Promise.all(running);
      signal.throwIfAborted();
      this.totals.outputBytes += await outputs.finish();
      this.#options.onProgress();
    } catch (error) {
      this.#cancel();
      await Promise.allSettled(running);
      signal.throwIfAborted();
      throw error;
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", cancel);
      for (const { output } of this.#finished.values()) output[Symbol.dispose]();
    }
  }

  async #drive(lane: RetryingParser): Promise<void> {
    for (;;) {
      const batch = this.#isEnding ? undefined : this.#options.batches.next().value;
      if (batch === undefined) return;
      while (batch.index - this.#settled >= BATCHES_AHEAD * this.#options.lanes.length) await this.#oneSettled();
      if (this.#isEnding) return;
      await this.#readBatch(batch, lane);
      this.#settling = this.#settling.then(() => this.#settleFinished());
      await this.#settling;
    }
  }

  async #readBatch(batch: Batch, lane: RetryingParser): Promise<void> {
    const output = this.#options.outputs.batch(batch.files.map(this.#options.nameOf));
    try {
      const result = await readBatch(batch, lane, output, this.#work);
      this.#finished.set(batch.index, { batch, output, result });
      // What follows it is of no use any more; what precedes it may end the job with another error.
      if (result.messages < batch.files.length) this.#isEnding = true;
    } catch (error) {
      output[Symbol.dispose]();
      throw error;
    }
  }

  async #settleFinished(): Promise<void> {
    for (;;) {
      const finished = this.#finished.get(this.#settled);
      if (finished === undefined) return;
      this.#finished.delete(this.#settled);
      using output = finished.output;
      this.totals.outputBytes += await output.settle();
      this.#count(finished);
      this.#settled += 1;
      for (const wake of this.#waiting.splice(0)) wake();
    }
  }

  #count({ result }: Finished): void {
    this.totals.files += result.messages;
    for (const outcome of result.outcomes) this.totals.add(outcome);
    for (const refusal of result.refusals) this.#refused(refusal);
  }

  /** @throws its error, where the job ends with it */
  #refused(refusal: Refusal): void {
    const { settings, emit } = this.#options;
    this.totals.failedFiles += 1;
    if (!settings.continuesOnError) throw refusal.error;
    if (this.totals.failedFiles >= settings.maxErrors) {
      emit({ type: "warning", message: `${this.totals.failedFiles} messages were refused, with the one below: that is --max-errors` });
      throw refusal.error;
    }
    const { code, message, hint, details } = refusal.error;
    emit({ type: "refused", code, message, details, ...(hint === undefined ? {} : { hint }) });
  }

  #oneSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #cancel(): void {
    this.#isEnding = true;
    this.#isCancelled = true;
    for (const wake of this.#waiting.splice(0)) wake();
    for (const lane of this.#options.lanes) lane.cancel();
  }
}
