/** The sampled proof of picture while the last lanes still encode: a lane that has nothing left leaves it a core and memory. */
import { BudgetExceededError } from "../base/index.ts";
import { KERNEL_CHILD_BYTES } from "../memory/index.ts";
import type { ChunkFile } from "./chunk-files.ts";
import { type ProvedChunks, proveChunks, sampleOf } from "./prove-chunks.ts";
import { settled } from "./settled.ts";
import type { TranscodeJob } from "./transcode-job.ts";

export class EarlyProof implements AsyncDisposable {
  readonly #job: TranscodeJob;
  readonly #startedMs = performance.now();
  readonly #stop = new AbortController();
  #proof: Promise<() => ProvedChunks> | undefined;

  constructor(job: TranscodeJob) {
    const signal = AbortSignal.any([job.signal, this.#stop.signal]);
    // The progress shown is that of the chunks.
    this.#job = { ...job, signal, onProgress: () => {} };
  }

  /**
   * Begins if all chunks of the sample are there and nothing has to wait for its memory, which is that of lanes that have ended.
   *
   * @param running - lanes that still encode
   */
  offer(files: readonly ChunkFile[], running: number): void {
    if (this.#proof !== undefined || running === 0 || this.#job.verify || !this.#fits(running)) return;
    const sample = sampleOf(this.#job.chunks).map(({ index }) => files.find(({ chunk }) => chunk.index === index));
    const found = sample.filter((file) => file !== undefined);
    if (found.length < sample.length) return;
    this.#proof = settled(proveChunks(this.#job, found, performance.now() - this.#startedMs));
  }

  /** undefined when it did not begin, or found no memory after all. */
  async result(): Promise<(() => ProvedChunks) | undefined> {
    const proof = await this.#proof;
    try {
      proof?.();
      return proof;
    } catch (error) {
      return error instanceof BudgetExceededError ? undefined : proof;
    }
  }

  /** The planned peak holds what runs then, with the kernel memory of children beyond the two that the limit counts. */
  #fits(running: number): boolean {
    const { core, chosen } = this.#job;
    const { lane, proof, peakBytes } = chosen;
    if (running * (lane.totalBytes + KERNEL_CHILD_BYTES) + proof.totalBytes > peakBytes) return false;
    using room = core.budget.tryReserve(proof.totalBytes, "media.decoder");
    return room !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#proof;
  }
}
