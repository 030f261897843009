/**
 * The hidden folder beside an output in which everything half-finished lives, so that an output that exists is whole: it appears by
 * rename, and the folder goes away with the job.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { errnoOf, OutputError, PermissionError } from "../base/index.ts";
import { outputFailure } from "./output-check.ts";

const OWNER_FILE = "owner.pid";

export class Workspace implements Disposable {
  /** Absolute path of the folder. */
  readonly directory: string;
  readonly #output: string;

  /**
   * Makes `.<output name>.mm` beside the output; one left by a job that is gone is replaced.
   *
   * @throws OutputError when the folder cannot be made or another running mm writes the same output
   */
  constructor(output: string) {
    this.#output = resolve(output);
    this.directory = join(dirname(this.#output), `.${basename(this.#output)}.mm`);
    try {
      this.#claim();
    } catch (error) {
      throw outputFailure(this.directory, error);
    }
  }

  #claim(): void {
    try {
      mkdirSync(this.directory, { mode: 0o700 });
    } catch (error) {
      if (errnoOf(error) !== "EEXIST") throw error;
      const owner = ownerOf(this.directory);
      if (owner !== undefined && isRunning(owner)) {
        throw new OutputError(`another mm (process ${owner}) is writing ${this.#output}`, { hint: "wait for it, or name another output" });
      }
      rmSync(this.directory, { recursive: true });
      mkdirSync(this.directory, { mode: 0o700 });
    }
    writeFileSync(join(this.directory, OWNER_FILE), String(process.pid));
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Makes a finished file of the workspace the output: data on disk first, then the name. */
  async publish(name: string): Promise<void> {
    const finished = this.path(name);
    try {
      await syncToDisk(finished);
      await rename(finished, this.#output);
      await syncToDisk(dirname(this.#output));
    } catch (error) {
      throw outputFailure(this.#output, error);
    }
  }

  [Symbol.dispose](): void {
    try {
      rmSync(this.directory, { recursive: true, force: true });
    } catch (error) {
      if (errnoOf(error) === "EACCES") throw new PermissionError(`cannot remove ${this.directory}`, { cause: error });
      throw outputFailure(this.directory, error);
    }
  }
}

async function syncToDisk(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function ownerOf(directory: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(join(directory, OWNER_FILE), "utf8"), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    // A folder without an owner is what a job leaves that was killed between two system calls.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return errnoOf(error) === "EPERM";
  }
}
