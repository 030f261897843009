/** Reads a capture, whole or cut off: whatever its writer had finished is there. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { errnoOf, InputMissingError, isRecord, MalformedInputError, MIB, PermissionError } from "../../base/index.ts";
import { type Chunk, HEAD_BYTES, KINDS, MAGIC, packedBytesOf, unpackChunk } from "./chunk.ts";
import { decodeRows } from "./columns.ts";
import { isCaptureEnd, isCaptureEvent, isCaptureHeader } from "./event-shape.ts";
import type { Capture, CaptureEnd, CaptureEvent, CaptureHeader, Table, TableName, Tables } from "./records.ts";
import { renumber } from "./renumber.ts";
import { joinTables, TABLE_NAMES } from "./tables.ts";

/** More rows than any writer leaves in a file: a forged one must not fill memory. */
const MOST_ROWS = 4_000_000;
const MOST_EVENTS = 2_000_000;
/** Unpacked, of all events together; a writer leaves a quarter of it (limits of writer.ts). */
const MOST_EVENT_BYTES = 1024 * MIB;

/** @throws InputMissingError, PermissionError; MalformedInputError for what is no capture */
export function readCapture(path: string): Capture {
  using file = new CaptureFile(path);
  const parts: { [Name in TableName]: Table<Name>[] } = { tree: [], resident: [], measured: [], isolate: [], job: [] };
  const events: CaptureEvent[] = [];
  let header: CaptureHeader | undefined;
  let end: CaptureEnd | undefined;
  let rowCount = 0;
  let eventBytes = 0;
  for (const chunk of file.chunks()) {
    if (chunk.kind === KINDS.header) header = headerOf(chunk, path);
    else if (header === undefined) break;
    else if (chunk.kind === KINDS.rows) {
      rowCount += chunk.rowCount;
      if (rowCount > MOST_ROWS) throw notACapture(path, `more than ${MOST_ROWS} rows`);
      const name = TABLE_NAMES[chunk.table];
      if (name !== undefined) addPart(parts, name, chunk);
    } else if (chunk.kind === KINDS.events) {
      eventBytes += chunk.payload.length;
      if (eventBytes > MOST_EVENT_BYTES) throw notACapture(path, "its events fill more than a GiB");
      for (const event of eventsOf(chunk)) events.push(event);
      if (events.length > MOST_EVENTS) throw notACapture(path, `more than ${MOST_EVENTS} events`);
    } else if (chunk.kind === KINDS.end) {
      const said = jsonOf(chunk);
      if (isCaptureEnd(said)) end = said;
    }
  }
  if (header === undefined) throw notACapture(path, "it has no header");
  const joined = Object.fromEntries(TABLE_NAMES.map((name) => [name, joinTables(name, parts[name] as Table<typeof name>[])]));
  const tables = joined as unknown as Tables;
  return { header, tables, events: renumber(events, tables), end, damagedBytes: file.unreadBytes };
}

/** The chunks of a file, one at a time. */
export class CaptureFile implements Disposable {
  readonly #fd: number;
  readonly #path: string;
  readonly #bytes: number;
  #at = 0;

  /** @throws InputMissingError, PermissionError, MalformedInputError */
  constructor(path: string) {
    this.#path = path;
    this.#fd = open(path);
    const stats = fstatSync(this.#fd);
    this.#bytes = stats.size;
    if (stats.isFile()) return;
    closeSync(this.#fd);
    throw new InputMissingError(`${path} is no file`, { hint: "a capture that mm profile has written" });
  }

  /** What is behind the last chunk that could be read, once all are. */
  get unreadBytes(): number {
    return this.#bytes - this.#at;
  }

  /** Ends at the first that is damaged. */
  *chunks(): Generator<Chunk> {
    const magic = this.#read(0, MAGIC.length);
    if (Buffer.compare(magic, MAGIC) !== 0) throw notACapture(this.#path, "it does not begin as one");
    this.#at = MAGIC.length;
    for (;;) {
      const packedBytes = packedBytesOf(this.#read(this.#at, HEAD_BYTES));
      if (packedBytes === undefined || packedBytes > this.unreadBytes - HEAD_BYTES) return;
      const chunk = unpackChunk(this.#read(this.#at, HEAD_BYTES + packedBytes));
      if (chunk === undefined) return;
      this.#at += HEAD_BYTES + packedBytes;
      yield chunk;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }

  /** Shorter where the file ends. */
  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(Math.min(length, Math.max(0, this.#bytes - offset)));
    let filled = 0;
    while (filled < bytes.length) {
      const got = readSync(this.#fd, bytes, filled, bytes.length - filled, offset + filled);
      if (got === 0) break;
      filled += got;
    }
    return bytes.subarray(0, filled);
  }
}

/** Those of a chunk that are events; what a newer mm writes beside them is left out. */
export function eventsOf(chunk: Chunk): CaptureEvent[] {
  const list = jsonOf(chunk);
  return Array.isArray(list) ? list.filter(isCaptureEvent) : [];
}

function addPart<Name extends TableName>(parts: { [Each in TableName]: Table<Each>[] }, name: Name, chunk: Chunk): void {
  const table = decodeRows(name, chunk.rowCount, chunk.payload);
  if (table !== undefined) (parts[name] as Table<Name>[]).push(table);
}

function headerOf(chunk: Chunk, path: string): CaptureHeader {
  const header = jsonOf(chunk);
  if (isCaptureHeader(header)) return header;
  const schema = isRecord(header) ? header.schema : undefined;
  throw notACapture(path, typeof schema === "string" ? `its schema is ${schema}, this mm reads mm.capture/1` : "its header is damaged");
}

function jsonOf(chunk: Chunk): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(chunk.payload));
  } catch {
    return undefined;
  }
}

function notACapture(path: string, reason: string): MalformedInputError {
  return new MalformedInputError(`${path} is no capture of mm profile`, {
    details: { reason },
    hint: "mm profile -- <command> makes one",
  });
}

function open(path: string): number {
  try {
    // Of a pipe that nobody writes to, opening would not come back.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EACCES" || errno === "EPERM") throw new PermissionError(`cannot read ${path}: permission denied`, { cause: error });
    throw new InputMissingError(`cannot read ${path}: ${errno === "ENOENT" ? "no such file" : errno}`, { cause: error });
  }
}
