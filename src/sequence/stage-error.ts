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
  readonly signal: AbortSignal;
};

/** The error of a native stage as the error family knows it. */
export function stageError(error: unknown, { doing, path, grantBytes, signal }: StageSubject): unknown {
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
      return new DiskLimitError(
        lackingBytes === undefined || lackingBytes === 0
          ? `no space left while ${doing}`
          : `temporary files need ${formatBytes(lackingBytes)} more than --max-disk allows, while ${doing}`,
        {
          hint:
            lackingBytes === undefined || lackingBytes === 0
              ? "free space, or name a folder on another disk with --temp-dir"
              : "a larger --max-disk",
        },
      );
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
