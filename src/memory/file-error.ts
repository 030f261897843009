import { errnoOf, InputMissingError, IoError, type MmError, PermissionError, shellQuoted } from "../base/index.ts";

/** A failed system call on a file as the error family knows it, with path, operation and errno in its details. */
export function fileError(cause: unknown, operation: string, path: string): MmError {
  const errno = errnoOf(cause) ?? "unknown";
  const details = { path, operation, errno };
  if (errno === "ENOENT" || errno === "ENOTDIR") {
    return new InputMissingError(`${path} does not exist`, { cause, details, hint: "check the path" });
  }
  if (errno === "EACCES" || errno === "EPERM") {
    return new PermissionError(`no permission to ${operation} ${path}`, { cause, details, hint: `ls -l ${shellQuoted(path)}` });
  }
  return new IoError(`cannot ${operation} ${path}: ${errno}`, { cause, details, hint: "check the device and the file system" });
}
