import {
  BudgetExceededError,
  type CancelledError,
  DiskLimitError,
  errnoOf,
  formatBytes,
  IoError,
  MalformedInputError,
  MmError,
} from "../base/index.ts";
import type { StageMemory } from "./stage-memory.ts";

type StageFile = { readonly name: string; readonly byteLength: number };

/** What a stage works on, for the words of its failure. */
export type StageSubject = {
  /** "reading x.fasta" */
  readonly doing: string;
  /** Whose bytes a stage may find malformed or changed: one, or several one behind the other. */
  readonly files: readonly StageFile[];
  /** What to type where a stage lacks so many bytes. */
  readonly limitFor: StageMemory["limitFor"];
  /** For temporary files; 0: there are to be none. */
  readonly maxDiskBytes?: number;
  readonly signal: AbortSignal;
  /** What to type where those bytes are malformed; undefined: nothing in particular. */
  readonly malformedHint?: string;
  /** They have lines. */
  readonly isText?: boolean;
};

/** The error of a native stage as the error family knows it. */
export function stageError(error: unknown, subject: StageSubject): unknown {
  const { doing, files, limitFor, signal } = subject;
  const code = errnoOf(error);
  // Such as the end of a job that was interrupted between two stages.
  if (code === undefined || error instanceof MmError) return error;
  const { lackingBytes, offset, operation } = error as { lackingBytes?: number; offset?: number; operation?: string };
  switch (code) {
    case "ECANCELED":
      return (signal.reason as CancelledError | undefined) ?? error;
    case "ENOMEM":
      return overStageMemory(doing, limitFor(lackingBytes ?? 0));
    case "ENOSPC":
    case "EDQUOT":
      return diskError(lackingBytes ?? 0, subject);
    case "EBADMSG": {
      const place = placeOf(files, offset ?? 0);
      return new MalformedInputError(`${place.name}: ${operation ?? "malformed"}`, {
        details: offset === undefined ? {} : { ...(subject.isText && place.byte === 0 ? { line: 1 } : {}), byte: place.byte },
        hint: subject.malformedHint ?? "check the file",
      });
    }
    case "ESTALE":
      return new IoError(`${namesOf(files)} changed while mm was reading it`, { hint: "run again when nothing writes to it any more" });
    default:
      return new IoError(`${doing} failed: ${code}`, { cause: error, details: { operation: operation ?? "" }, hint: "check the disk" });
  }
}

function overStageMemory(doing: string, { hint, smallestLimitBytes }: ReturnType<StageMemory["limitFor"]>): BudgetExceededError {
  return new BudgetExceededError(`over the memory limit: ${doing}`, { details: { while: doing, smallestLimitBytes }, hint });
}

/** "x.fasta", or with the number of those that follow it. */
export function namesOf(files: readonly StageFile[]): string {
  const name = files[0]?.name ?? "nothing";
  return files.length > 1 ? `${name} and ${files.length - 1} more` : name;
}

/** The file that holds the byte at an offset of them all, and its place in that one. */
function placeOf(files: readonly StageFile[], offset: number): { readonly name: string; readonly byte: number } {
  let byte = offset;
  for (const { name, byteLength } of files) {
    if (byte < byteLength) return { name, byte };
    byte -= byteLength;
  }
  return { name: namesOf(files), byte: offset };
}

/** @param lackingBytes - 0 where it is the disk that is full, and not what may be used of it */
function diskError(lackingBytes: number, { doing, maxDiskBytes }: StageSubject): DiskLimitError {
  if (lackingBytes === 0) {
    return new DiskLimitError(`no space left while ${doing}`, { hint: "free space, or name a folder on another disk with --temp-dir" });
  }
  const lacking = formatBytes(lackingBytes);
  if (maxDiskBytes === 0) {
    return new DiskLimitError(`${lacking} more than the memory holds, and swap_to_disk = false leaves no disk for it, while ${doing}`, {
      hint: "swap_to_disk = true under [memory.low_memory], or a larger --max-memory",
    });
  }
  return new DiskLimitError(`temporary files need ${lacking} more than --max-disk allows, while ${doing}`, { hint: "a larger --max-disk" });
}
