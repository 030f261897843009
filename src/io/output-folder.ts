/** A folder that gets many outputs, each of which appears whole. */
import { lstatSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { OutputError } from "../base/index.ts";
import { outputExists, outputFailure } from "./output-check.ts";
import { publishUnsynced } from "./publish.ts";
import { Workspace } from "./workspace.ts";

/** The hidden folder in which outputs grow is named after it. */
const WORK = "outputs";

export class OutputFolder implements Disposable {
  readonly #directory: string;
  readonly #overwrite: boolean;
  readonly #workspace: Workspace;
  /** Folders that are there, for names with a path. */
  readonly #made = new Set<string>(["."]);
  #count = 0;

  /**
   * Makes the folder where it is missing.
   *
   * @throws MmError as outputFailure, or when another running mm writes into it
   */
  constructor(directory: string, overwrite: boolean) {
    this.#directory = directory;
    this.#overwrite = overwrite;
    making(directory, () => mkdirSync(directory, { recursive: true }));
    this.#workspace = new Workspace(join(directory, WORK), overwrite);
  }

  /** Before any work. @throws OutputError where one of them is there and may not be replaced */
  static check(directory: string, names: readonly string[], overwrite: boolean): void {
    const stat = statSync(directory, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) throw new OutputError(`${directory} is not a folder`, { hint: "name another folder" });
    if (overwrite) return;
    for (const name of names) {
      const output = join(directory, name);
      if (lstatSync(output, { throwIfNoEntry: false }) !== undefined) throw outputExists(output);
    }
  }

  /** The folder for temporary files, by the rules of a workspace. */
  temporaryFolder(parent: string | undefined): string {
    return this.#workspace.temporaryFolder(parent);
  }

  /** Where an output grows; a name that no other has. */
  nextPath(): string {
    this.#count += 1;
    return this.#workspace.path(String(this.#count));
  }

  /** @param name - of the output, which may be in a folder below */
  publish(grown: string, name: string): void {
    const below = dirname(name);
    if (!this.#made.has(below)) making(below, () => mkdirSync(join(this.#directory, below), { recursive: true }));
    this.#made.add(below);
    publishUnsynced(grown, join(this.#directory, name), this.#overwrite);
  }

  discard(grown: string): void {
    rmSync(grown, { force: true });
  }

  [Symbol.dispose](): void {
    this.#workspace[Symbol.dispose]();
  }
}

function making(path: string, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    throw outputFailure(path, error);
  }
}
