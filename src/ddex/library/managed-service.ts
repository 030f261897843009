import { MIB } from "../../base/index.ts";
import { collectNow, MemoryLeakDetector, type MemoryLeakDetectorOptions, type MemoryTrend } from "../../memory/index.ts";
import { DDEXParser, type DDEXParserOptions } from "./ddex-parser.ts";
import type { MessageSource } from "./message-source.ts";
import type { DDEXRecord } from "./records.ts";

const LARGE_GROWTH_BYTES = 100 * MIB;
const DETECTION_INTERVAL_MS = 60_000;
/** All garbage is collected after so many messages. */
const MESSAGES_PER_COLLECTION = 10;

export type ManagedServiceOptions = DDEXParserOptions & {
  readonly leaks?: MemoryLeakDetectorOptions;
  /** Between two looks for leaks: 60 s. */
  readonly detectionIntervalMs?: number;
  /** Is told of a message for which the heap grew by more than 100 MB. Default: nobody. */
  readonly onMessage?: (message: string) => void;
};

export type MemoryStatus = {
  readonly current: { readonly heapUsedMB: number; readonly heapTotalMB: number; readonly rssMB: number };
  readonly trend: MemoryTrend;
  /** ISO 8601. */
  readonly timestamp: string;
};

/** A parser of a program that runs for long: its memory is watched for leaks. */
export class MemoryManagedDDEXService implements Disposable {
  readonly #parser: DDEXParser;
  readonly #leakDetector: MemoryLeakDetector;
  readonly #onMessage: (message: string) => void;
  #messages = 0;

  constructor({ leaks, detectionIntervalMs = DETECTION_INTERVAL_MS, onMessage = () => undefined, ...options }: ManagedServiceOptions = {}) {
    this.#parser = new DDEXParser(options);
    this.#onMessage = onMessage;
    this.#leakDetector = new MemoryLeakDetector(leaks);
    this.#leakDetector.startDetection(detectionIntervalMs);
  }

  /** @throws as DDEXParser.parse */
  async processWithMemoryTracking(source: MessageSource): Promise<readonly DDEXRecord[]> {
    const startBytes = process.memoryUsage().heapUsed;
    try {
      const records = await this.#parser.parse(source);
      const growthBytes = process.memoryUsage().heapUsed - startBytes;
      if (growthBytes > LARGE_GROWTH_BYTES) {
        this.#onMessage(`Large memory growth during processing: ${(growthBytes / MIB).toFixed(2)}MB`);
      }
      return records;
    } finally {
      this.#messages += 1;
      if (this.#messages % MESSAGES_PER_COLLECTION === 0) collectNow();
    }
  }

  getMemoryStatus(): MemoryStatus {
    const { heapUsed, heapTotal, rss } = process.memoryUsage();
    return {
      current: { heapUsedMB: heapUsed / MIB, heapTotalMB: heapTotal / MIB, rssMB: rss / MIB },
      trend: this.#leakDetector.getMemoryTrend(),
      timestamp: new Date().toISOString(),
    };
  }

  shutdown(): void {
    this.#leakDetector.stopDetection();
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }
}
