import type { Clock } from "../../src/base/index.ts";

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #nowMs = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  advance(elapsedMs: number): void {
    this.#nowMs += elapsedMs;
  }
}
