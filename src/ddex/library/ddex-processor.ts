import { setTimeout as sleep } from "node:timers/promises";
import { BudgetExceededError, KIB, MIB, MmError } from "../../base/index.ts";
import { DDEXParser } from "./ddex-parser.ts";
import { inOrder } from "./in-order.ts";
import { ProcessMemoryWatch, usedPercent } from "./process-memory.ts";
import type { DDEXRecord } from "./records.ts";

/** As programs of small machines write it. */
export type MemoryConfig = {
  /** For the whole process: 512. */
  readonly maxMemoryMb: number;
  /** How much of a message is read at once: 64. */
  readonly chunkSizeKb: number;
  /** Share of the machine's or cgroup's memory from which on garbage is collected: 0.8. */
  readonly gcThreshold: number;
  /** How many records are gathered: 1024. */
  readonly bufferSizeKb: number;
};

const DEFAULTS: MemoryConfig = { maxMemoryMb: 512, chunkSizeKb: 64, gcThreshold: 0.8, bufferSizeKb: 1024 };

/** Percent of the memory there is: more ends a parse, and is waited for before another begins. */
const MOST_PERCENT = 90;
const WAIT_PERCENT = 85;
const WAIT_MS = 1000;
/** Records of a chunk that processLargeFile yields at most. */
const CHUNK_RECORDS = 1000;

/** Some records of a message, by what they are. */
export type ProcessedChunk = { readonly releases: readonly DDEXRecord[]; readonly others: readonly DDEXRecord[] };

export class MemoryEfficientDDEXProcessor {
  readonly config: MemoryConfig;
  readonly #usedPercent: () => number;
  readonly #onMessage: (message: string) => void;
  #running = 0;

  /** @param options.onMessage - is told of large collections · @param options.readUsedPercent - of the memory there is */
  constructor(
    config: Partial<MemoryConfig> = {},
    options: { readonly onMessage?: (message: string) => void; readonly readUsedPercent?: () => number } = {},
  ) {
    this.config = { ...DEFAULTS, ...config };
    this.#usedPercent = options.readUsedPercent ?? usedPercent;
    this.#onMessage = options.onMessage ?? (() => undefined);
  }

  /** @throws as DDEXParser.parseStream, BudgetExceededError where the machine's memory is used up */
  async *processLargeFile(path: string): AsyncGenerator<ProcessedChunk> {
    yield* this.#process(path, this.config.chunkSizeKb);
  }

  /** Each file with its chunks in the order of the paths; null for one that could not be read. One that lacked memory is read again in chunks of half the size. */
  async *processMultipleFiles(
    paths: readonly string[],
    maxConcurrent = 2,
  ): AsyncGenerator<readonly [path: string, chunks: readonly ProcessedChunk[] | null]> {
    const results = inOrder(paths, maxConcurrent, async (path) => [path, await this.#whole(path)] as const);
    for await (const result of results) yield result;
  }

  async #whole(path: string): Promise<readonly ProcessedChunk[] | null> {
    // What others finish gives memory back; where there are none, nothing is to be waited for.
    while (this.#running > 0 && this.#usedPercent() > WAIT_PERCENT) {
      new ProcessMemoryWatch(this.#onMessage).collectGarbage();
      await sleep(WAIT_MS);
    }
    this.#running += 1;
    try {
      return await this.#collect(path, this.config.chunkSizeKb);
    } catch (error) {
      if (!(error instanceof MmError)) throw error;
      if (!(error instanceof BudgetExceededError)) return null;
      return await this.#collect(path, this.config.chunkSizeKb / 2).catch(() => null);
    } finally {
      this.#running -= 1;
    }
  }

  async #collect(path: string, chunkSizeKb: number): Promise<readonly ProcessedChunk[]> {
    const chunks: ProcessedChunk[] = [];
    for await (const chunk of this.#process(path, chunkSizeKb)) chunks.push(chunk);
    return chunks;
  }

  async *#process(path: string, chunkSizeKb: number): AsyncGenerator<ProcessedChunk> {
    const { maxMemoryMb, bufferSizeKb } = this.config;
    const chunkSize = Math.max(4 * KIB, Math.floor(chunkSizeKb * KIB));
    const parser = new DDEXParser({ streaming: { maxMemoryUsage: maxMemoryMb * MIB, chunkSize, bufferSize: bufferSizeKb * KIB } });
    const watch = new ProcessMemoryWatch(this.#onMessage);
    let records: DDEXRecord[] = [];
    for await (const record of parser.parseFile(path)) {
      records.push(record);
      if (records.length < CHUNK_RECORDS) continue;
      this.#checkMemoryPressure(watch);
      yield chunkOf(records);
      records = [];
      if (watch.shouldCollectGarbage()) watch.collectGarbage();
    }
    if (records.length > 0) yield chunkOf(records);
  }

  #checkMemoryPressure(watch: ProcessMemoryWatch): void {
    if (this.#usedPercent() <= this.config.gcThreshold * 100) return;
    watch.collectGarbage();
    const percent = this.#usedPercent();
    if (percent <= MOST_PERCENT) return;
    throw new BudgetExceededError(`memory usage too high: ${percent.toFixed(1)} %`, { hint: "fewer files at once, or more memory" });
  }
}

function chunkOf(records: readonly DDEXRecord[]): ProcessedChunk {
  const isRelease = ({ type }: DDEXRecord) => type === "release";
  return { releases: records.filter(isRelease), others: records.filter((record) => !isRelease(record)) };
}
