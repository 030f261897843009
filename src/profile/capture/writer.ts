/** Writes a capture as it comes: after every batch the file is whole up to there, whoever is killed next. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { IoError, MIB, OutputError } from "../../base/index.ts";
import { type Chunk, KINDS, MAGIC, packChunk } from "./chunk.ts";
import { decodeRows, encodeRows } from "./columns.ts";
import { CaptureFile, eventsOf } from "./reader.ts";
import type { CaptureBatch, CaptureEnd, CaptureEvent, CaptureHeader, TableName } from "./records.ts";
import { columnCount, joinRows, rowsOf, TABLE_NAMES } from "./tables.ts";
import { thinEvents, thinRows } from "./thin.ts";
import { trimStacks } from "./trim-stacks.ts";

/** What a capture grows to at most: a report is made of all of it, in memory. */
const LIMITS = { mostBytes: 32 * MIB, mostRows: 400_000, mostEventBytes: 256 * MIB };
/** As text, and of stacks: a chunk with more could not be read again. */
const MOST_CHUNK_LETTERS = 16 * MIB;
const MOST_STACKS_LETTERS = 8 * MIB;
/** So many rows or events are thinned together. */
const GROUP = 8192;
/** Thinned further than this, nothing would be left to see. */
const LONGEST_STRIDE_MS = 3_600_000;

/** Bytes of the file, and of its events unpacked: what repeats itself packs well. */
type Limits = typeof LIMITS;

export class CaptureWriter implements Disposable {
  readonly path: string;
  readonly #limits: Limits;
  #file: OpenFile;
  readonly #intervalMs: number;
  /** Rows of a process that are nearer to each other than this are one; 0 = none are. */
  #strideMs = 0;

  /** @throws OutputError when the file cannot be made, or is there */
  constructor(path: string, header: CaptureHeader, limits: Partial<Limits> = {}) {
    this.path = path;
    this.#limits = { ...LIMITS, ...limits };
    this.#intervalMs = header.intervalMs;
    this.#file = new OpenFile(path);
    this.#file.json(KINDS.header, header);
  }

  /** @throws IoError when the disk is full or fails */
  add({ rows, events }: CaptureBatch): void {
    for (const name of TABLE_NAMES) this.#file.rows(name, thinRows(name, rows[name] ?? new Float64Array(), this.#strideMs));
    // Over its bounds at the longest stride: a program that floods its profiler.
    if (!this.#isOver()) this.#file.events(events);
    while (this.#isOver() && this.#strideMs < LONGEST_STRIDE_MS) this.#compact();
  }

  /** The run is over. @throws IoError */
  end(end: CaptureEnd): void {
    this.#file.json(KINDS.end, end);
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #isOver(): boolean {
    const { bytes, rowCount, eventBytes } = this.#file;
    return bytes > this.#limits.mostBytes || rowCount > this.#limits.mostRows || eventBytes > this.#limits.mostEventBytes;
  }

  /** The same capture with half the rows, in place of the old file by rename. */
  #compact(): void {
    this.#strideMs = 2 * Math.max(this.#strideMs, this.#intervalMs);
    const temporary = `${this.path}.thinned`;
    rmSync(temporary, { force: true });
    const target = new OpenFile(temporary);
    try {
      const waiting = new Groups(target, this.#strideMs);
      using source = new CaptureFile(this.path);
      for (const chunk of source.chunks()) {
        if (chunk.kind === KINDS.rows || chunk.kind === KINDS.events) waiting.add(chunk);
        else target.write(packChunk(chunk));
      }
      waiting.flush();
      renameSync(temporary, this.path);
    } catch (error) {
      target.close();
      rmSync(temporary, { force: true });
      throw error;
    }
    this.#file.close();
    this.#file = target;
  }
}

/** Chunks of a second each, thinned many at a time. */
class Groups {
  readonly #target: OpenFile;
  readonly #strideMs: number;
  readonly #rows = new Map<TableName, Float64Array[]>();
  #events: CaptureEvent[] = [];

  constructor(target: OpenFile, strideMs: number) {
    this.#target = target;
    this.#strideMs = strideMs;
  }

  add(chunk: Chunk): void {
    if (chunk.kind === KINDS.events) {
      for (const event of eventsOf(chunk)) this.#events.push(event);
      if (this.#events.length >= GROUP) this.#flushEvents();
      return;
    }
    const name = TABLE_NAMES[chunk.table];
    const table = name === undefined ? undefined : decodeRows(name, chunk.rowCount, chunk.payload);
    if (name === undefined || table === undefined) return;
    const group = [...(this.#rows.get(name) ?? []), rowsOf(name, table)];
    this.#rows.set(name, group);
    if (group.reduce((sum, part) => sum + part.length, 0) >= GROUP * columnCount(name)) this.#flushRows(name);
  }

  flush(): void {
    for (const name of TABLE_NAMES) this.#flushRows(name);
    this.#flushEvents();
  }

  #flushRows(name: TableName): void {
    this.#target.rows(name, thinRows(name, joinRows(this.#rows.get(name) ?? []), this.#strideMs));
    this.#rows.delete(name);
  }

  #flushEvents(): void {
    this.#target.events(thinEvents(this.#events, this.#strideMs));
    this.#events = [];
  }
}

class OpenFile {
  readonly #path: string;
  readonly #fd: number;
  bytes = 0;
  rowCount = 0;
  eventBytes = 0;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#fd = openSync(path, "wx");
    } catch (error) {
      throw new OutputError(`cannot write ${path}: ${wordsOf(error)}`, { cause: error, hint: "-o <file>", details: { path } });
    }
    this.write(MAGIC);
  }

  rows(name: TableName, rows: Float64Array): void {
    if (rows.length === 0) return;
    const rowCount = rows.length / columnCount(name);
    this.rowCount += rowCount;
    this.write(packChunk({ kind: KINDS.rows, table: TABLE_NAMES.indexOf(name), rowCount, payload: encodeRows(name, rows) }));
  }

  /** In chunks that can be read again, whatever a program has to say. */
  events(events: readonly CaptureEvent[]): void {
    let waiting: string[] = [];
    let letters = 0;
    const flush = () => {
      if (waiting.length > 0) this.#payload(KINDS.events, `[${waiting.join(",")}]`);
      waiting = [];
      letters = 0;
    };
    for (const event of events) {
      const text = JSON.stringify(event.type === "stacks" ? { ...event, stacks: trimStacks(event.stacks, MOST_STACKS_LETTERS) } : event);
      if (text.length > MOST_CHUNK_LETTERS) continue;
      if (letters + text.length > MOST_CHUNK_LETTERS) flush();
      waiting.push(text);
      letters += text.length;
      this.eventBytes += text.length;
    }
    flush();
  }

  json(kind: number, value: object): void {
    this.#payload(kind, JSON.stringify(value));
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      throw new IoError(`cannot write ${this.#path}: ${wordsOf(error)}`, { cause: error, details: { path: this.#path } });
    }
    this.bytes += bytes.length;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #payload(kind: number, text: string): void {
    this.write(packChunk({ kind, table: 0, rowCount: 0, payload: new TextEncoder().encode(text) }));
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
