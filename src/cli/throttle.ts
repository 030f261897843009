import { type Clock, systemClock } from "../base/index.ts";

/** True at most once per interval: the first time at once. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #clock: Clock;
  #dueMs = Number.NEGATIVE_INFINITY;

  constructor(intervalMs: number, clock: Clock = systemClock) {
    this.#intervalMs = intervalMs;
    this.#clock = clock;
  }

  isDue(): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#dueMs) return false;
    this.#dueMs = nowMs + this.#intervalMs;
    return true;
  }
}
