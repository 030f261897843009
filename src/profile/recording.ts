/** Collects what several sources saw of one tree into one capture, and keeps the live state. */
import type { CaptureBatch, CaptureWriter } from "./capture/index.ts";
import type { LiveState } from "./live.ts";

/** Which process of the capture a pid stands for now; undefined for one that was never seen. */
export type ProcessIndex = (pid: number) => number | undefined;

/** Something beside the sampler that knows more of some processes: isolates of Node, counters of mm jobs. */
export type Witness = { readonly drain: (indexOf: ProcessIndex, isLast: boolean) => CaptureBatch };

export class Recording {
  readonly #writer: CaptureWriter;
  readonly #live: LiveState | undefined;
  readonly #sampler: { drain(): CaptureBatch };
  readonly #witnesses: readonly Witness[];
  /** At most as many as there are pids. */
  readonly #indexes = new Map<number, number>();

  constructor(parts: {
    readonly writer: CaptureWriter;
    /** Kept up to date where somebody looks. */
    readonly live: LiveState | undefined;
    readonly sampler: { drain(): CaptureBatch };
    readonly witnesses: readonly Witness[];
  }) {
    this.#writer = parts.writer;
    this.#live = parts.live;
    this.#sampler = parts.sampler;
    this.#witnesses = parts.witnesses;
  }

  /** Takes what came since the last call; `isLast`: there is no other. @throws IoError when it cannot be written */
  collect(isLast = false): void {
    const seen = this.#sampler.drain();
    for (const event of seen.events) if (event.type === "process") this.#indexes.set(event.pid, event.process);
    const indexOf = (pid: number) => this.#indexes.get(pid);
    for (const batch of [seen, ...this.#witnesses.map((witness) => witness.drain(indexOf, isLast))]) {
      this.#writer.add(batch);
      this.#live?.add(batch);
    }
  }
}
