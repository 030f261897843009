/** One native parser and its memory. A message that lacks memory is read again in smaller chunks, with more memory where there is some. */
import { BudgetExceededError, KIB } from "../base/index.ts";
import type { NativeMessageParser, ParseInput, ParseOutcome, ParseProgress, ParseRequest } from "../binding/index.ts";

/** Of a chunk, however often it is halved. */
const FEWEST_CHUNK_BYTES = 4 * KIB;

/** A parser that works in so many bytes. @throws BudgetExceededError where the ledger does not have them */
export type OpenParser = (grantBytes: number) => Pick<NativeMessageParser, "parse" | "progress" | "cancel"> & Disposable;

export type RetryOutput = {
  /** After so many bytes of records more. */
  readonly frame: (bytes: number) => ParseRequest["frame"];
  /** Takes back what the message at this place has written. False: that, or the message itself, is gone. */
  readonly takeBack: (at: number, bytes: number) => boolean;
};

type Reading = Omit<ParseRequest, "inputs" | "frame" | "diskLimitBytes">;

/** Disk for an index, until it is disposed. */
type LendDisk = () => { readonly byteLength: number } & Disposable;

export class RetryingParser implements Disposable {
  readonly #open: OpenParser;
  readonly #lendDisk: LendDisk;
  readonly #reading: Reading;
  readonly #retries: number;
  #grantBytes: number;
  #parser: ReturnType<OpenParser>;
  #retried = 0;
  #isCancelled = false;
  /** What the parsers before this one have read. */
  #before: ParseProgress = NOTHING_READ;

  constructor(open: OpenParser, grantBytes: number, lendDisk: LendDisk, reading: Reading, retries: number) {
    this.#open = open;
    this.#lendDisk = lendDisk;
    this.#grantBytes = grantBytes;
    this.#reading = reading;
    this.#retries = retries;
    this.#parser = open(grantBytes);
  }

  /** What the parser works in. */
  get grantBytes(): number {
    return this.#grantBytes;
  }

  /** Messages that were read again, counted each time. */
  get retried(): number {
    return this.#retried;
  }

  /** Of all messages so far. */
  get progress(): ParseProgress {
    return sumOf(this.#before, this.#parser.progress());
  }

  /** What is read, and all that was to be read by this, ends with ECANCELED. */
  cancel(): void {
    this.#isCancelled = true;
    this.#parser.cancel();
  }

  /**
   * Ends with the first message that is refused, whose outcome is the last.
   *
   * @throws as NativeMessageParser does
   */
  async read(inputs: readonly ParseInput[], { frame, takeBack }: RetryOutput): Promise<readonly ParseOutcome[]> {
    const outcomes: ParseOutcome[] = [];
    while (outcomes.length < inputs.length) {
      const rest = goingOn(inputs.slice(outcomes.length));
      outcomes.push(...(await this.#parse({ ...this.#reading, inputs: rest, frame: frame(writtenBytes(outcomes)) })));
      const last = outcomes.at(-1);
      const input = inputs[outcomes.length - 1];
      if (last?.stop?.code !== "ENOMEM" || input === undefined) return outcomes;
      outcomes.pop();
      const again = await this.#readAgain(input, frame(writtenBytes(outcomes)), last, (bytes) => takeBack(outcomes.length, bytes));
      outcomes.push(again);
      if (again.stop !== undefined || again.failure !== undefined) return outcomes;
    }
    return outcomes;
  }

  async #readAgain(
    input: ParseInput,
    frame: ParseRequest["frame"],
    before: ParseOutcome,
    takeBack: (bytes: number) => boolean,
  ): Promise<ParseOutcome> {
    let outcome = before;
    let { chunkBytes } = this.#reading;
    let left = this.#retries;
    while (left > 0 && outcome.stop?.code === "ENOMEM") {
      if (!takeBack(outcome.outputBytes)) return outcome;
      chunkBytes = Math.max(FEWEST_CHUNK_BYTES, Math.floor(chunkBytes / 2));
      // Memory has an end of its own, and a message may tell only step by step how much of it is enough.
      if (!this.#grow(outcome.stop.lackingBytes ?? 0)) left -= 1;
      this.#retried += 1;
      outcome = (await this.#parse({ ...this.#reading, chunkBytes, inputs: [input], frame })).at(-1) ?? outcome;
    }
    return outcome;
  }

  async #parse(request: Omit<ParseRequest, "diskLimitBytes">): Promise<readonly ParseOutcome[]> {
    using disk = this.#lendDisk();
    return await this.#parser.parse({ ...request, diskLimitBytes: disk.byteLength });
  }

  /** @returns whether there was more memory */
  #grow(bytes: number): boolean {
    this.#before = this.progress;
    this.#parser[Symbol.dispose]();
    const before = this.#grantBytes;
    try {
      this.#parser = this.#open(before + bytes);
      this.#grantBytes += bytes;
    } catch (error) {
      if (!(error instanceof BudgetExceededError)) throw error;
      this.#parser = this.#open(before);
    }
    if (this.#isCancelled) this.#parser.cancel();
    return this.#grantBytes > before;
  }

  [Symbol.dispose](): void {
    this.#parser[Symbol.dispose]();
  }
}

function writtenBytes(outcomes: readonly ParseOutcome[]): number {
  return outcomes.reduce((sum, { outputBytes }) => sum + outputBytes, 0);
}

const NOTHING_READ: ParseProgress = { inputs: 0, bytes: 0, releases: 0, elements: 0, diskBytes: 0, diskPeakBytes: 0 };

/** Of two parsers one after the other. */
function sumOf(before: ParseProgress, now: ParseProgress): ParseProgress {
  return {
    inputs: before.inputs + now.inputs,
    bytes: before.bytes + now.bytes,
    releases: before.releases + now.releases,
    elements: before.elements + now.elements,
    diskBytes: now.diskBytes,
    diskPeakBytes: Math.max(before.diskPeakBytes, now.diskPeakBytes),
  };
}

/** Messages with one output, one behind the other, are gathered in one buffer. */
function goingOn(inputs: readonly ParseInput[]): readonly ParseInput[] {
  return inputs.map((input, at) => (input.outputFd === inputs[at - 1]?.outputFd ? { ...input, outputFd: -1 } : input));
}
