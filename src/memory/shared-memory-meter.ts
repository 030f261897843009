import { binding } from "../binding/index.ts";
import { readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "./kernel-file.ts";

/** A process with pages of shared memory (RssShmem: memfd, shm_open, shmget, tmpfs). */
export type Sharer = { readonly pid: number; readonly sharedBytes: number };

/** The exact figure is read anew when the sum of what each maps has changed by more than this, in bytes or as a share. */
const SLACK_BYTES = 4 * 1024 * 1024;
const SLACK_SHARE = 0.05;
/** Milliseconds after which it is read anew in any case, where processes share. */
const PERIOD_MS = 500;

/**
 * What several processes share, each page once. The kernel tells that only by walking page tables (Pss_Shmem of smaps_rollup): 8 ms a
 * GiB mapped in 4 KiB pages (measured), with the process held up meanwhile. So it is asked when something changed, and between two
 * answers the figure follows the sum of what each maps.
 */
export class SharedMemoryMeter {
  readonly #roots: SystemRoots;
  readonly #mappedBy: (pid: number) => number;
  #exactBytes = 0;
  #mappedBytes = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;

  /** @param mappedBy - RssShmem of a process now, 0 when it is gone */
  constructor(roots: SystemRoots = SYSTEM_ROOTS, mappedBy = (pid: number) => binding.processMemory(pid)?.sharedBytes ?? 0) {
    this.#roots = roots;
    this.#mappedBy = mappedBy;
  }

  read(sharers: readonly Sharer[], nowMs: number = performance.now()): number {
    const [first, ...others] = sharers;
    if (first === undefined) return 0;
    // Alone it shares with nobody who counts.
    if (others.length === 0) return first.sharedBytes;
    const mappedBytes = sharers.reduce((sum, { sharedBytes }) => sum + sharedBytes, 0);
    const slackBytes = Math.max(SLACK_BYTES, this.#mappedBytes * SLACK_SHARE);
    if (Math.abs(mappedBytes - this.#mappedBytes) > slackBytes || nowMs - this.#readAtMs > PERIOD_MS) {
      this.#exactBytes = this.#readExactly(sharers);
      this.#mappedBytes = mappedBytes;
      this.#readAtMs = nowMs;
    }
    const leastBytes = Math.max(...sharers.map(({ sharedBytes }) => sharedBytes));
    return this.#mappedBytes === 0 ? 0 : Math.max(leastBytes, Math.round((this.#exactBytes * mappedBytes) / this.#mappedBytes));
  }

  /**
   * Parts are read one after the other, while processes come to share pages or let go of them: read in one order, a page is counted with two
   * of them, or with none. Of an order and its reverse one counts too few, so the smaller one never counts too many.
   */
  #readExactly(sharers: readonly Sharer[]): number {
    const sumOf = (inOrder: readonly Sharer[]) => inOrder.reduce((sum, sharer) => sum + this.#proportionalBytes(sharer), 0);
    return Math.min(sumOf(sharers), sumOf([...sharers].reverse()));
  }

  /** The process's part of its shared pages; all of them where the kernel does not say, or not to us; none of one that has just ended. */
  #proportionalBytes({ pid }: Sharer): number {
    const text = readKernelFile(`${this.#roots.procRoot}/${pid}/smaps_rollup`) ?? "";
    const part = /^Pss_Shmem:\s+(\d+) kB/m.exec(text)?.[1];
    return part === undefined ? this.#mappedBy(pid) : Number(part) * 1024;
  }
}
