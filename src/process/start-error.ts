import { errnoOf, InputMissingError, IoError, PermissionError } from "../base/index.ts";

/** What a program that could not be started means to whoever asked for it. */
export function startError(file: string, error: unknown): Error {
  const errno = errnoOf(error);
  if (errno === "ENOENT") return new InputMissingError(`cannot start ${file}: no such file`, { cause: error, details: { program: file } });
  if (errno === "EACCES")
    return new PermissionError(`cannot start ${file}: permission denied`, { cause: error, details: { program: file } });
  return new IoError(`cannot start ${file}: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
    details: { program: file },
  });
}
