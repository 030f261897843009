/** Reads what the isolates of the profiled Node processes append to their files, as it comes. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readFileSync, readSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../base/index.ts";
import type { CaptureBatch, CaptureEvent } from "../capture/index.ts";
import { readNodeLine } from "./lines.ts";
import { readStacks } from "./stacks-file.ts";

/** Isolates that are looked at together; further ones wait until some have ended. */
const MOST_FILES = 10_000;
/** Of one file, and of all together, in one go; what is left comes with the next. */
const PIECE_BYTES = 1024 * 1024;
const MOST_DRAINED_BYTES = 16 * 1024 * 1024;
const LONGEST_LINE_BYTES = 4096;
const LEAST_PIECE_BYTES = 2 * LONGEST_LINE_BYTES;
const MOST_STACKS_BYTES = 32 * 1024 * 1024;
/** Of the time that has passed: a capture has a hundred call paths of an isolate after hours, not thousands, and those of its end. */
const STACKS_SHARE = 0.1;
const NEWLINE = 0x0a;

type Isolate = {
  readonly pid: number;
  readonly thread: number;
  readonly path: string;
  /** Whole lines before it are read. */
  readBytes: number;
  isDamaged: boolean;
  stacksSeen: string;
  /** Of process.hrtime. Until then what is replaced is passed over, unless the process has ended. */
  stacksDueMs: number;
};

export class NodeTail {
  readonly #folder: string;
  readonly #originMs: number;
  readonly #isolates = new Map<string, Isolate>();
  readonly #buffer = Buffer.allocUnsafe(PIECE_BYTES);

  /** @param originMs - of process.hrtime, where the capture's time is 0 */
  constructor(folder: string, originMs: number) {
    this.#folder = folder;
    this.#originMs = originMs;
  }

  /**
   * What came since the last call, in order of time. What processes wrote that nobody knows yet stays in their files until they are known.
   *
   * @param indexOf - which process of the capture a pid stands for
   * @param isLast - of what is replaced now and then, too, nothing is passed over
   */
  drain(indexOf: (pid: number) => number | undefined, isLast = false): CaptureBatch {
    const nowMs = Number(process.hrtime.bigint()) / 1e6;
    const names = new Set(namesIn(this.#folder));
    this.#find(names);
    const rows: number[][] = [];
    const events: CaptureEvent[] = [];
    const pieceBytes = Math.max(LEAST_PIECE_BYTES, Math.min(PIECE_BYTES, MOST_DRAINED_BYTES / this.#isolates.size));
    for (const [name, isolate] of this.#isolates) {
      const index = indexOf(isolate.pid);
      if (index === undefined) continue;
      const hasEnded = !isAlive(isolate.pid);
      for (const line of this.#lines(isolate, pieceBytes)) {
        const read = readNodeLine(line);
        if (read === undefined) continue;
        const atMs = Math.max(0, read.atMs - this.#originMs);
        if (read.type === "row") rows.push([atMs, index, isolate.thread, ...read.figures]);
        else if (read.type === "gc") events.push({ ...read, atMs, process: index, thread: isolate.thread });
        else events.push({ ...read, atMs, process: index });
      }
      const isDue = hasEnded || (names.has(`${name}.stacks`) && (isLast || nowMs >= isolate.stacksDueMs));
      const stacks = isDue ? this.#stacks(isolate, index) : undefined;
      if (stacks !== undefined) {
        events.push(stacks);
        isolate.stacksDueMs = nowMs + STACKS_SHARE * (nowMs - this.#originMs);
      }
      if (hasEnded) this.#forget(name, isolate);
    }
    rows.sort(([a = 0], [b = 0]) => a - b);
    events.sort((a, b) => a.atMs - b.atMs);
    return { rows: { isolate: Float64Array.from(rows.flat()) }, events };
  }

  #find(names: Iterable<string>): void {
    for (const name of names) {
      const found = /^node-(\d{1,10})-(\d{1,10})$/.exec(name);
      if (found === null || this.#isolates.has(name) || this.#isolates.size >= MOST_FILES) continue;
      const [pid, thread] = [Number(found[1]), Number(found[2])];
      this.#isolates.set(name, {
        pid,
        thread,
        path: join(this.#folder, name),
        readBytes: 0,
        isDamaged: false,
        stacksSeen: "",
        stacksDueMs: 0,
      });
    }
  }

  /** Scripts may start thousands of short processes: what they left is read, and goes. */
  #forget(name: string, { path, readBytes, isDamaged }: Isolate): void {
    if (!isDamaged && sizeOf(path) > readBytes + LONGEST_LINE_BYTES) return;
    this.#isolates.delete(name);
    for (const each of [path, `${path}.stacks`]) remove(each);
  }

  /** Whole lines only: the end of the last one may be on its way, or its writer dead. */
  #lines(isolate: Isolate, pieceBytes: number): string[] {
    if (isolate.isDamaged) return [];
    const piece = readPiece(isolate, this.#buffer.subarray(0, pieceBytes));
    const end = piece.lastIndexOf(NEWLINE) + 1;
    isolate.isDamaged = end === 0 && piece.length > LONGEST_LINE_BYTES;
    isolate.readBytes += end;
    return piece.toString("utf8", 0, end).split("\n");
  }

  #stacks(isolate: Isolate, index: number): CaptureEvent | undefined {
    const path = `${isolate.path}.stacks`;
    try {
      const { ino, mtimeMs, size } = lstatSync(path);
      const seen = `${ino} ${mtimeMs} ${size}`;
      if (seen === isolate.stacksSeen) return undefined;
      isolate.stacksSeen = seen;
      const read = size > MOST_STACKS_BYTES ? undefined : readStacks(readWhole(path));
      if (read === undefined) return undefined;
      return { type: "stacks", process: index, thread: isolate.thread, atMs: Math.max(0, read.atMs - this.#originMs), stacks: read.stacks };
    } catch {
      return undefined;
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It goes with its folder.
  }
}

function sizeOf(path: string): number {
  return lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Neither links nor pipes are followed: the folder is that of the user who may be profiling a program of somebody else. */
const READ_PLAIN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function readPiece({ path, readBytes }: Isolate, buffer: Buffer): Buffer {
  try {
    if (sizeOf(path) === readBytes) return buffer.subarray(0, 0);
    const fd = openSync(path, READ_PLAIN);
    try {
      if (!fstatSync(fd).isFile()) return buffer.subarray(0, 0);
      return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, readBytes));
    } finally {
      closeSync(fd);
    }
  } catch {
    return buffer.subarray(0, 0);
  }
}

function readWhole(path: string): string {
  const fd = openSync(path, READ_PLAIN);
  try {
    return fstatSync(fd).isFile() ? readFileSync(fd, "utf8") : "";
  } finally {
    closeSync(fd);
  }
}
