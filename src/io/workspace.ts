/**
 * The hidden folder beside an output in which everything half-finished lives, so that an output that exists is whole: it appears by
 * link or rename. The folder goes away with the job, unless the job ends early and leaves finished work for a later one.
 *
 * A folder that holds anything of ours holds the owner file too: it comes into being with it, and loses it last.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { assert, errnoOf, type MmError, OutputError, PermissionError, shellQuoted, UsageError } from "../base/index.ts";
import { processIdentity, processPresence } from "../memory/index.ts";
import { outputFailure } from "./output-check.ts";
import { publishFile } from "./publish.ts";
import { isRecordName, makeTemporaryFolder, recordedFolder, recordNameOf, removeFolder } from "./temporary-folder.ts";
import { isOwnerFileName, ownerFileName, parseOwnerFileName, RELEASED } from "./workspace-owner.ts";

/** NAME_MAX (limits.h) without the ".", ".mm" and "-XXXXXX" that are put around a name. */
const LONGEST_NAME_BYTES = 255 - 1 - 3 - 7;
/** Each one lost means that somebody else claimed or left the folder at that moment. */
const CLAIM_ATTEMPTS = 10;

export class Workspace implements Disposable {
  /** Absolute path of the folder. */
  readonly directory: string;
  readonly #output: string;
  readonly #overwrite: boolean;
  readonly #isResuming: boolean;
  readonly #ownerFile = ownerFileName(processIdentity());
  /** Records of temporary folders that an earlier job left. */
  #records: string[] = [];
  #elsewhere: string | undefined;
  /** Names that stay at the end; undefined: all of them, as long as nobody has looked at what an earlier job left. */
  #kept: (() => ReadonlySet<string>) | undefined = () => new Set();

  /**
   * Makes `.<output name>.mm` beside the output; one left by a job that is gone is taken over.
   *
   * @param overwrite - whether the output may replace a file
   * @param isResuming - whether what an earlier job left stays, until `clear` says what is of use
   * @throws OutputError when the folder cannot be made, is not one of mm, or another running mm writes the same output
   */
  constructor(output: string, overwrite: boolean, isResuming = false) {
    this.#output = resolve(output);
    this.#overwrite = overwrite;
    this.#isResuming = isResuming;
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
   * Makes the folder of a process that is gone, or has released it, ours. Renaming its owner file succeeds for one process only, and only
   * while the folder is still one that nobody owns: no other process ever has that owner's name, and a released one is free whoever left it.
   *
   * @returns why it did not, when that may be otherwise at the next look
   */
  #takeOver(): MmError | undefined {
    const names = this.#list();
    const ownerFile = names.find(isOwnerFileName);
    if (ownerFile === undefined) {
      // A listing of many files is not one moment: the owner file may have been missed, and is there at the next look.
      if (names.length > 0) return this.#notOurs();
      removeEmptyFolder(this.directory);
      return this.#anotherWrites();
    }
    this.#refuseLiveOwner(ownerFile);
    try {
      renameSync(this.path(ownerFile), this.path(this.#ownerFile));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return this.#anotherWrites();
      throw error;
    }
    const left = this.#list().filter((name) => name !== this.#ownerFile);
    this.#records = left.filter(isRecordName);
    if (!this.#isResuming) this.#clearOwn(new Set());
    else if (left.length > 0) this.#kept = undefined;
    return undefined;
  }

  /** A released folder belongs to whoever renames its owner file first. */
  #refuseLiveOwner(ownerFile: string): void {
    const owner = parseOwnerFileName(ownerFile);
    if (owner === undefined) return;
    const presence = processPresence(owner);
    if (presence === "running") throw this.#anotherWrites(owner.pid);
    if (presence === "unknown") throw this.#anotherMayWrite(ownerFile);
  }

  #list(): string[] {
    try {
      return readdirSync(this.directory);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }

  #clearOwn(kept: ReadonlySet<string>): void {
    for (const name of this.#list()) {
      const isCurrentRecord = this.#elsewhere !== undefined && name === recordNameOf(this.#elsewhere);
      if (name !== this.#ownerFile && !isCurrentRecord && !kept.has(name)) removeFolder(this.path(name));
    }
  }

  #notOurs(): OutputError {
    return new OutputError(`${this.directory} is in the way, and mm did not make it`, { hint: "move it away, or name another output" });
  }

  #anotherWrites(pid?: number): OutputError {
    const process = pid === undefined ? "" : ` (process ${pid})`;
    return new OutputError(`another mm${process} is writing ${this.#output}`, { hint: "wait for it, or name another output" });
  }

