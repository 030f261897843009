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

/** From its making on. */
export class ProcessMemoryWatch {
  readonly #onMessage: (message: string) => void;
  readonly #startBytes = process.memoryUsage.rss();
  #gcCount = 0;

  /** @param onMessage - is told of collections that freed more than 10 MB */
  constructor(onMessage: (message: string) => void) {
    this.#onMessage = onMessage;
  }

  /** Until now. */
  get summary(): MemoryUsageSummary {
    const endBytes = process.memoryUsage.rss();
    return {
      startMemoryMb: this.#startBytes / MIB,
      endMemoryMb: endBytes / MIB,
      memoryDeltaMb: (endBytes - this.#startBytes) / MIB,
      gcCount: this.#gcCount,
    };
  }

  /** After 100 MB more than at the start, or where the machine is at 80 %. */
  shouldCollectGarbage(): boolean {
    return process.memoryUsage.rss() - this.#startBytes > GROWTH_BYTES || usedPercent() > 80;
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
