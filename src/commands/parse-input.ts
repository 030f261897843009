/** Inputs as the native parser reads them: descriptors of plain bytes, a batch at a time. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UsageError } from "../base/index.ts";
import { type Refusal, refusedInput } from "../ddex/index.ts";
import { type InputFile, plainInput } from "../io/index.ts";
import { fileError } from "../memory/index.ts";
import type { JobCore } from "./job-core.ts";
import type { ParseSettings } from "./parse-settings.ts";

const STANDARD_INPUT_FD = 0;

export type Batch = {
  readonly index: number;
  readonly files: readonly InputFile[];
};

/** Whether its size is that of the message, as far as its name says. */
export function isPlain({ path, byteLength }: InputFile): boolean {
  return byteLength > 0 && !/\.(gz|zst)$/i.test(path);
}

/** A lane has so much to read at most before another may take what follows, unless one message is larger. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** @param mostFiles - that are open at once */
export function* batchesOf(files: readonly InputFile[], mostFiles: number): Generator<Batch> {
  let index = 0;
  let batch: InputFile[] = [];
  let bytes = 0;
  for (const file of files) {
    if (batch.length > 0 && (batch.length === mostFiles || bytes + file.byteLength > BATCH_BYTES)) {
      yield { index, files: batch };
      index += 1;
      batch = [];
      bytes = 0;
    }
    batch.push(file);
    bytes += file.byteLength;
  }
  if (batch.length > 0) yield { index, files: batch };
}

export type OpenMessage = {
  /** As the records name it. */
  readonly name: string;
  readonly file: InputFile;
  readonly fd: number;
  /** Where it can be read again, plain; undefined: a pipe. */
  readonly source: string | undefined;
} & AsyncDisposable;

export class MessageOpener {
  readonly #settings: ParseSettings;
  readonly #job: JobCore;

  constructor(settings: ParseSettings, job: JobCore) {
    this.#settings = settings;
    this.#job = job;
  }

  /** What can be read as it is comes at once, so that many small files do not wait for each other. @throws what stops the whole job */
  open(file: InputFile): OpenMessage | Refusal | Promise<OpenMessage | Refusal> {
    const isRecords = this.#settings.mode === "records";
    if (file.path === "-") return isRecords ? standardInput(file) : this.#unpacked(file);
    try {
      // Who writes to a pipe is not waited for where a pipe is refused.
      const fd = opened(file.path, isRecords ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
      const isRegular = fstatSync(fd).isFile();
      if (isRegular ? startsAsXml(fd) : isRecords) return messageOf(file, file.path, fd, isRegular ? file.path : undefined);
      closeSync(fd);
      if (isRegular) return this.#unpacked(file);
    } catch (error) {
      return refusedInput(file.path, error);
    }
    throw new UsageError(`${file.path} is not a regular file`, {
      hint: "- in place of it, or --mode records, which reads a pipe as it comes",
    });
  }

  async #unpacked(file: InputFile): Promise<OpenMessage | Refusal> {
    const { core, meter, signal } = this.#job;
    const name = file.path === "-" ? file.name : file.path;
    try {
      const onBytes = (bytes: number) => meter.progressed("spool", bytes, 0);
      const plain = await plainInput({ input: file.path, budget: core.budget, spill: core.spill, signal, onBytes });
      const message = messageOf(file, name, opened(plain.path, constants.O_RDONLY), plain.path);
      return { ...message, [Symbol.asyncDispose]: () => closed(message, plain) };
    } catch (error) {
      signal.throwIfAborted();
      return refusedInput(name, error);
    }
  }
}

async function closed(...resources: readonly AsyncDisposable[]): Promise<void> {
  for (const resource of resources) await resource[Symbol.asyncDispose]();
}

function messageOf(file: InputFile, name: string, fd: number, source: string | undefined): OpenMessage {
  return { name, file, fd, source, [Symbol.asyncDispose]: async () => closeSync(fd) };
}

function standardInput(file: InputFile): OpenMessage {
  return { name: file.name, file, fd: STANDARD_INPUT_FD, source: undefined, [Symbol.asyncDispose]: async () => undefined };
}

function opened(path: string, flags: number): number {
  try {
    return openSync(path, flags);
  } catch (cause) {
    throw fileError(cause, "read", path);
  }
}

const LESS_THAN = 0x3c;
const first = new Uint8Array(1);

/** What does not is looked at more closely: it may be packed. */
function startsAsXml(fd: number): boolean {
  return readSync(fd, first, 0, 1, 0) === 1 && first[0] === LESS_THAN;
}
