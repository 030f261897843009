/** Monotonic time, replaceable in tests. */
export type Clock = {
  /** Milliseconds since an arbitrary start; never goes back. */
  nowMs(): number;
};

export const systemClock: Clock = { nowMs: () => performance.now() };
