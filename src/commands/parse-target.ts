/** What `mm parse` writes to: stdout, a file, or a folder with a file for each message. */
import { closeSync, openSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errnoOf, UsageError } from "../base/index.ts";
import { checkOutput, type InputFile, OutputFolder, Workspace } from "../io/index.ts";
import type { MemoryCore } from "../memory/index.ts";
import { DirectOutput, FolderOutputs, type Outputs, ParkedOutput } from "./parse-outputs.ts";
import type { ParseSettings } from "./parse-settings.ts";
import { STANDARD_OUTPUT_FD } from "./streams.ts";

/** Of the output, as long as it grows. */
const RECORDS = "records";

type Sharing = {
  /** Parsers that write. */
  readonly jobs: number;
  /** The first line of CSV. */
  readonly header: string;
  readonly core: MemoryCore;
  readonly signal: AbortSignal;
};

export class ParseTarget implements Disposable {
  /** Folder for temporary files. */
  readonly temporary: string;
  readonly #settings: ParseSettings;
  readonly #folder: OutputFolder | undefined;
  readonly #workspace: Workspace | undefined;
  #fd: number | undefined;

  /** @throws MmError where the output cannot be made, is there, or is an input */
  constructor(settings: ParseSettings, files: readonly InputFile[]) {
    const { directory, output, overwrite, dryRun, tempDir } = settings;
    this.#settings = settings;
    checkTarget(settings, files);
    if (!dryRun && directory !== undefined) this.#folder = new OutputFolder(directory, overwrite);
    if (!dryRun && directory === undefined && output !== "-") this.#workspace = new Workspace(output, overwrite);
    this.temporary = (this.#folder ?? this.#workspace)?.temporaryFolder(tempDir) ?? tempDir ?? tmpdir();
  }

  /** Whether messages have one output, so that those of several parsers wait for each other. */
  get isShared(): boolean {
    return this.#settings.directory === undefined;
  }

  /** Whether writing failed because the reader of a pipe has seen enough. */
  isReaderGone(error: unknown): boolean {
    return this.isShared && this.#settings.output === "-" && errnoOf(error) === "EPIPE";
  }

  open({ jobs, header, core, signal }: Sharing): Outputs {
    const kind = { format: this.#settings.format, header, signal };
    if (this.#folder !== undefined) return new FolderOutputs(this.#folder, kind);
    this.#fd = this.#workspace === undefined ? undefined : openSync(this.#workspace.path(RECORDS), "ax", 0o666);
    const fd = this.#fd ?? STANDARD_OUTPUT_FD;
    if (jobs === 1) return new DirectOutput(fd, kind);
    return new ParkedOutput(fd, kind, core, this.temporary);
  }

  /** Of an output of its own. */
  nameOf(file: InputFile): string {
    return outputName(file, this.#settings.format);
  }

  /** All is written. */
  async publish(): Promise<void> {
    await this.#workspace?.publish(RECORDS);
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#folder?.[Symbol.dispose]();
    this.#workspace?.[Symbol.dispose]();
  }
}

function checkTarget({ directory, output, overwrite, format, dryRun }: ParseSettings, files: readonly InputFile[]): void {
  if (directory === undefined) {
    if (output === "-" || dryRun) return;
    checkOutput(output, undefined, overwrite);
    refuseInputs([output], files);
    return;
  }
  const names = new Map<string, InputFile>();
  for (const file of files) {
    const name = outputName(file, format);
    const other = names.get(name);
    if (other !== undefined) {
      throw new UsageError(`${other.path} and ${file.path} would both be written to ${join(directory, name)}`, {
        hint: "name the folder above them, or a pattern in quotes: what is below it is kept apart; or -o for one file",
      });
    }
    names.set(name, file);
  }
  const paths = [...names.keys()].map((name) => join(directory, name));
  refuseInputs(paths, files);
  if (!dryRun) OutputFolder.check(directory, [...names.keys()], overwrite);
}

/** By what the paths lead to: an input may be named through a link, or from another folder. */
function refuseInputs(outputs: readonly string[], files: readonly InputFile[]): void {
  const existing = outputs.flatMap((output) => identityOf(output).map((identity) => ({ output, identity })));
  if (existing.length === 0) return;
  const inputs = new Set(files.flatMap(({ path }) => identityOf(path)));
  const shared = existing.find(({ identity }) => inputs.has(identity));
  if (shared !== undefined) throw new UsageError(`the output ${shared.output} is an input`, { hint: "name another output" });
}

/** None where a path leads nowhere: whoever opens it says why. */
function identityOf(path: string): readonly string[] {
  try {
    // Thousands of outputs are not there yet, and to throw costs more than to look.
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? [] : [`${stat.dev}:${stat.ino}`];
  } catch {
    return [];
  }
}

/** "feed.ndjson" of feed.xml.gz. */
function outputName({ name }: InputFile, format: ParseSettings["format"]): string {
  return `${name.replace(/\.(gz|zst)$/i, "").replace(/\.xml$/i, "")}.${format}`;
}
