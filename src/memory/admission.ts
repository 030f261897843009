import type { Clock } from "../base/index.ts";
import type { MemoryTag } from "./tags.ts";

/** Someone who waits for bytes. */
export type Waiter<Grant> = {
  readonly tag: MemoryTag;
  /** Takes the bytes if they are there now. */
  readonly take: () => Grant | undefined;
  /** Asks for memory to be freed; called once, when the waiter reaches the head of the queue and does not fit. */
  readonly relieve: () => Promise<void>;
};

type Entry<Grant> = Waiter<Grant> & {
  readonly resolve: (grant: Grant) => void;
  readonly reject: (reason: unknown) => void;
  readonly sinceMs: number;
  asked: boolean;
};

/**
 * The queue of those who wait for memory, strictly first come, first served: a big claim at the head is not starved by small
 * ones behind it. One queue serves a whole budget tree.
 */
export class Admission<Grant> {
  readonly #clock: Clock;
  readonly #queue: Entry<Grant>[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get waiting(): readonly MemoryTag[] {
    return this.#queue.map((entry) => entry.tag);
  }

  /**
   * Waits for a turn. Rejects with the signal's reason on abort, and with the error of a relief that failed.
   *
   * @returns the grant and the milliseconds it took
   */
  async wait(waiter: Waiter<Grant>, signal: AbortSignal | undefined): Promise<{ grant: Grant; waitedMs: number }> {
    signal?.throwIfAborted();
    const sinceMs = this.#clock.nowMs();
    let leave = () => {};
    try {
      const grant = await new Promise<Grant>((resolve, reject) => {
        const entry: Entry<Grant> = { ...waiter, resolve, reject, sinceMs, asked: false };
        leave = () => this.#drop(entry, signal?.reason);
        signal?.addEventListener("abort", leave, { once: true });
        this.#queue.push(entry);
        this.serve();
      });
      return { grant, waitedMs: this.#clock.nowMs() - sinceMs };
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  /** Grants from the head while claims fit. Called whenever bytes came back. */
  serve(): void {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const grant = head.take();
      if (grant === undefined) {
        this.#askOnce(head);
        return;
      }
      this.#queue.shift();
      head.resolve(grant);
    }
  }

  #askOnce(entry: Entry<Grant>): void {
    if (entry.asked) return;
    entry.asked = true;
    entry.relieve().then(
      () => this.serve(),
      (error: unknown) => this.#drop(entry, error),
    );
  }

  #drop(entry: Entry<Grant>, reason: unknown): void {
    const index = this.#queue.indexOf(entry);
    if (index === -1) return;
    this.#queue.splice(index, 1);
    entry.reject(reason);
    this.serve();
  }
}
