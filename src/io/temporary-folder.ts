/** The folder of a workspace in another place: --temp-dir. Its name ends at random, and a file of the workspace says how. */
import { lstatSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { errnoOf, type MmError, PermissionError, shellQuoted, UsageError } from "../base/index.ts";
import { outputFailure } from "./output-check.ts";

/** mkdtemp(3) puts as many characters in the place of XXXXXX. */
const RECORD = /^elsewhere\.([A-Za-z0-9]{6})$/;

/** Name of the empty file that says where the folder is, as far as --temp-dir does not: a name cannot lead astray as a path could. */
export function recordNameOf(folder: string): string {
  return `elsewhere.${folder.slice(-6)}`;
}

export function isRecordName(name: string): boolean {
  return RECORD.test(name);
}

/** The folder a record speaks of, where it is a folder in `parent`. @param prefix - what folders of this workspace begin with */
export function recordedFolder(parent: string, prefix: string, record: string): string | undefined {
  const folder = join(resolve(parent), prefix + (RECORD.exec(record)?.[1] ?? ""));
  return lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? folder : undefined;
}

/** @throws UsageError when the parent is no folder, PermissionError, DiskLimitError or OutputError */
export function makeTemporaryFolder(parent: string, prefix: string): string {
  try {
    return mkdtempSync(join(resolve(parent), prefix));
  } catch (error) {
    throw temporaryFailure(parent, error);
  }
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

function temporaryFailure(parent: string, error: unknown): MmError {
  const errno = errnoOf(error);
  const hint = "--temp-dir with a folder you may write";
  if (errno === "ENOENT")
    return new UsageError(`--temp-dir ${parent} does not exist`, { cause: error, hint: `mkdir -p ${shellQuoted(resolve(parent))}` });
  if (errno === "ENOTDIR") return new UsageError(`--temp-dir ${parent} is not a folder`, { cause: error, hint });
  if (errno === "EACCES") return new PermissionError(`no permission to write in --temp-dir ${parent}`, { cause: error, hint });
  return outputFailure(resolve(parent), error);
}
