/** Standard output, and files of sequences before they are read. */
import { closeSync, constants, fstatSync, openSync, type Stats } from "node:fs";
import { errnoOf, IoError, UsageError } from "../base/index.ts";
import { fileError } from "../memory/index.ts";

export const STANDARD_OUTPUT_FD = 1;

/** Whether a stage that writes to `fd` failed because the reader of a pipe has seen enough. */
export function isReaderGone(fd: number, error: unknown): boolean {
  return fd === STANDARD_OUTPUT_FD && error instanceof IoError && errnoOf(error.cause) === "EPIPE";
}

/**
 * Of a file that is read more than once, and not from its start to its end. Does not wait for whoever writes to a pipe.
 *
 * @throws UsageError where it is none, InputMissingError, PermissionError or IoError
 */
export function fileSize(path: string): number {
  const stat = statOf(path);
  if (stat.isFile()) return stat.size;
  throw new UsageError(`${path} is not a regular file`, { hint: "name a file; what comes from a pipe goes into one first" });
}

function statOf(path: string): Stats {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return fstatSync(fd);
  } catch (cause) {
    throw fileError(cause, "read", path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
