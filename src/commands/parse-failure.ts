import { type CancelledError, DiskLimitError, errnoOf, formatBytes, IoError, MmError } from "../base/index.ts";

/** What ended all messages, as the error family knows it. */
export function parseFailure(error: unknown, signal: AbortSignal): unknown {
  const code = errnoOf(error);
  // Such as the refusal of a message.
  if (code === undefined || error instanceof MmError) return error;
  const { lackingBytes = 0, operation = "" } = error as { lackingBytes?: number; operation?: string };
  switch (code) {
    case "ECANCELED":
      return (signal.reason as CancelledError | undefined) ?? error;
    case "ENOSPC":
    case "EDQUOT":
      return lackingBytes === 0 ? diskFull(error) : overDiskLimit(lackingBytes, error);
    default:
      return new IoError(`parsing failed: ${code}`, { cause: error, details: { operation }, hint: "check the disk" });
  }
}

function diskFull(cause: unknown): DiskLimitError {
  return new DiskLimitError("no space left for the records, or for the index of a message", {
    cause,
    hint: "free space, or name a folder on another disk with --temp-dir",
  });
}

function overDiskLimit(lackingBytes: number, cause: unknown): DiskLimitError {
  return new DiskLimitError(`the index of a message needs ${formatBytes(lackingBytes)} more than --max-disk or swap_to_disk allow`, {
    cause,
    hint: "a larger --max-disk, or a larger --max-memory",
  });
}
