/** What this process and its machine, or its cgroup, have left: the questions that a program asks while it reads messages. */
import { MIB } from "../../base/index.ts";
import { collectNow, readMemoryLimit, readProcessTree } from "../../memory/index.ts";

/** Garbage is not worth a word below this. */
const TOLD_BYTES = 10 * MIB;
const GROWTH_BYTES = 100 * MIB;

export type MemoryUsageSummary = {
  readonly startMemoryMb: number;
  readonly endMemoryMb: number;
  readonly memoryDeltaMb: number;
  /** Collections that were asked for. */
  readonly gcCount: number;
};

/** Bytes that this process may still take: what the cgroup, or 75 % of the machine, leaves. */
export function availableBytes(): number {
  const { budgetBytes } = readMemoryLimit({ children: 0, engineBinaries: 0 });
  return Math.max(0, budgetBytes - readProcessTree(process.pid).ownBytes);
}

/** How much of that is taken, by whomever, 0 to 100. */
export function usedPercent(): number {
  const { limitBytes } = readMemoryLimit({ children: 0, engineBinaries: 0 });
  return Math.min(100, 100 * (1 - availableBytes() / limitBytes));
}

export class ProcessMemoryWatch {
  readonly #onMessage: (message: string) => void;
  #startBytes: number | undefined;
  #gcCount = 0;

  /** @param onMessage - is told of collections that freed more than 10 MB */
  constructor(onMessage: (message: string) => void) {
    this.#onMessage = onMessage;
  }

  get isMonitoring(): boolean {
    return this.#startBytes !== undefined;
  }

  startMonitoring(): void {
    this.#startBytes = process.memoryUsage.rss();
    this.#gcCount = 0;
  }

  /** undefined when nothing was started. */
  stopMonitoring(): MemoryUsageSummary | undefined {
    const startBytes = this.#startBytes;
    if (startBytes === undefined) return undefined;
    this.#startBytes = undefined;
    const endBytes = process.memoryUsage.rss();
    return {
      startMemoryMb: startBytes / MIB,
      endMemoryMb: endBytes / MIB,
      memoryDeltaMb: (endBytes - startBytes) / MIB,
      gcCount: this.#gcCount,
    };
  }

  /** After 100 MB more than at the start, or where the machine is at 80 %. */
  shouldCollectGarbage(): boolean {
    const grownBytes = process.memoryUsage.rss() - (this.#startBytes ?? 0);
    return (this.#startBytes !== undefined && grownBytes > GROWTH_BYTES) || usedPercent() > 80;
  }

  collectGarbage(): void {
    const beforeBytes = process.memoryUsage.rss();
    collectNow();
    this.#gcCount += 1;
    const afterBytes = process.memoryUsage.rss();
    if (beforeBytes - afterBytes <= TOLD_BYTES) return;
    const mb = (bytes: number) => (bytes / MIB).toFixed(1);
    this.#onMessage(`GC freed ${mb(beforeBytes - afterBytes)}MB (before: ${mb(beforeBytes)}MB, after: ${mb(afterBytes)}MB)`);
  }
}
