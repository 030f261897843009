/** The memory of one or more parses in a program, and the way of a message through it: native parser, pipe, records. */
import { addAbortListener, setMaxListeners } from "node:events";
import { closeSync, openSync, read } from "node:fs";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { BudgetExceededError, MIB, Scope } from "../../base/index.ts";
import { binding, type ParseOutcome } from "../../binding/index.ts";
import { MemoryCore, type MemoryLimit, type MemorySample, readMemoryLimit, smallestLimitFor } from "../../memory/index.ts";
import { fewestParserBytes, openMessageParser, wantedParserBytes } from "../message-parser.ts";
import { refusedContent, refusedStop } from "../refusal.ts";
import { RetryingParser } from "../retrying-parser.ts";
import { type MessageSource, type SpooledMessage, spooledMessage } from "./message-source.ts";
import type { RecordGatherer } from "./record-gatherer.ts";
import type { StreamingConfig } from "./streaming-config.ts";

export type ParseMode = "joined" | "records";

export type ParseProgressReport = {
  /** Of the message, with what is read again. */
  readonly bytes: number;
  readonly totalBytes: number;
  readonly releases: number;
  readonly bytesPerSecond: number;
  /** undefined while unknown. */
  readonly etaSeconds: number | undefined;
};

/** What came of a message. */
export type ParseSummary = Pick<
  ParseOutcome,
  "version" | "bytes" | "outputBytes" | "elements" | "maxDepth" | "releases" | "tracks" | "deals" | "parties" | "problems"
> & { readonly retries: number };

export type Reading = {
  readonly source: MessageSource;
  readonly mode: ParseMode;
  readonly fields: readonly string[];
  readonly gatherer: RecordGatherer;
  /** What the records come through. */
  readonly pipeBuffer: Uint8Array;
  readonly onProgress: ((progress: ParseProgressReport) => void) | undefined;
};

const PIPE_BYTES = 64 * 1024;
/** What V8 may grow by for records and their text, beside the buffer. */
const HEAP_BYTES = 4 * MIB;
const IO_BYTES = 2 * MIB;
const MOST_DISK_BYTES = 1024 * 1024 * MIB;
const CACHE_BYTES = 256 * MIB;
const RETRIES = 2;
const LOOK_MS = 50;

const readFrom = promisify(read);

export class ParseSession implements AsyncDisposable {
  readonly core: MemoryCore;
  readonly #config: StreamingConfig;
  readonly #limit: MemoryLimit;
  readonly #scope = new Scope();
  readonly #lanes: number;
  readonly #failure = new AbortController();

  /**
   * @param lanes - messages at once
   * @param onSample - of the memory of the process, every 20 ms
   * @throws BudgetExceededError where maxMemoryUsage does not hold what is there already and what a parse needs at least
   */
  constructor(config: StreamingConfig, lanes: number, onSample: (sample: MemorySample) => void) {
    this.#config = config;
    this.#lanes = lanes;
    // Every message that is read listens, and there may be many at once.
    setMaxListeners(0, this.#failure.signal);
    this.#limit = readMemoryLimit({ flagBytes: config.maxMemoryUsage, flagSource: "flag", children: 0, engineBinaries: 0 });
    try {
      this.core = MemoryCore.open({
        limit: this.#limit,
        heapGrowthBytes: HEAP_BYTES + lanes * 2 * config.bufferSize,
        spill: { parent: tmpdir(), limitBytes: MOST_DISK_BYTES },
        onFailure: (error) => this.#failure.abort(error),
      });
    } catch (error) {
      throw inOwnWords(error);
    }
    this.#scope.use(this.core);
    this.#scope.use(this.core.monitor.onSample(onSample));
    this.core.monitor.start();
  }

  /** @throws the error of a message that is refused, what the gatherer's listener throws, or what ends all parsing */
  async read(reading: Reading): Promise<ParseSummary> {
    try {
      return await this.#read(reading);
    } catch (error) {
      throw inOwnWords(error);
    }
  }

  async #read(reading: Reading): Promise<ParseSummary> {
    const { signal } = this.#failure;
    signal.throwIfAborted();
    await using message = await spooledMessage(reading.source, this.core, signal);
    using parser = this.#openParser(reading, message.byteLength);
    reading.gatherer.countElements = () => parser.progress.elements;
    using _progress = watchProgress(parser, message.byteLength, reading.onProgress);
    using _cancelling = addAbortListener(signal, () => parser.cancel());
    const outcome = await through(message, parser, reading).finally(() => signal.throwIfAborted());
    await reading.gatherer.flush();
    return this.#summaryOf(outcome, message, parser);
  }

