/** `result` of a parse report. */
export type ParseResult = {
  /** Messages that were read, those that were refused included. */
  readonly files: number;
  readonly failedFiles: number;
  readonly releases: number;
  /** Of all releases: a recording counts in each. */
  readonly tracks: number;
  readonly deals: number;
  readonly parties: number;
  /** In `problems` of the releases. */
  readonly problems: number;
  readonly elements: number;
  /** Deepest nesting. */
  readonly maxDepth: number;
  /** Plain bytes of all inputs. */
  readonly bytes: number;
  readonly outputBytes: number;
  readonly bytesPerSecond: number;
  /** Messages read again after memory was short. */
  readonly retries: number;
  /** Messages read at once. */
  readonly jobs: number;
  readonly diskPeakBytes: number;
  /** What was kept of deals was so much smaller, because equal values are kept once. */
  readonly internedBytes: number;
};
