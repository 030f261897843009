/**
 * The error family of mm: one class per reaction a caller can have, each with the exit code of docs/EXIT-CODES.md.
 * Operating errors are thrown as these; programmer errors only through `assert`.
 */

/** Facts shown one per line, and printed as `error.details` in JSON reports. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean>>;

export type MmErrorOptions = {
  /** What the user should type next, without the leading "try". */
  readonly hint?: string;
  readonly details?: ErrorFacts;
  readonly cause?: unknown;
};

export abstract class MmError extends Error {
  abstract readonly code: string;
  abstract readonly exitCode: number;
  #hint: string | undefined;
  #details: ErrorFacts;

  constructor(message: string, options: MmErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.#hint = options.hint;
    this.#details = options.details ?? {};
  }

  get hint(): string | undefined {
    return this.#hint;
  }

  get details(): ErrorFacts {
    return this.#details;
  }

  /**
   * Says that finished work is left for a later run, and how to go on from it.
   *
   * @param kept - how much, for people: "3 of 8 chunks"; the fact of that name
   */
  keeping(kept: string): this {
    this.#details = { ...this.#details, kept };
    this.#hint = this.#hint === undefined ? RESUME : `${this.#hint}; ${RESUME} goes on from what is kept`;
    return this;
  }
}

const RESUME = "the same command with --resume";

/** The command line or configuration is wrong (sysexits EX_USAGE). */
export class UsageError extends MmError {
  readonly code = "MM_USAGE";
  readonly exitCode = 64;
}

/** The input's bytes are not what they claim to be: truncated, empty, text, zero frames (EX_DATAERR). */
export class MalformedInputError extends MmError {
  readonly code = "MM_INPUT_MALFORMED";
  readonly exitCode = 65;
}

/** The input cannot be opened because it is not there (EX_NOINPUT). */
export class InputMissingError extends MmError {
  readonly code = "MM_INPUT_MISSING";
  readonly exitCode = 66;
}

/** A sound request that this build, engine or machine cannot serve (EX_UNAVAILABLE). */
export class UnsupportedError extends MmError {
  readonly code = "MM_UNSUPPORTED";
  readonly exitCode = 69;
}

/** A bug in mm (EX_SOFTWARE). */
export class InternalError extends MmError {
  readonly code: string = "MM_INTERNAL";
  readonly exitCode = 70;
}

/** A view, slot or segment was used after it was released: a bug in the caller. */
export class UseAfterReleaseError extends InternalError {
  override readonly code = "MM_USE_AFTER_RELEASE";
}

/** Something was closed while parts of it were still held: a bug in the caller. */
export class LeakError extends InternalError {
  override readonly code = "MM_LEAK";
}

/** The output cannot be created or put in place (EX_CANTCREAT). */
export class OutputError extends MmError {
  readonly code = "MM_OUTPUT";
  readonly exitCode = 73;
}

/** A read or write failed underway, or a child process failed (EX_IOERR). */
export class IoError extends MmError {
  readonly code = "MM_IO";
  readonly exitCode = 74;
}

/** Over the memory limit. Exit 75 (EX_TEMPFAIL) is only ever memory or disk, so a scheduler can retry with more. */
export class BudgetExceededError extends MmError {
  readonly code = "MM_BUDGET";
  readonly exitCode = 75;
}

/** Over the disk cap, or no space left on the device. */
export class DiskLimitError extends MmError {
  readonly code = "MM_DISK";
  readonly exitCode = 75;
}

/** The file system refused access (EX_NOPERM). */
export class PermissionError extends MmError {
  readonly code = "MM_PERMISSION";
  readonly exitCode = 77;
}

/** The user or the system asked the job to stop: 128 + signal number. */
export class CancelledError extends MmError {
  readonly code = "MM_CANCELLED";
  readonly exitCode: 130 | 143;
  constructor(signal: "SIGINT" | "SIGTERM", options: MmErrorOptions = {}) {
    super(signal === "SIGINT" ? "interrupted" : "terminated", options);
    this.exitCode = signal === "SIGINT" ? 130 : 143;
  }
}

/** The errno name of a system error ("ENOENT"), if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
