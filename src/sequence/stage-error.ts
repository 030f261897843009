import {
  BudgetExceededError,
  bytesAsFlag,
  type CancelledError,
  DiskLimitError,
  errnoOf,
  formatBytes,
  IoError,
  MalformedInputError,
} from "../base/index.ts";

/** What a stage works on, for the words of its failure. */
export type StageSubject = {
  /** "reading x.fasta" */
  readonly doing: string;
  /** The file whose bytes a stage may find malformed. */
  readonly path: string;
  readonly grantBytes: number;
  /** For temporary files; 0: there are to be none. */
  readonly maxDiskBytes?: number;
  readonly signal: AbortSignal;
};

/** The error of a native stage as the error family knows it. */
export function stageError(error: unknown, subject: StageSubject): unknown {
  const { doing, path, grantBytes, signal } = subject;
  const code = errnoOf(error);
  if (code === undefined) return error;
  const { lackingBytes, offset, operation } = error as { lackingBytes?: number; offset?: number; operation?: string };
  switch (code) {
    case "ECANCELED":
      return (signal.reason as CancelledError | undefined) ?? error;
    case "ENOMEM":
      return new BudgetExceededError(`over the memory limit: ${doing}`, {
        details: { grantBytes, ...(lackingBytes === undefined ? {} : { lackingBytes }) },
        hint: `--max-memory with at least ${bytesAsFlag(lackingBytes ?? grantBytes)} more`,
      });
    case "ENOSPC":
    case "EDQUOT":
      return diskError(lackingBytes ?? 0, subject);
    case "EBADMSG":
      return new MalformedInputError(`${path}: ${operation ?? "malformed"}`, {
        details: offset === undefined ? {} : { byte: offset },
        hint: "check the file",
      });
    case "ESTALE":
      return new IoError(`${path} changed while mm was reading it`, { hint: "run again when nothing writes to it any more" });
    default:
      return new IoError(`${doing} failed: ${code}`, { cause: error, details: { operation: operation ?? "" }, hint: "check the disk" });
  }
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
