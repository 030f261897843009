import { BudgetExceededError, formatBytes } from "../../base/index.ts";
import { collectNow } from "../../memory/index.ts";
import { checkFields } from "../parser-tables.ts";
import { DDEXParser, type DDEXParserOptions, type StreamCallbacks } from "./ddex-parser.ts";
import type { MessageSource } from "./message-source.ts";
import type { ParseSummary } from "./parse-session.ts";
import { availableBytes, type MemoryUsageSummary, ProcessMemoryWatch } from "./process-memory.ts";
import { type StreamingConfig, streamingConfig } from "./streaming-config.ts";

/** Shares of maxMemoryUsage: where the heap is collected, and what must not be left after that. */
const COLLECT_SHARE = 0.9;
const MOST_SHARE = 0.85;

export type MemoryEfficientParserOptions = DDEXParserOptions & {
  /** Is told of pressure, of large collections, and at the end of what a parse took. Default: nobody. */
  readonly onMessage?: (message: string) => void;
};

export type ControlledParse = ParseSummary & { readonly memory: MemoryUsageSummary };

/** A parser that does not begin where memory is short, and gives way when it gets short. */
export class MemoryEfficientParser {
  readonly #config: StreamingConfig;
  readonly #options: DDEXParserOptions;
  readonly #onMessage: (message: string) => void;

  /** @throws UsageError for a field that is none */
  constructor({ onMessage = () => undefined, ...options }: MemoryEfficientParserOptions = {}) {
    this.#config = streamingConfig(options.streaming);
    checkFields(options.fields ?? []);
    this.#options = options;
    this.#onMessage = onMessage;
  }

  /** @throws BudgetExceededError where less than maxMemoryUsage is there, or the heap stays above it; whatever parseStream throws */
  async parseWithMemoryControl(source: MessageSource, callbacks: StreamCallbacks = {}): Promise<ControlledParse> {
    this.#requireMemory();
    // Its own, whose buffer stays smaller once memory was short.
    const parser = new DDEXParser(this.#options);
    const watch = new ProcessMemoryWatch(this.#onMessage);
    try {
      const summary = await parser.parseStream(source, {
        ...callbacks,
        onChunk: async (records, metadata) => {
          this.#requireHeap();
          await callbacks.onChunk?.(records, metadata);
        },
        onMemoryPressure: () => {
          this.#giveWay(parser, watch);
          callbacks.onMemoryPressure?.();
        },
      });
      return { ...summary, memory: watch.summary };
    } finally {
      const { startMemoryMb, endMemoryMb } = watch.summary;
      this.#onMessage(`memory ${startMemoryMb.toFixed(1)} to ${endMemoryMb.toFixed(1)} MiB`);
    }
  }

  #requireMemory(): void {
    const bytes = availableBytes();
    const { maxMemoryUsage } = this.#config;
    if (bytes >= maxMemoryUsage) return;
    throw new BudgetExceededError(`insufficient memory: ${formatBytes(bytes)} of ${formatBytes(maxMemoryUsage)} are available`, {
      details: { availableBytes: bytes, wantedBytes: maxMemoryUsage },
      hint: `maxMemoryUsage: ${bytes} or less`,
    });
  }

  #requireHeap(): void {
    const { maxMemoryUsage } = this.#config;
    if (process.memoryUsage().heapUsed <= COLLECT_SHARE * maxMemoryUsage) return;
    collectNow();
    const { heapUsed } = process.memoryUsage();
    if (heapUsed <= MOST_SHARE * maxMemoryUsage) return;
    throw new BudgetExceededError(`memory limit exceeded during processing: the heap holds ${formatBytes(heapUsed)}`, {
      details: { heapBytes: heapUsed, limitBytes: maxMemoryUsage },
      hint: "keep less of what onChunk gets, or a larger maxMemoryUsage",
    });
  }

  #giveWay(parser: DDEXParser, watch: ProcessMemoryWatch): void {
    this.#onMessage("memory is short: garbage is collected, records are handed over in chunks of half the size");
    watch.collectGarbage();
    parser.setBufferSize(0.5 * this.#config.bufferSize);
    // A listener that fails ends the parse itself at its next chunk.
    parser.flush().catch(() => undefined);
  }
}
