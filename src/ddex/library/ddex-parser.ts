import { MmError } from "../../base/index.ts";
import { checkFields } from "../parser-tables.ts";
import { Handover } from "./handover.ts";
import { inOrder } from "./in-order.ts";
import type { MessageSource } from "./message-source.ts";
import { type ParseMode, type ParseProgressReport, ParseSession, type ParseSummary } from "./parse-session.ts";
import { RecordGatherer } from "./record-gatherer.ts";
import type { DDEXRecord, OnChunk } from "./records.ts";
import { type StreamingConfig, streamingConfig } from "./streaming-config.ts";
import { TextBuffer } from "./text-buffer.ts";

export type DDEXParserOptions = {
  readonly streaming?: Partial<StreamingConfig>;
  /** Releases with what they refer to, or records as they come: joined. */
  readonly mode?: ParseMode;
  /** Dotted names of what records keep: all. */
  readonly fields?: readonly string[];
};

export type StreamCallbacks = {
  /** Waited for: who takes records slowly slows the parser down. */
  readonly onChunk?: OnChunk;
  /** The memory of the process has come near the limit. */
  readonly onMemoryPressure?: () => void;
  readonly onProgress?: (progress: ParseProgressReport) => void;
};

export type FileResult = { readonly path: string } & (
  | { readonly records: readonly DDEXRecord[]; readonly error?: undefined }
  | { readonly records: null; readonly error: MmError }
);

const PIPE_BUFFER_BYTES = 64 * 1024;

/** Reads DDEX messages in bounded memory. One parser may read several messages at once. */
export class DDEXParser {
  readonly #config: StreamingConfig;
  readonly #mode: ParseMode;
  readonly #fields: readonly string[];
  readonly #gatherers = new Set<RecordGatherer>();
  #bufferBytes: number;

  /** @throws UsageError for a field that is none */
  constructor({ streaming, mode = "joined", fields = [] }: DDEXParserOptions = {}) {
    checkFields(fields);
    this.#config = streamingConfig(streaming);
    this.#mode = mode;
    this.#fields = fields;
    this.#bufferBytes = this.#config.bufferSize;
  }

  /** All records of a message at once, for messages that are small. @throws as parseStream */
  async parse(source: MessageSource): Promise<readonly DDEXRecord[]> {
    const all: DDEXRecord[] = [];
    await this.parseStream(source, { onChunk: collectInto(all) });
    return all;
  }

  /** @throws MalformedInputError, UnsupportedError, BudgetExceededError, and what a callback throws */
  async parseStream(source: MessageSource, callbacks: StreamCallbacks = {}): Promise<ParseSummary> {
    await using session = this.#openSession(1, callbacks.onMemoryPressure);
    return await this.#read(session, source, callbacks);
  }

  /** The records of a file, a chunk of them in memory at a time. */
  async *parseFile(path: string): AsyncGenerator<DDEXRecord, ParseSummary> {
    await using session = this.#openSession(1, undefined);
    const handover = new Handover();
    const summary = this.#read(session, { path }, { onChunk: (records) => handover.give(records) }).finally(() => handover.end());
    // Seen below, or by nobody where the loop was left.
    summary.catch(() => undefined);
    try {
      for await (const records of handover) yield* records;
      return await summary;
    } finally {
      handover.refuse();
      await summary.catch(() => undefined);
    }
  }

  /**
   * Each file with its records, in the order of the paths; with `continueOnError` the error of a refused one in their place.
   *
   * @param options.maxConcurrent - files that are read at once: 2; as many more may be finished and waiting
   * @throws the first error, or the one that makes maxErrors
   */
  async *parseFiles(paths: readonly string[], { maxConcurrent = 2 }: { readonly maxConcurrent?: number } = {}): AsyncGenerator<FileResult> {
    await using session = this.#openSession(maxConcurrent, undefined);
    let errors = 0;
    for await (const result of inOrder(paths, maxConcurrent, (path) => this.#readWhole(session, path))) {
      if (result.records === null) {
        errors += 1;
        if (!this.#config.continueOnError || errors >= this.#config.maxErrors) throw result.error;
      }
      yield result;
    }
  }

  /** From now on records are handed over in chunks of about so many bytes. */
  setBufferSize(bytes: number): void {
    this.#bufferBytes = Math.max(1, Math.floor(bytes));
    for (const gatherer of this.#gatherers) gatherer.setBufferSize(this.#bufferBytes);
  }

  /** Hands over what has been gathered, of all messages that are being read. */
  async flush(): Promise<void> {
    await Promise.all([...this.#gatherers].map((gatherer) => gatherer.flush()));
  }

  #openSession(lanes: number, onMemoryPressure: (() => void) | undefined): ParseSession {
    let level = "ok";
    return new ParseSession(this.#config, lanes, (sample) => {
      if (sample.level !== "ok" && sample.level !== level) onMemoryPressure?.();
      level = sample.level;
    });
  }

  async #read(
    session: ParseSession,
    source: MessageSource,
    { onChunk = () => undefined, onProgress }: StreamCallbacks,
  ): Promise<ParseSummary> {
    const { flushThreshold } = this.#config;
    using text = new TextBuffer(this.#config.bufferSize, session.core.budget);
    const gatherer = new RecordGatherer(text, { bufferBytes: this.#bufferBytes, flushThreshold, onChunk });
    this.#gatherers.add(gatherer);
    try {
      const pipeBuffer = new Uint8Array(PIPE_BUFFER_BYTES);
      return await session.read({ source, mode: this.#mode, fields: this.#fields, gatherer, pipeBuffer, onProgress });
    } finally {
      this.#gatherers.delete(gatherer);
    }
  }

  async #readWhole(session: ParseSession, path: string): Promise<FileResult> {
    const records: DDEXRecord[] = [];
    try {
      await this.#read(session, { path }, { onChunk: collectInto(records) });
      return { path, records };
    } catch (error) {
      if (error instanceof MmError) return { path, records: null, error };
      throw error;
    }
  }
}

function collectInto(all: DDEXRecord[]): OnChunk {
  return (records) => {
    for (const record of records) all.push(record);
  };
}
