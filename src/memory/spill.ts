import { existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { assert, bytesAsFlag, DiskLimitError, errnoOf, formatBytes, IoError, MIB, MmError } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import type { Compression } from "./compression.ts";
import { fileError } from "./file-error.ts";
import type { Reservation } from "./reservation.ts";
import { SpillRunWriter, type SpillSpace } from "./spill-run-writer.ts";

/** Where disk is memory, a growing run claims it in steps, so that small appends do not make a reservation each. */
const MEMORY_STEP_BYTES = MIB;

const FULL_DISK = ["ENOSPC", "EDQUOT", "EFBIG"];

export type SpillOptions = {
  /** Where the spill's own folder is made, at the first run; made itself if it is missing. */
  readonly parent: string;
  /** The most bytes all runs may hold at once. */
  readonly limitBytes: number;
  /** How runs are compressed, where there is memory for it; undefined = not at all. */
  readonly compression?: Compression | undefined;
};

export type SpillRunOptions = {
  /** A file of just the appended bytes, which other programs can read. */
  readonly isPlain?: boolean;
};

export type CountedFile = {
  /** @throws DiskLimitError over the cap */
  readonly grow: (bytes: number) => void;
} & Disposable;

export type DiskLoan = { readonly byteLength: number } & Disposable;

type RunSpace = { readonly writer: SpillRunWriter; claimedBytes: number; reservedBytes: number; readonly reservations: Reservation[] };

/** Temporary files under one cap, in one folder that nobody else can read and that goes away with this object. */
export class Spill implements AsyncDisposable {
  readonly limitBytes: number;
  /** Something the user should know: the folder is on a memory file system. */
  readonly warning: string | undefined;
  readonly #budget: Budget;
  readonly #parent: string;
  readonly #compression: Compression | undefined;
  readonly #onMemory: boolean;
  readonly #runs = new Map<string, RunSpace>();
  #directory: string | undefined;
  /** Folders made on the way to the parent, the innermost first. */
  #made: string[] = [];
  #liveBytes = 0;
  #peakBytes = 0;
  #lentBytes = 0;
  #writtenBytes = 0;
  #copiedBytes = 0;
  #runCount = 0;

  constructor(budget: Budget, options: SpillOptions) {
    this.#budget = budget;
    this.#parent = resolve(options.parent);
    this.limitBytes = options.limitBytes;
    this.#compression = options.compression;
    const [missing] = missingFolders(this.#parent);
    const { isMemory, typeName } = binding.fileSystem(missing === undefined ? this.#parent : dirname(missing));
    this.#onMemory = isMemory;
    this.warning = isMemory
      ? `${this.#parent} is on ${typeName}, so spilled bytes count as memory; name a disk with --temp-dir`
      : undefined;
  }

  /** The folder of the runs; it exists once there was a run. */
  get directory(): string {
    return this.#directory ?? this.#parent;
  }

  /** Bytes of all runs that are there now, those still waiting in the block of a plain run's writer included, and of files that are counted here. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Highest value of liveBytes. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Bytes ever claimed by runs, compressed ones as they are on disk. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Bytes copied into blocks because appends do not end where blocks do. */
  get copiedBytes(): number {
    return this.#copiedBytes;
  }

  /** @param name letters, digits, dot, dash: part of the file's name */
  createRun(name: string, options: SpillRunOptions = {}): SpillRunWriter {
    assert(/^[\w.-]+$/.test(name), `a run's name, got "${name}"`);
    this.#runCount += 1;
    const path = join(this.#makeDirectory(), `${this.#runCount}-${name}`);
    const space: SpillSpace = {
      budget: this.#budget,
      compression: options.isPlain === true ? undefined : this.#compression,
      claim: (bytes) => this.#claim(path, bytes),
      countCopied: (bytes) => {
        this.#copiedBytes += bytes;
      },
      failure: (cause) => writeFailure(cause, path),
      remove: () => this.#remove(path),
    };
    const writer = new SpillRunWriter(space, path);
    this.#runs.set(path, { writer, claimedBytes: 0, reservedBytes: 0, reservations: [] });
    return writer;
  }

  /** A temporary file that is no run, and counts under the same cap. Disposed, it counts no more. */
  count(path: string): CountedFile {
    let countedBytes = 0;
    return {
      grow: (bytes) => {
        this.#take(path, bytes);
        countedBytes += bytes;
      },
      [Symbol.dispose]: () => {
        this.#liveBytes -= countedBytes;
        countedBytes = 0;
      },
    };
  }

  /** One of so many equal parts of what the cap leaves, for whoever counts its own files; nothing else has it until it is disposed. */
  lend(parts: number): DiskLoan {
    const byteLength = Math.max(0, Math.floor((this.limitBytes - this.#liveBytes - this.#lentBytes) / parts));
    this.#lentBytes += byteLength;
    return {
      byteLength,
      [Symbol.dispose]: () => {
        this.#lentBytes -= byteLength;
      },
    };
  }

  /** Removes the folder with all runs, finished or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [path, { writer }] of [...this.#runs]) {
      await writer[Symbol.asyncDispose]();
      await this.#remove(path);
    }
    if (this.#directory === undefined) return;
    await rm(this.#directory, { recursive: true, force: true });
    this.#directory = undefined;
    // Ours to remove only while nobody else put anything there.
    for (const folder of this.#made.splice(0)) await rmdir(folder).catch(() => undefined);
  }

  #makeDirectory(): string {
    if (this.#directory !== undefined) return this.#directory;
    try {
      for (const folder of missingFolders(this.#parent)) {
        mkdirSync(folder, { mode: 0o700 });
        this.#made.unshift(folder);
      }
      // mkdtemp(3) gives mode 0700 whatever the umask is.
      this.#directory = mkdtempSync(join(this.#parent, "spill-"));
    } catch (cause) {
      throw writeFailure(cause, this.#parent);
    }
    return this.#directory;
  }

  #claim(path: string, bytes: number): void {
    const run = this.#runs.get(path);
    assert(run !== undefined, `run ${path} exists`);
    this.#checkCap(path, bytes);
    const missingBytes = run.claimedBytes + bytes - run.reservedBytes;
    if (this.#onMemory && missingBytes > 0) {
      const stepBytes = Math.ceil(missingBytes / MEMORY_STEP_BYTES) * MEMORY_STEP_BYTES;
      run.reservations.push(this.#budget.reserve(stepBytes, "spill.tmpfs"));
      run.reservedBytes += stepBytes;
    }
    run.claimedBytes += bytes;
    this.#take(path, bytes);
    this.#writtenBytes += bytes;
  }

  #take(path: string, bytes: number): void {
    this.#checkCap(path, bytes);
    this.#liveBytes += bytes;
    this.#peakBytes = Math.max(this.#peakBytes, this.#liveBytes);
  }

  #checkCap(path: string, bytes: number): void {
    const wantedBytes = this.#liveBytes + this.#lentBytes + bytes;
    if (wantedBytes <= this.limitBytes) return;
    throw new DiskLimitError(`temporary files would need ${formatBytes(wantedBytes)}, over their cap of ${formatBytes(this.limitBytes)}`, {
      details: { path, wantedBytes, liveBytes: this.#liveBytes, limitBytes: this.limitBytes },
      hint: `--max-disk ${bytesAsFlag(wantedBytes)} or more`,
    });
  }

  async #remove(path: string): Promise<void> {
    const run = this.#runs.get(path);
    if (run === undefined) return;
    this.#runs.delete(path);
    await rm(path, { force: true });
    this.#liveBytes -= run.claimedBytes;
    for (const reservation of run.reservations) reservation[Symbol.dispose]();
  }
}

/**
 * The folders that are missing up to and including `folder`, the outermost first. Each is then made by itself, because a
 * recursive mkdir in Node 20 never returns where making a folder is ENOENT although its parent is there (/proc).
 */
function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  return missing;
}

function writeFailure(cause: unknown, path: string): Error {
  if (cause instanceof MmError) return cause;
  const errno = errnoOf(cause) ?? "unknown";
  const details = { path, operation: "write", errno };
  if (FULL_DISK.includes(errno)) {
    return new DiskLimitError(`no space left for temporary files at ${path}`, {
      cause,
      details,
      hint: "free space, or name a folder on another disk with --temp-dir",
    });
  }
  if (errno === "EACCES" || errno === "EPERM") return fileError(cause, "write", path);
  return new IoError(`cannot write temporary files at ${path}: ${errno}`, { cause, details, hint: "name another folder with --temp-dir" });
}
