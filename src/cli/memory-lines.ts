import type { MemorySample } from "../commands/index.ts";
import type { Output } from "./output.ts";
import { Throttle } from "./throttle.ts";

const MEMORY_INTERVAL_MS = 200;

/** `--monitor-memory` where there is no terminal: the highest sample of each fifth of a second as a JSON line. */
export class MemoryLines {
  readonly #err: Output;
  readonly #throttle = new Throttle(MEMORY_INTERVAL_MS);
  #highest: MemorySample | undefined;

  constructor(err: Output) {
    this.#err = err;
  }

  add(sample: MemorySample): void {
    if (this.#highest === undefined || sample.treeBytes > this.#highest.treeBytes) this.#highest = sample;
    if (this.#throttle.isDue()) this.flush();
  }

  /** Says what has not been said yet. */
  flush(): void {
    if (this.#highest !== undefined) this.#err.write(`${JSON.stringify({ type: "memory", ...this.#highest })}\n`);
    this.#highest = undefined;
  }
}
