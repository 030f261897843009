/** A message that was refused: the error of it, and what is said of it where the others are read all the same. */
import {
  BudgetExceededError,
  type ErrorFacts,
  errnoOf,
  IoError,
  MalformedInputError,
  MmError,
  shellQuoted,
  UnsupportedError,
} from "../base/index.ts";
import type { ParseFailure, ParseOutcome } from "../binding/index.ts";
import { sourceExcerpt } from "../io/index.ts";
import { STRUCTURE_CODES } from "./problem-codes.ts";

export type Refusal = {
  /** As the records name it. */
  readonly file: string;
  readonly error: MmError;
  /** Where in the message, and which of the codes of docs/PARSE.md. */
  readonly failure?: ParseFailure;
};

/** @param source - where the message can be read again; undefined: nowhere */
export function refusedContent(file: string, failure: ParseFailure, source: string | undefined): Refusal {
  const { code, message, line, column, offset } = failure;
  const isUnsupported = STRUCTURE_CODES.some((each) => each.code === code);
  const excerpt = source === undefined ? undefined : sourceExcerpt(source, offset);
  const details: ErrorFacts = { ...(excerpt === undefined ? {} : { source: excerpt }), byte: offset };
  const options = { details, hint: HINTS[code] ?? (isUnsupported ? READABLE : `xmllint --noout ${shellQuoted(file)}`) };
  const text = `${file}:${line}:${column}: ${code}: ${message}`;
  return { file, error: isUnsupported ? new UnsupportedError(text, options) : new MalformedInputError(text, options), failure };
}

const READABLE = "a NewReleaseMessage or PurgeReleaseMessage of ERN 3.8 to 3.8.3 or 4.1 to 4.3.2";

/** What to type next, where there is something better than to look at the message. */
const HINTS: Readonly<Record<string, string>> = {
  XML_ENCODING: "iconv -f <its encoding> -t utf-8 <file> | mm parse -",
  XML_DOCTYPE: "a message without it: what it declares is nothing that DDEX has",
  XML_LIMIT_DEPTH: "a larger --max-depth",
  LIMIT_ELEMENTS: "a larger --max-elements",
  RECORDS_ONLY: "--mode records",
};

/** @param limitFor - what to type for so many bytes more */
export function refusedStop(
  file: string,
  stop: NonNullable<ParseOutcome["stop"]>,
  limitFor: (lackingBytes: number) => { readonly hint: string; readonly smallestLimitBytes: number },
): Refusal {
  if (stop.code === "ENOMEM") {
    const { hint, smallestLimitBytes } = limitFor(stop.lackingBytes ?? 0);
    const doing = `parsing ${file}`;
    return {
      file,
      error: new BudgetExceededError(`over the memory limit: ${doing}`, { details: { while: doing, smallestLimitBytes }, hint }),
    };
  }
  if (stop.code === "ESTALE") {
    const hint = "run again when nothing writes to it any more";
    return { file, error: new IoError(`${file} changed while mm was reading it`, { hint }) };
  }
  const error = new IoError(`cannot read ${file}: ${stop.code}`, { details: { operation: stop.operation ?? "" }, hint: "check the disk" });
  return { file, error };
}

/** An input that could not be opened or unpacked. Rethrows what is not of this input alone. */
export function refusedInput(file: string, error: unknown): Refusal {
  if (error instanceof MmError && CONTINUABLE.includes(error.exitCode) && errnoOf(error.cause) !== "ENOSPC") return { file, error };
  throw error;
}

/** Malformed, missing, unsupported, not readable, not permitted. */
const CONTINUABLE = [65, 66, 69, 74, 77];

/** The record in the place of those that the message would have had. */
export function errorRecord({ file, error, failure }: Refusal): string {
  const { line = null, column = null, offset = null } = failure ?? {};
  const code = failure?.code ?? error.code;
  return JSON.stringify({ type: "error", file, code, message: failure?.message ?? error.message, line, column, offset });
}
