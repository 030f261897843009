/** What the root of a budget tree asks before it grows, where its memory is shared with other jobs. */
export type Lease = {
  /** Makes room for the root to reserve so many bytes in all. False when other jobs have what is missing. */
  readonly cover: (bytes: number, claim: "needed" | "optional") => boolean;
  /** The root has so many bytes reserved, which is less than before. */
  readonly uncover: (bytes: number) => void;
  /** For a claim that waits: calls `serve` again and again, as other jobs give back, until disposed of. Aborted when none can any more. */
  readonly wait: (serve: () => void) => Disposable & { readonly signal: AbortSignal };
  /** So much at least the job is going to hold in all: from now on it need not ask for it. False when other jobs have what is missing. */
  readonly pledge: (bytes: number) => boolean;
  /** What the root can reserve without asking. */
  readonly coveredBytes: number;
  /** "700.0 MiB of 900.0 MiB are held by 3 other mm jobs (pid 12 transcode, ...)", or nothing where none holds any. */
  readonly describeOthers: () => string | undefined;
};
