/** Where records go: one output for all messages, or a file for each. Batches are read in any order and settled in that of the inputs. */
import { closeSync, fstatSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { KIB } from "../base/index.ts";
import type { ParseFormat, ParseRequest } from "../binding/index.ts";
import { appendBytes, appendFile, dropLast, type OutputFolder, outputFailure } from "../io/index.ts";
import { Arena, type MemoryCore } from "../memory/index.ts";

/** What one batch writes. Disposed without being settled, it leaves nothing. */
export type BatchOutput = {
  /** Of the message at this place in the batch. */
  readonly fd: (at: number) => number;
  /** After so many bytes of records more than were told of. */
  readonly frame: (bytes: number) => ParseRequest["frame"];
  /** The message has been read, with so many bytes written. */
  readonly wrote: (at: number, bytes: number) => void;
  /** Cuts off what the last message that is read has written. False where that has gone to a reader already. */
  readonly takeBack: (at: number, bytes: number) => boolean;
  /** It was refused, after so many bytes. @param record - what is said in its place */
  readonly refused: (at: number, bytes: number, record: string | undefined) => Promise<void>;
  /** All batches before have been settled. @returns bytes of records */
  readonly settle: () => Promise<number>;
} & Disposable;

export type Outputs = {
  /** @param names - of its outputs, where each message has one */
  readonly batch: (names: readonly string[]) => BatchOutput;
  /** All batches have been settled. @returns bytes of what ends them */
  readonly finish: () => Promise<number>;
};

const HEADS: Readonly<Record<ParseFormat, (header: string) => string>> = { ndjson: () => "", json: () => "[\n", csv: (header) => header };
const BETWEEN: Readonly<Record<ParseFormat, string>> = { ndjson: "", json: ",\n", csv: "" };
const ENDS: Readonly<Record<ParseFormat, { readonly some: string; readonly none: (header: string) => string }>> = {
  ndjson: { some: "", none: () => "" },
  json: { some: "\n]\n", none: () => "[]\n" },
  csv: { some: "", none: (header) => header },
};
const COPY_BYTES = 256 * KIB;

/** What a record file is, and what may stand in it. */
type Kind = {
  readonly format: ParseFormat;
  /** The first line of CSV. */
  readonly header: string;
  readonly signal: AbortSignal;
};

type OutputCore = Pick<MemoryCore, "budget" | "spill">;

/** An output with records of one message behind those of another. */
class RecordFile {
  readonly fd: number;
  readonly #kind: Kind;
  #hasRecords: boolean;

  constructor(fd: number, kind: Kind, hasRecords: boolean) {
    this.fd = fd;
    this.#kind = kind;
    this.#hasRecords = hasRecords;
  }

  frame(bytes: number): "first" | "following" {
    return this.#hasRecords || bytes > 0 ? "following" : "first";
  }

  wrote(bytes: number): void {
    this.#hasRecords ||= bytes > 0;
  }

  takeBack(bytes: number): boolean {
    return bytes === 0 || dropLast(this.fd, bytes);
  }

  async refused(bytes: number, record: string | undefined): Promise<number> {
    // What a pipe has given away stays; its reader learns of it from the record that follows.
    if (!this.takeBack(bytes)) this.#hasRecords = true;
    if (record === undefined || this.#kind.format === "csv") return 0;
    return await this.append(Buffer.from(`${this.#kind.format === "ndjson" ? `${record}\n` : record}`));
  }

  /** A record as it stands alone. */
  async append(record: Uint8Array): Promise<number> {
    const lead = Buffer.from(this.#lead());
    await appendBytes(this.fd, lead, this.#kind.signal);
    await appendBytes(this.fd, record, this.#kind.signal);
    this.#hasRecords = true;
    return lead.length + record.length;
  }

  /** Records of another file, which begin as those that follow. */
  async appendFrom(source: number, memory: Uint8Array): Promise<number> {
    const { format, signal } = this.#kind;
    if (fstatSync(source).size === 0) return 0;
    const lead = Buffer.from(this.#lead());
    await appendBytes(this.fd, lead, signal);
    this.#hasRecords = true;
    return lead.length + (await appendFile(this.fd, source, BETWEEN[format].length, memory, signal));
  }

  /** @returns bytes of what ends it, or is there without a record */
  async end(): Promise<number> {
    const { format, header, signal } = this.#kind;
    const { some, none } = ENDS[format];
    const end = Buffer.from(this.#hasRecords ? some : none(header));
    await appendBytes(this.fd, end, signal);
    return end.length;
  }

  #lead(): string {
    const { format, header } = this.#kind;
    return this.#hasRecords ? BETWEEN[format] : HEADS[format](header);
  }
}

/** One output, written by the one parser there is as it reads. */
export class DirectOutput implements Outputs {
  readonly #file: RecordFile;

  constructor(fd: number, kind: Kind) {
    this.#file = new RecordFile(fd, kind, false);
  }

  batch(): BatchOutput {
    const file = this.#file;
    let total = 0;
    return {
      fd: () => file.fd,
      frame: (bytes) => file.frame(bytes),
      wrote: (_at, bytes) => {
        file.wrote(bytes);
        total += bytes;
      },
      takeBack: (_at, bytes) => file.takeBack(bytes),
      refused: async (_at, bytes, record) => {
        total += await file.refused(bytes, record);
      },
      settle: async () => total,
      [Symbol.dispose]: () => undefined,
    };
  }

  async finish(): Promise<number> {
    return await this.#file.end();
  }
}

/** One output of several parsers: what a batch writes is parked in a file until its turn comes. */
export class ParkedOutput implements Outputs {
  readonly #file: RecordFile;
  readonly #kind: Kind;
  readonly #core: OutputCore;
  readonly #directory: string;
  #count = 0;

  /** @param directory - for parked files, which have no name there */
  constructor(fd: number, kind: Kind, core: OutputCore, directory: string) {
    this.#file = new RecordFile(fd, kind, false);
    this.#kind = kind;
    this.#core = core;
    this.#directory = directory;
  }

  batch(): BatchOutput {
    const fd = this.#newFile();
    const file = new RecordFile(fd, this.#kind, true);
    const parked = this.#core.spill.count("records that wait for those before them");
    return {
      fd: () => fd,
      frame: (bytes) => file.frame(bytes),
      wrote: (_at, bytes) => parked.grow(bytes),
      takeBack: (_at, bytes) => file.takeBack(bytes),
      refused: async (_at, bytes, record) => parked.grow(await file.refused(bytes, record)),
      settle: async () => {
        using arena = new Arena(this.#core.budget, "io.append", COPY_BYTES);
        return await this.#file.appendFrom(fd, arena.allocate(COPY_BYTES, 64));
      },
      [Symbol.dispose]: () => {
        closeSync(fd);
        parked[Symbol.dispose]();
      },
    };
  }

  async finish(): Promise<number> {
    return await this.#file.end();
  }

  #newFile(): number {
    this.#count += 1;
    const path = join(this.#directory, `parked-${process.pid}-${this.#count}`);
    try {
      const fd = openSync(path, "ax+", 0o600);
      unlinkSync(path);
      return fd;
    } catch (error) {
      throw outputFailure(path, error);
    }
  }
}

/** A file for each message, in a folder. */
export class FolderOutputs implements Outputs {
  readonly #folder: OutputFolder;
  readonly #kind: Kind;

  constructor(folder: OutputFolder, kind: Kind) {
    this.#folder = folder;
    this.#kind = kind;
  }

  batch(names: readonly string[]): BatchOutput {
    const files = names.map((name) => ({ name, path: this.#folder.nextPath(), fd: -1 }));
    let total = 0;
    const close = (file: { fd: number }) => {
      if (file.fd >= 0) closeSync(file.fd);
      file.fd = -1;
    };
    const written = new Map<number, number>();
    return {
      fd: (at) => {
        const file = files[at];
        if (file === undefined) return -1;
        if (file.fd < 0) file.fd = openSync(file.path, "ax", 0o666);
        return file.fd;
      },
      frame: () => "whole",
      wrote: (at, bytes) => {
        written.set(at, bytes);
        total += bytes;
      },
      takeBack: (at, bytes) => bytes === 0 || dropLast(files[at]?.fd ?? -1, bytes),
      refused: async () => undefined,
      settle: async () => {
        for (const [at, file] of files.entries()) {
          const bytes = written.get(at);
          // Without a record nothing has written what is around them.
          if (bytes === 0) total += await new RecordFile(file.fd, this.#kind, false).end();
          close(file);
          if (bytes !== undefined) this.#folder.publish(file.path, file.name);
          else this.#folder.discard(file.path);
        }
        return total;
      },
      [Symbol.dispose]: () => {
        for (const file of files) close(file);
      },
    };
  }

  async finish(): Promise<number> {
    return 0;
  }
}
