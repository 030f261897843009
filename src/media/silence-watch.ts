/** Notices that a child makes no progress any more. */
const LONGEST_TICK_MS = 1000;

/**
 * Calls back once when nothing was heard for `limitMs`. It counts its own ticks and not the clock: when this process was stopped or busy,
 * what the child said meanwhile still waits in a pipe, and is heard before the next tick.
 */
export class SilenceWatch implements Disposable {
  /** Milliseconds; may change underway. */
  limitMs: number;
  readonly #timer: NodeJS.Timeout;
  #quietMs = 0;

  constructor(limitMs: number, onSilence: () => void) {
    this.limitMs = limitMs;
    const tickMs = Math.min(LONGEST_TICK_MS, limitMs / 10);
    this.#timer = setInterval(() => {
      this.#quietMs += tickMs;
      if (this.#quietMs < this.limitMs) return;
      clearInterval(this.#timer);
      onSilence();
    }, tickMs);
  }

  heard(): void {
    this.#quietMs = 0;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
