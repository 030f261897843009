/** One batch of messages through one lane: those that are refused are taken out, and the others go on. */
import type { ParseInput, ParseOutcome } from "../binding/index.ts";
import type { RetryingParser } from "../ddex/index.ts";
import { errorRecord, type Refusal, refusedContent, refusedStop } from "../ddex/index.ts";
import type { Batch, MessageOpener, OpenMessage } from "./parse-input.ts";
import type { BatchOutput } from "./parse-outputs.ts";

export type BatchWork = {
  readonly opener: Pick<MessageOpener, "open">;
  /** What to type for a lane of so many bytes. */
  readonly limitFor: (laneBytes: number) => { readonly hint: string; readonly smallestLimitBytes: number };
  /** Whether to go on after so many refused messages of this batch. */
  readonly goesOn: (refused: number) => boolean;
  /** Whether a refused message has a record in the output. */
  readonly hasErrorRecords: boolean;
};

export type BatchResult = {
  /** Messages that were read or refused: all, or those up to the refusal that ended it. */
  readonly messages: number;
  readonly outcomes: readonly ParseOutcome[];
  readonly refusals: readonly Refusal[];
};

/** @throws as RetryingParser.read, and what stops the whole job */
export async function readBatch({ files }: Batch, lane: RetryingParser, output: BatchOutput, work: BatchWork): Promise<BatchResult> {
  const messages: (OpenMessage | Refusal)[] = [];
  try {
    for (const file of files) {
      const message = work.opener.open(file);
      messages.push(message instanceof Promise ? await message : message);
    }
    return await new BatchReader(messages, lane, output, work).read();
  } finally {
    for (const message of messages) if (!isRefusal(message)) await message[Symbol.asyncDispose]();
  }
}

function isRefusal(message: OpenMessage | Refusal): message is Refusal {
  return "error" in message;
}

class BatchReader {
  readonly #messages: readonly (OpenMessage | Refusal)[];
  readonly #lane: RetryingParser;
  readonly #output: BatchOutput;
  readonly #work: BatchWork;
  readonly #outcomes: ParseOutcome[] = [];
  readonly #refusals: Refusal[] = [];

  constructor(messages: readonly (OpenMessage | Refusal)[], lane: RetryingParser, output: BatchOutput, work: BatchWork) {
    this.#messages = messages;
    this.#lane = lane;
    this.#output = output;
    this.#work = work;
  }

  async read(): Promise<BatchResult> {
    let at = 0;
    while (at < this.#messages.length && this.#work.goesOn(this.#refusals.length)) at += await this.#next(at);
    return { messages: at, outcomes: this.#outcomes, refusals: this.#refusals };
  }

  /** @returns messages that this was about */
  async #next(at: number): Promise<number> {
    const first = this.#messages[at];
    if (first !== undefined && isRefusal(first)) {
      await this.#refuse(at, 0, first);
      return 1;
    }
    const { frame } = this.#output;
    const takeBack = (index: number, bytes: number) => this.#isThere(at + index) && this.#output.takeBack(at + index, bytes);
    const outcomes = await this.#lane.read(this.#inputsFrom(at), { frame, takeBack });
    for (const [index, outcome] of outcomes.entries()) await this.#take(at + index, outcome);
    return outcomes.length;
  }

  /** Whether a message can be read once more. */
  #isThere(at: number): boolean {
    const message = this.#messages[at];
    return message !== undefined && !isRefusal(message) && message.source !== undefined;
  }

  #inputsFrom(start: number): ParseInput[] {
    const inputs: ParseInput[] = [];
    for (const message of this.#messages.slice(start)) {
      if (isRefusal(message)) break;
      inputs.push({ name: message.name, fd: message.fd, outputFd: this.#output.fd(start + inputs.length) });
    }
    return inputs;
  }

  async #take(at: number, outcome: ParseOutcome): Promise<void> {
    this.#outcomes.push(outcome);
    const refusal = this.#refusalOf(at, outcome);
    if (refusal === undefined) this.#output.wrote(at, outcome.outputBytes);
    else await this.#refuse(at, outcome.outputBytes, refusal);
  }

  #refusalOf(at: number, { failure, stop }: ParseOutcome): Refusal | undefined {
    const message = this.#messages[at];
    if (message === undefined || isRefusal(message)) return undefined;
    const { name, source } = message;
    if (failure !== undefined) return refusedContent(name, failure, source);
    if (stop === undefined) return undefined;
    return refusedStop(name, stop, (lackingBytes) => this.#work.limitFor(this.#lane.grantBytes + lackingBytes));
  }

  async #refuse(at: number, bytes: number, refusal: Refusal): Promise<void> {
    this.#refusals.push(refusal);
    await this.#output.refused(at, bytes, this.#work.hasErrorRecords ? errorRecord(refusal) : undefined);
  }
}