  #anotherMayWrite(ownerFile: string): OutputError {
    const release = `mv ${shellQuoted(this.path(ownerFile))} ${shellQuoted(this.path(RELEASED))}`;
    return new OutputError(`another mm, in another container, may be writing ${this.#output}`, {
      hint: `if none is: ${this.#isResuming ? release : `rm -r ${shellQuoted(this.directory)}`}`,
    });
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /**
   * The folder for temporary files: this one, or one in another place, which goes the way of this one at the end. A job that resumes gets
   * the one that the earlier job had there.
   *
   * @param parent - the folder of --temp-dir; undefined without it
   * @throws UsageError when that is no folder, or not where the earlier job's files are, PermissionError, DiskLimitError or OutputError
   */
  temporaryFolder(parent: string | undefined): string {
    assert(this.#elsewhere === undefined, "a workspace has one temporary folder");
    const prefix = `${basename(this.directory).slice(1)}-`;
    const earlier = parent === undefined ? [] : this.#records.map((record) => recordedFolder(parent, prefix, record));
    const found = earlier.find((folder) => folder !== undefined);
    if (this.#kept === undefined && found === undefined) this.#refuseOtherPlace(parent);
    if (parent === undefined) return this.directory;
    if (found !== undefined && this.#isResuming) {
      this.#elsewhere = found;
      return found;
    }
    for (const folder of earlier) if (folder !== undefined) removeFolder(folder);
    const made = makeTemporaryFolder(parent, prefix);
    this.#elsewhere = made;
    this.#write(recordNameOf(made));
    return made;
  }

  #write(name: string): void {
    try {
      writeFileSync(this.path(name), "");
    } catch (error) {
      throw outputFailure(this.directory, error);
    }
  }

  /** What an earlier job left is in another place than the one named now. */
  #refuseOtherPlace(parent: string | undefined): void {
    const options = { hint: "--temp-dir as before, or the same command without --resume to start over" };
    if (this.#records.length > 0) throw new UsageError(`what is left of ${this.#output} is in another --temp-dir`, options);
    const isHere = this.#list().some((name) => name !== this.#ownerFile);
    if (parent !== undefined && isHere) throw new UsageError(`what is left of ${this.#output} was made without --temp-dir`, options);
  }

  /**
   * Removes everything but what is named from the folder, and from the temporary folder elsewhere.
   *
   * @throws MmError as outputFailure
   */
  clear(kept: ReadonlySet<string>): void {
    try {
      this.#clearOwn(kept);
      if (this.#elsewhere === undefined) return;
      for (const name of readdirSync(this.#elsewhere)) if (!kept.has(name)) removeFolder(join(this.#elsewhere, name));
    } catch (error) {
      throw outputFailure(this.directory, error);
    }
  }

  /** From now on the folder outlives a job that publishes nothing, with these names in it, if there are any. */
  keep(names: () => ReadonlySet<string>): void {
    this.#kept = names;
  }

  /**
   * Makes a finished file of the workspace the output: data on disk first, then the name.
   *
   * @throws OutputError when an output appeared meanwhile that may not be replaced
   */
  async publish(name: string): Promise<void> {
    await publishFile(this.path(name), this.#output, this.#overwrite);
    this.#kept = () => new Set();
  }

  [Symbol.dispose](): void {
    try {
      const kept = this.#kept?.();
      if (kept === undefined || kept.size > 0) this.#release(kept);
      else this.#remove();
    } catch (error) {
      if (errnoOf(error) === "EACCES") throw new PermissionError(`cannot remove ${this.directory}`, { cause: error });
      throw outputFailure(this.directory, error);
    }
  }

  /** Leaves the folder to whoever comes next. @param kept - undefined: all */
  #release(kept: ReadonlySet<string> | undefined): void {
    if (kept !== undefined) this.clear(kept);
    try {
      renameSync(this.path(this.#ownerFile), this.path(RELEASED));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }

  #remove(): void {
    if (this.#elsewhere !== undefined) removeFolder(this.#elsewhere);
    this.#elsewhere = undefined;
    // Whoever removed the folder by hand made room for another owner.
    if (!existsSync(this.path(this.#ownerFile))) return;
    this.#clearOwn(new Set());
    rmSync(this.path(this.#ownerFile));
    removeEmptyFolder(this.directory);
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
