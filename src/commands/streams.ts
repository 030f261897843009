/** Standard output, and files of sequences before they are read. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { errnoOf, IoError } from "../base/index.ts";
import { fileError } from "../memory/index.ts";

export const STANDARD_OUTPUT_FD = 1;

/** Whether a stage that writes to `fd` failed because the reader of a pipe has seen enough. */
export function isReaderGone(fd: number, error: unknown): boolean {
  return fd === STANDARD_OUTPUT_FD && error instanceof IoError && errnoOf(error.cause) === "EPIPE";
}

/** @throws InputMissingError, PermissionError or IoError */
export function fileSize(path: string): number {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    return fstatSync(fd).size;
  } catch (cause) {
    throw fileError(cause, "read", path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
