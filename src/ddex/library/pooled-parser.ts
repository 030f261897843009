import { checkFields } from "../parser-tables.ts";
import { DDEXBufferPool } from "./buffer-pool.ts";
import type { DDEXParserOptions } from "./ddex-parser.ts";
import type { MessageSource } from "./message-source.ts";
import { ParseSession } from "./parse-session.ts";
import { RecordGatherer } from "./record-gatherer.ts";
import type { DDEXRecord } from "./records.ts";
import { type StreamingConfig, streamingConfig } from "./streaming-config.ts";

export type DDEXData = {
  /** What the message says of itself in single words: messageId, ern, createdAt ... */
  readonly metadata: Readonly<Record<string, string>>;
  /** All others. */
  readonly records: readonly DDEXRecord[];
};

/** Parses small messages one after the other with the same memory: core, buffers and maps are made once. */
export class PooledDDEXParser implements AsyncDisposable {
  readonly #config: StreamingConfig;
  readonly #options: DDEXParserOptions;
  readonly #session: ParseSession;
  readonly #pool: DDEXBufferPool;

  /** @throws BudgetExceededError, UsageError for a field that is none */
  constructor(options: DDEXParserOptions = {}) {
    checkFields(options.fields ?? []);
    this.#options = options;
    this.#config = streamingConfig(options.streaming);
    this.#session = new ParseSession(this.#config, 1, () => undefined);
    this.#pool = new DDEXBufferPool(this.#session.core.budget);
  }

  /** @throws as DDEXParser.parseStream */
  async parseWithPooling(source: MessageSource): Promise<DDEXData> {
    using text = this.#pool.getStringBuffer();
    using bytes = this.#pool.getByteBuffer();
    using metadata = this.#pool.getMetadataMap();
    const records: DDEXRecord[] = [];
    const { mode = "joined", fields = [] } = this.#options;
    const { flushThreshold } = this.#config;
    const onChunk = (chunk: readonly DDEXRecord[]) => {
      for (const record of chunk) if (record.type !== "message") records.push(record);
      for (const record of chunk) if (record.type === "message") addWords(record, metadata.value);
    };
    const gatherer = new RecordGatherer(text.value, { bufferBytes: text.value.capacity, flushThreshold, onChunk });
    await this.#session.read({ source, mode, fields, gatherer, pipeBuffer: bytes.value, onProgress: undefined });
    return { metadata: Object.fromEntries(metadata.value), records };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pool[Symbol.dispose]();
    await this.#session[Symbol.asyncDispose]();
  }
}

function addWords(record: DDEXRecord, words: Map<string, string>): void {
  for (const [name, value] of Object.entries(record)) if (typeof value === "string" && name !== "type") words.set(name, value);
}
