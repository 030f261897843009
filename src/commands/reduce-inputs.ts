/** The inputs of `mm reduce`: each plain and whole, and read one behind the other as if `cat` had joined them. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { formatBytes, MalformedInputError, type Scope, shellQuoted } from "../base/index.ts";
import { InputState, plainInput } from "../io/index.ts";
import { fileError } from "../memory/index.ts";
import type { ReductionCheckpoint, ReductionInput } from "../sequence/index.ts";
import type { JobCore } from "./job-core.ts";
import type { ReduceSettings } from "./reduce-settings.ts";

const NEWLINE = 10;
const RECORD_START = 62;

export class ReduceInputs {
  readonly files: readonly ReductionInput[];
  readonly #settings: ReduceSettings;

  private constructor(settings: ReduceSettings, files: readonly ReductionInput[]) {
    this.#settings = settings;
    this.files = files;
  }

  /**
   * Unpacks what is packed or a pipe, but for what the checkpoint has.
   *
   * @throws MalformedInputError where a record of one would run on in another, and whatever plainInput throws
   */
  static async open(settings: ReduceSettings, job: JobCore, checkpoint: ReductionCheckpoint, scope: Scope): Promise<ReduceInputs> {
    const files: ReductionInput[] = [];
    for (const [at, input] of settings.inputs.entries()) {
      const name = nameOf(input);
      const read = checkpoint.spooled(at) ?? scope.use(await plainInput({ ...spoolOf(job), input }));
      files.push({ path: read.path, name, byteLength: read.byteLength, packing: read.packing ?? null, isSpooled: read.isSpooled });
    }
    if (!settings.force) checkBorders(files);
    return new ReduceInputs(settings, files);
  }

  /** Of all, plain. */
  get byteLength(): number {
    return this.files.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  get spooledBytes(): number {
    return this.files.reduce((sum, { byteLength, isSpooled }) => sum + (isSpooled ? byteLength : 0), 0);
  }

  /** What the files hold on disk; null where none is packed, or one is a pipe. */
  get packedBytes(): number | null {
    const { inputs } = this.#settings;
    if (inputs.includes("-") || this.files.every(({ packing }) => packing === null)) return null;
    return inputs.reduce((sum, input) => sum + statSync(input).size, 0);
  }

  describe(): string {
    const packings = [...new Set(this.files.flatMap(({ packing }) => packing ?? []))];
    const packed = packings.length === 0 ? "" : ` (${packings.join(", ")})`;
    const names = this.files.length === 1 ? (this.files[0]?.name ?? "") : `${this.files.length} files`;
    const copied = this.files.length > 1 && this.spooledBytes > 0 ? `, ${formatBytes(this.spooledBytes)} of them unpacked to disk` : "";
    return `${names}, ${formatBytes(this.byteLength)}${packed}${copied}`;
  }
}

/** The files that are named, as they are now. */
export function statesOf({ inputs }: ReduceSettings): readonly InputState[] {
  return inputs.filter((input) => input !== "-").map((input) => new InputState(resolve(input)));
}

function nameOf(input: string): string {
  return input === "-" ? "standard input" : input;
}

function spoolOf({ core, meter, signal }: JobCore) {
  return {
    budget: core.budget,
    spill: core.spill,
    signal,
    onBytes: (bytes: number) => meter.progressed("spool", bytes, 0),
  };
}

/** A file that does not end with a line end, or the next one with lines before its first record, would make one record out of two. */
function checkBorders(files: readonly ReductionInput[]): void {
  const filled = files.filter(({ byteLength }) => byteLength > 0);
  for (const [at, file] of filled.entries()) {
    const before = filled[at - 1];
    if (before === undefined) continue;
    if (byteOf(before, before.byteLength - 1) !== NEWLINE) {
      throw new MalformedInputError(`${before.name} does not end with a line end, so ${file.name} would run on in its last line`, {
        hint: endingOf(before),
      });
    }
    if (byteOf(file, 0) !== RECORD_START) {
      throw new MalformedInputError(
        `${file.name} does not begin with ">", so its first lines would be taken for the end of ${before.name}`,
        {
          details: { byte: 0 },
          hint: "name it first, or check the file",
        },
      );
    }
  }
}

/** What gives a file its line end; packed ones take another member or frame behind the others. */
function endingOf({ name, packing }: ReductionInput): string {
  if (name === nameOf("-")) return "name - last";
  return `echo ${packing === null ? "" : `| ${packing} `}>> ${shellQuoted(name)}, or name it last`;
}

function byteOf({ path }: ReductionInput, offset: number): number | undefined {
  const byte = new Uint8Array(1);
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    readSync(fd, byte, 0, 1, offset);
    return byte[0];
  } catch (cause) {
    throw fileError(cause, "read", path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
