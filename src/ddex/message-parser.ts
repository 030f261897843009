/** The native parser of messages, with its tables and its memory. */
import { closeSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { MIB } from "../base/index.ts";
import { binding, type MessageParserOptions, type NativeMessageParser, type ParseRequest } from "../binding/index.ts";
import { fileError, type MemorySegment } from "../memory/index.ts";
import { parserTables } from "./parser-tables.ts";

export type ParserSizes = Pick<ParseRequest, "mode" | "chunkBytes" | "bufferBytes" | "maxDepth"> & {
  /** Of the largest message; undefined: not known. */
  readonly largestBytes: number | undefined;
  /** What is kept of composites that others refer to, at most. */
  readonly cacheBytes: number;
};

/** A plan asks several times, and each time all tables are handed over: 5 ms. */
const knownFewest = new Map<string, number>();

/** With which messages of usual size are read. */
export function fewestParserBytes({ mode, chunkBytes, bufferBytes, maxDepth }: ParserSizes): number {
  const key = [mode, chunkBytes, bufferBytes, maxDepth].join();
  const fewestBytes = knownFewest.get(key) ?? askFewestBytes({ mode, chunkBytes, bufferBytes, maxDepth });
  knownFewest.set(key, fewestBytes);
  return fewestBytes;
}

function askFewestBytes({ mode, chunkBytes, bufferBytes, maxDepth }: Omit<ParserSizes, "largestBytes" | "cacheBytes">): number {
  const request: ParseRequest = {
    ...{ mode, chunkBytes, bufferBytes, maxDepth, inputs: [], format: "ndjson", table: "releases" },
    ...{ flushThreshold: 1, maxElements: 1, diskLimitBytes: 0, frame: "whole" },
  };
  return binding.fewestParserBytes({ ...parserTables(mode, []), files: [0, 0] }, request);
}

/** An index entry for so many bytes of a message, and twice as much room as the entries take. */
const BYTES_PER_COMPOSITE = 2048;
const INDEX_BYTES_PER_COMPOSITE = 64;
const UNKNOWN_MESSAGE_BYTES = 256 * MIB;
/** Others refer to a composite soon or not again: 6 to 50 MiB take as much time on a catalogue of 100 MB, 100 MiB take a quarter more. */
const MOST_CACHE_BYTES = 16 * MIB;

/** With which the index of the largest message stays in memory, and composites that others refer to are kept. */
export function wantedParserBytes(sizes: ParserSizes): number {
  const fewestBytes = fewestParserBytes(sizes);
  if (sizes.mode === "records") return fewestBytes + 4 * MIB;
  const messageBytes = sizes.largestBytes ?? UNKNOWN_MESSAGE_BYTES;
  const indexBytes = Math.ceil(messageBytes / BYTES_PER_COMPOSITE) * INDEX_BYTES_PER_COMPOSITE;
  // More than the message itself is never kept of it.
  return fewestBytes + indexBytes + Math.min(sizes.cacheBytes, messageBytes, MOST_CACHE_BYTES);
}

export type OpenParserOptions = {
  readonly mode: ParseRequest["mode"];
  /** None: all of them. */
  readonly fields: readonly string[];
  /** Where an index goes that does not fit into the memory. */
  readonly directory: string;
};

/** The segment is the parser's from then on. @throws MmError where its temporary files cannot be made */
export function openMessageParser(segment: MemorySegment, options: OpenParserOptions): NativeMessageParser & Disposable {
  const files: number[] = [];
  const close = () => {
    for (const fd of files.splice(0)) closeSync(fd);
    segment[Symbol.dispose]();
  };
  try {
    files.push(nameless(options.directory), nameless(options.directory));
    const tables: MessageParserOptions = { ...parserTables(options.mode, options.fields), files };
    const parser = binding.messageParser(segment.native, tables);
    return {
      parse: (request) => parser.parse(request),
      progress: () => parser.progress(),
      cancel: () => parser.cancel(),
      close: () => parser.close(),
      [Symbol.dispose]: () => {
        parser.close();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

let opened = 0;

/** A new file that goes away when it is closed, whoever ends the job. */
function nameless(directory: string): number {
  const path = join(directory, `index-${process.pid}-${opened++}`);
  try {
    const fd = openSync(path, "wx+", 0o600);
    unlinkSync(path);
    return fd;
  } catch (cause) {
    throw fileError(cause, "write", path);
  }
}
