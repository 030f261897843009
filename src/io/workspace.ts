/**
 * The hidden folder beside an output in which everything half-finished lives, so that an output that exists is whole: it appears by
 * link or rename, and the folder goes away with the job.
 *
 * A folder that holds anything of ours holds the owner file too: it comes into being with it, and loses it last.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { errnoOf, type MmError, OutputError, PermissionError, shellQuoted, UsageError } from "../base/index.ts";
import { processIdentity, processPresence } from "../memory/index.ts";
import { outputFailure } from "./output-check.ts";
import { publishFile } from "./publish.ts";
import { ownerFileName, parseOwnerFileName } from "./workspace-owner.ts";

/** NAME_MAX (limits.h) without the ".", ".mm" and "-XXXXXX" that are put around a name. */
const LONGEST_NAME_BYTES = 255 - 1 - 3 - 7;
/** Each one lost means that somebody else claimed or left the folder at that moment. */
const CLAIM_ATTEMPTS = 10;

export class Workspace implements Disposable {
  /** Absolute path of the folder. */
  readonly directory: string;
  readonly #output: string;
  readonly #overwrite: boolean;
  readonly #ownerFile = ownerFileName(processIdentity());
  readonly #elsewhere: string[] = [];

  /**
   * Makes `.<output name>.mm` beside the output; one left by a job that is gone is taken over.
   *
   * @param overwrite - whether the output may replace a file
   * @throws OutputError when the folder cannot be made, is not one of mm, or another running mm writes the same output
   */
  constructor(output: string, overwrite: boolean) {
    this.#output = resolve(output);
    this.#overwrite = overwrite;
    this.directory = join(dirname(this.#output), `.${fittedName(basename(this.#output))}.mm`);
    try {
      this.#claim();
    } catch (error) {
      throw outputFailure(this.directory, error);
    }
  }

  #claim(): void {
    const prepared = mkdtempSync(`${this.directory}-`);
    try {
      writeFileSync(join(prepared, this.#ownerFile), "");
      let blocked: MmError | undefined = this.#anotherWrites();
      for (let attempt = 0; attempt < CLAIM_ATTEMPTS && blocked !== undefined; attempt += 1) {
        blocked = this.#moveIn(prepared) ? undefined : this.#takeOver();
      }
      if (blocked !== undefined) throw blocked;
    } finally {
      rmSync(prepared, { recursive: true, force: true });
    }
  }

  /** rename(2) puts a folder in the place of none or of an empty one, and of nothing else. */
  #moveIn(prepared: string): boolean {
    try {
      renameSync(prepared, this.directory);
      return true;
    } catch (error) {
      if (errnoOf(error) === "ENOTDIR") throw this.#notOurs();
      if (!isOccupied(error)) throw error;
      return false;
    }
  }

  /**
   * Makes the folder of a process that is gone ours. Renaming its owner file succeeds for one process only, and only while the folder
   * is still the one that was looked at: no other process ever has that owner's name.
   *
   * @returns why it did not, when that may be otherwise at the next look
   */
  #takeOver(): MmError | undefined {
    const names = this.#list();
    const owner = names.map(parseOwnerFileName).find((each) => each !== undefined);
    if (owner === undefined) {
      // A listing of many files is not one moment: the owner file may have been missed, and is there at the next look.
      if (names.length > 0) return this.#notOurs();
      removeEmptyFolder(this.directory);
      return this.#anotherWrites();
    }
    const presence = processPresence(owner);
    if (presence === "running") throw this.#anotherWrites(owner.pid);
    if (presence === "unknown") throw this.#anotherMayWrite();
    try {
      renameSync(this.path(ownerFileName(owner)), this.path(this.#ownerFile));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return this.#anotherWrites();
      throw error;
    }
    this.#clear();
    return undefined;
  }

  #list(): string[] {
    try {
      return readdirSync(this.directory);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  #clear(): void {
    for (const name of this.#list()) if (name !== this.#ownerFile) rmSync(this.path(name), { recursive: true, force: true });
  }

  #notOurs(): OutputError {
    return new OutputError(`${this.directory} is in the way, and mm did not make it`, { hint: "move it away, or name another output" });
  }

  #anotherWrites(pid?: number): OutputError {
    const process = pid === undefined ? "" : ` (process ${pid})`;
    return new OutputError(`another mm${process} is writing ${this.#output}`, { hint: "wait for it, or name another output" });
  }

  #anotherMayWrite(): OutputError {
    return new OutputError(`another mm, in another container, may be writing ${this.#output}`, {
      hint: `if none is: rm -r ${shellQuoted(this.directory)}`,
    });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /**
   * Makes a folder for temporary files in another place; it goes away with the workspace.
   *
   * @param parent - the folder of --temp-dir
   * @throws UsageError when that is no folder, PermissionError, DiskLimitError or OutputError
   */
  folderIn(parent: string): string {
    try {
      const folder = mkdtempSync(join(resolve(parent), `${basename(this.directory).slice(1)}-`));
      this.#elsewhere.push(folder);
      return folder;
    } catch (error) {
      throw temporaryFailure(parent, error);
    }
  }

  /**
   * Makes a finished file of the workspace the output: data on disk first, then the name.
   *
   * @throws OutputError when an output appeared meanwhile that may not be replaced
   */
  async publish(name: string): Promise<void> {
    await publishFile(this.path(name), this.#output, this.#overwrite);
  }

  [Symbol.dispose](): void {
    try {
      for (const folder of this.#elsewhere) rmSync(folder, { recursive: true, force: true });
      // Whoever removed the folder by hand made room for another owner.
      if (!existsSync(this.path(this.#ownerFile))) return;
      this.#clear();
      rmSync(this.path(this.#ownerFile));
      removeEmptyFolder(this.directory);
    } catch (error) {
      if (errnoOf(error) === "EACCES") throw new PermissionError(`cannot remove ${this.directory}`, { cause: error });
      throw outputFailure(this.directory, error);
    }
  }
}

/** A name that leaves room for what is put around it: the middle of a long one becomes a hash of the whole. */
function fittedName(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= LONGEST_NAME_BYTES) return name;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  const tailBytes = 20;
  const headBytes = LONGEST_NAME_BYTES - tailBytes - hash.length - 2;
  // A character cut in two decodes to U+FFFD.
  const part = (from: number, to?: number) => bytes.subarray(from, to).toString().replaceAll("\uFFFD", "");
  return `${part(0, headBytes)}~${hash}~${part(-tailBytes)}`;
}

function isOccupied(error: unknown): boolean {
  return errnoOf(error) === "ENOTEMPTY" || errnoOf(error) === "EEXIST";
}

/** Leaves a folder alone that is not empty: then it has a new owner. */
function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && !isOccupied(error)) throw error;
  }
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
