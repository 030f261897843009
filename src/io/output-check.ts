/** Everything that can be wrong with an output is found before any work is done. */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DiskLimitError, errnoOf, MmError, OutputError, PermissionError, UsageError } from "../base/index.ts";

/**
 * @param input - path of the input, which must not be the output; undefined for standard input
 * @throws OutputError, PermissionError or UsageError
 */
export function checkOutput(output: string, input: string | undefined, overwrite: boolean): void {
  const folder = dirname(resolve(output));
  const folderStat = statSync(folder, { throwIfNoEntry: false });
  if (folderStat === undefined) throw new OutputError(`the folder ${folder} does not exist`, { hint: `mkdir -p ${folder}` });
  if (!folderStat.isDirectory()) throw new OutputError(`${folder} is not a folder`, { hint: "name another output" });
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw outputFailure(folder, error);
  }
  const existing = statSync(output, { throwIfNoEntry: false });
  if (existing === undefined) return;
  if (!existing.isFile()) throw new OutputError(`${output} exists and is not a regular file`, { hint: "name another output" });
  const source = input === undefined ? undefined : statSync(input, { throwIfNoEntry: false });
  if (source !== undefined && source.dev === existing.dev && source.ino === existing.ino) {
    throw new UsageError(`the output ${output} is the input`, { hint: "name another output" });
  }
  if (!overwrite) throw new OutputError(`${output} exists`, { hint: "--overwrite to replace it" });
}

/** Turns a file-system error on the way to an output into the one a user can act on. */
export function outputFailure(path: string, error: unknown): MmError {
  if (error instanceof MmError) return error;
  const errno = errnoOf(error);
  const details = { path, ...(errno === undefined ? {} : { errno }) };
  if (errno === "ENOSPC" || errno === "EDQUOT")
    return new DiskLimitError(`no space left for ${path}`, { cause: error, details, hint: "free space on that disk" });
  if (errno === "EACCES" || errno === "EPERM")
    return new PermissionError(`no permission to write ${path}`, {
      cause: error,
      details,
      hint: "name an output in a folder you may write",
    });
  if (errno === "EROFS")
    return new OutputError(`${path} is on a read-only file system`, { cause: error, details, hint: "name an output elsewhere" });
  return new OutputError(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
    details,
    hint: "name another output",
  });
}