  #summaryOf(outcome: ParseOutcome | undefined, { name, path }: SpooledMessage, { retried }: RetryingParser): ParseSummary {
    const { failure, stop, ...counts } = outcome ?? {};
    if (failure !== undefined) throw refusedContent(name, failure, path).error;
    if (stop !== undefined) throw refusedStop(name, stop, (lackingBytes) => this.#wishFor(lackingBytes)).error;
    return { ...(counts as ParseOutcome), retries: retried };
  }

  #wishFor(lackingBytes: number): { readonly hint: string; readonly smallestLimitBytes: number } {
    const smallestLimitBytes = smallestLimitFor(this.#limit, this.core.budget.reservedBytes + lackingBytes);
    return { hint: `maxMemoryUsage: ${smallestLimitBytes}`, smallestLimitBytes };
  }

  #openParser({ mode, fields }: Reading, largestBytes: number): RetryingParser {
    const { chunkSize, bufferSize, maxElementDepth, maxElementCount, flushThreshold } = this.#config;
    const sizes = {
      chunkBytes: chunkSize,
      bufferBytes: bufferSize,
      maxDepth: maxElementDepth,
      mode,
      largestBytes,
      cacheBytes: CACHE_BYTES,
    };
    const { budget } = this.core;
    const freeBytes = Math.floor((budget.limitBytes - budget.reservedBytes - IO_BYTES) / this.#lanes);
    const grantBytes = Math.max(fewestParserBytes(sizes), Math.min(freeBytes, wantedParserBytes(sizes)));
    const open = (bytes: number) => {
      const segment = this.core.segment(budget, "ddex.parser", bytes);
      return openMessageParser(segment, { mode, fields, directory: tmpdir() });
    };
    const limits = { maxDepth: maxElementDepth, maxElements: maxElementCount };
    const reading = { mode, format: "ndjson", table: "releases", chunkBytes: chunkSize, bufferBytes: bufferSize, flushThreshold } as const;
    return new RetryingParser(open, grantBytes, () => this.core.spill.lend(this.#lanes), { ...reading, ...limits }, RETRIES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

/** The records of a message through a pipe, whose reader sets the pace. */
async function through(
  message: SpooledMessage,
  parser: RetryingParser,
  { gatherer, pipeBuffer }: Reading,
): Promise<ParseOutcome | undefined> {
  const pipe = binding.pipe(PIPE_BYTES);
  const fd = openSync(message.path, "r");
  const inputs = [{ name: message.name, fd, outputFd: pipe.writeFd }];
  // A pipe has given away what was written.
  const parsed = parser
    .read(inputs, { frame: () => "whole", takeBack: (_at, bytes) => bytes === 0 })
    .finally(() => closeSync(pipe.writeFd));
  // Seen below, once the pipe is empty: whoever takes records may be slow.
  parsed.catch(() => undefined);
  try {
    for (;;) {
      const { bytesRead } = await readFrom(pipe.readFd, pipeBuffer, 0, pipeBuffer.length, null);
      if (bytesRead === 0) break;
      await gatherer.push(pipeBuffer.subarray(0, bytesRead));
    }
  } finally {
    // What still writes learns that nobody reads.
    closeSync(pipe.readFd);
    await parsed.catch(() => undefined);
    closeSync(fd);
  }
  return (await parsed).at(-1);
}

/** The ledger, which knows whose bytes are too many, speaks of --max-memory. */
function inOwnWords(error: unknown): unknown {
  if (!(error instanceof BudgetExceededError) || error.details.tag === undefined) return error;
  const { details } = error;
  return new BudgetExceededError("insufficient memory", { cause: error, details, hint: `maxMemoryUsage: ${details.smallestLimitBytes}` });
}

function watchProgress(parser: RetryingParser, totalBytes: number, onProgress: Reading["onProgress"]): Disposable {
  if (onProgress === undefined) return { [Symbol.dispose]: () => undefined };
  const startMs = performance.now();
  const report = () => {
    const { bytes, releases } = parser.progress;
    const bytesPerSecond = bytes / Math.max(0.001, (performance.now() - startMs) / 1000);
    const etaSeconds = bytes > 0 ? Math.max(0, totalBytes - bytes) / bytesPerSecond : undefined;
    onProgress({ bytes, totalBytes, releases, bytesPerSecond, etaSeconds });
  };
  const timer = setInterval(report, LOOK_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      report();
    },
  };
}
