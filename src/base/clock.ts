/** Monotonic time, replaceable in tests. */
export type Clock = {
  /** Milliseconds since an arbitrary start; never goes back. */
  nowMs(): number;
};

export const systemClock: Clock = { nowMs: () => performance.now() };

/** Milliseconds of CLOCK_MONOTONIC, which all processes and native threads share. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
