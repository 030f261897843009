/** Everything that can be wrong with an output is found before any work is done. */
import { accessSync, constants, lstatSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DiskLimitError, errnoOf, MmError, OutputError, PermissionError, shellQuoted, UsageError } from "../base/index.ts";

/**
 * @param input - path of the input, which must not be the output; undefined for standard input
 * @throws OutputError, PermissionError or UsageError
 */
export function checkOutput(output: string, input: string | undefined, overwrite: boolean): void {
  try {
    checkFolder(dirname(resolve(output)));
    checkExisting(output, input, overwrite);
  } catch (error) {
    throw outputFailure(output, error);
  }
}

function checkFolder(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat === undefined) throw new OutputError(`the folder ${folder} does not exist`, { hint: `mkdir -p ${shellQuoted(folder)}` });
  if (!stat.isDirectory()) throw new OutputError(`${folder} is not a folder`, { hint: "name another output" });
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw outputFailure(folder, error);
  }
}

function checkExisting(output: string, input: string | undefined, overwrite: boolean): void {
  // A symbolic link is something to lose, wherever it points.
  if (lstatSync(output, { throwIfNoEntry: false }) === undefined) return;
  const target = followed(output);
  if (target !== undefined) {
    if (!target.isFile()) throw new OutputError(`${output} exists and is not a regular file`, { hint: "name another output" });
    const source = input === undefined ? undefined : followed(input);
    if (source !== undefined && source.dev === target.dev && source.ino === target.ino) {
      throw new UsageError(`the output ${output} is the input`, { hint: "name another output" });
    }
  }
  if (!overwrite) throw outputExists(output);
}

/** What a path leads to; undefined for a link that leads nowhere. */
function followed(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

export function outputExists(output: string): OutputError {
  return new OutputError(`${output} exists`, { hint: "--overwrite to replace it" });
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
