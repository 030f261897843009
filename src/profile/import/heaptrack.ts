import { MalformedInputError, MIB, UnsupportedError } from "../../base/index.ts";
import type { Frame, Stacks } from "../capture/index.ts";
import { linesOf } from "./lines.ts";
import type { ToolProfile } from "./tool-profile.ts";

/** Of the lines, as the file says itself. Version 3 puts the length before each text. */
const OLDEST_VERSION = 2;
const NEWEST_VERSION = 3;
/** Texts, places, paths and points of time, each: a file with more is not of a program. */
const MOST_ENTRIES = 4_000_000;
/** heaptrack looks at 64 callers; functions that were inlined come on top. */
const DEEPEST_PATH = 256;
const MOST_INLINED = 64;
/** Of all paths together. */
const MOST_FRAMES_IN_ALL = 50_000_000;
const MOST_TEXT_LETTERS = 512 * MIB;

/** Where an instruction is: the function, and those it was inlined into, innermost first. */
type Place = { readonly frames: readonly Frame[] };

/** Allocations of one size by one path. */
class Kinds {
  readonly sizes: number[] = [];
  readonly paths: number[] = [];
  readonly calls: number[] = [];
  readonly live: number[] = [];
  readonly atPeak: number[] = [];
}

/**
 * Reads what heaptrack_interpret writes (heaptrack.<program>.<pid>.zst and .gz, unpacked): the same counts as heaptrack_print, without its
 * suppressions.
 *
 * Source: heaptrack 1.4, src/interpret and src/analyze/accumulatedtracedata.cpp, for what the letters mean.
 *
 * @param name - for messages
 * @throws MalformedInputError with the line, UnsupportedError for formats before heaptrack 1.2 or after 1.5
 */
export async function readHeaptrack(pieces: AsyncIterable<Uint8Array>, name: string): Promise<ToolProfile> {
  const reading = new Reading(name);
  for await (const line of linesOf(pieces, name)) reading.line(line);
  return reading.result();
}

class Reading {
  readonly #name: string;
  #lines = 0;
  #version = 0;
  #command = "";
  #atMs = 0;
  readonly #texts: string[] = [];
  #letters = 0;
  readonly #places: Place[] = [];
  /** Of each path its place and the path that called it; both count from 1, 0 is none. */
  readonly #pathPlaces: number[] = [];
  readonly #pathCallers: number[] = [];
  readonly #pathDepths: number[] = [];
  #framesInAll = 0;
  #framesOfPlaces = 0;
  readonly #kinds = new Kinds();
  #heapBytes = 0;
  #peakBytes = 0;
  /** Kinds that changed since `atPeak` was brought up to date. */
  readonly #changed = new Set<number>();
  #isAtPeak = false;
  readonly #timeline = { atMs: [] as number[], heapBytes: [] as number[] };

  constructor(name: string) {
    this.#name = name;
  }

  line(line: string): void {
    this.#lines += 1;
    const letter = line[0];
    if (this.#lines === 1) this.#checkVersion(line);
    else if (letter === "+") this.#allocate(this.#index(line.slice(2), this.#kinds.sizes.length));
    else if (letter === "-") this.#free(this.#index(line.slice(2), this.#kinds.sizes.length));
    else if (letter === "a") this.#addKind(line);
    else if (letter === "t") this.#addPath(line);
    else if (letter === "i") this.#addPlace(line);
    else if (letter === "s") this.#keep(this.#texts, this.#text(line));
    else if (letter === "c") this.#addMoment(this.#numbers(line, 1)[0] ?? 0);
    else if (letter === "X") this.#command = line.slice(2);
  }

  result(): ToolProfile {
    if (this.#lines === 0) throw this.#malformed("is empty");
    this.#savePeak();
    this.#addMoment(this.#atMs);
    const { calls, live, atPeak, sizes } = this.#kinds;
    const bytes = (counts: readonly number[]) => counts.map((count, kind) => count * (sizes[kind] ?? 0));
    const frames = new FrameTable();
    const stacks = [
      this.#stacks(frames, "peak", bytes(atPeak), atPeak),
      this.#stacks(frames, "allocated", bytes(calls), calls),
      this.#stacks(frames, "leaked", bytes(live), live),
    ];
    return { command: this.#command, timeline: this.#timeline, timeUnit: "ms", stacks, peakBytes: this.#peakBytes };
  }

  #checkVersion(line: string): void {
    const found = /^v ([0-9a-f]+)(?: ([0-9a-f]+))?/.exec(line);
    if (found === null) throw this.#malformed("is no heaptrack file");
    this.#version = Number.parseInt(found[2] ?? "1", 16);
    if (this.#version < OLDEST_VERSION || this.#version > NEWEST_VERSION) {
      throw new UnsupportedError(`${this.#name} is of version ${this.#version} of heaptrack's format, and mm reads 2 and 3`, {
        hint: "record it with heaptrack 1.2 to 1.5",
      });
    }
  }

  #text(line: string): string {
    const start = this.#version >= 3 ? line.indexOf(" ", 2) + 1 : 2;
    this.#letters += line.length - start;
    if (this.#letters > MOST_TEXT_LETTERS) throw this.#malformed("has more names than fit into memory");
    return line.slice(start);
  }

  #addPlace(line: string): void {
    const [address = 0, module = 0, ...rest] = this.#numbers(line, 2);
    const frames: Frame[] = [];
    // Of the instruction's own function, then of each that it is inlined into: its name, its file and the line.
    for (let at = 0; at + 2 < Math.min(rest.length, 3 * MOST_INLINED); at += 3) {
      const [called, file, lineNumber] = [this.#named(rest[at]), this.#named(rest[at + 1]), rest[at + 2] ?? 0];
      frames.push({
        name: called ?? hexOf(address),
        ...(file === undefined ? {} : { file }),
        ...(lineNumber > 0 ? { line: lineNumber } : {}),
      });
    }
    if (frames.length === 0) {
      const [called, file] = [this.#named(rest[0]), this.#named(module)];
      frames.push({ name: called ?? hexOf(address), ...(file === undefined ? {} : { file }) });
    }
    this.#framesOfPlaces += frames.length;
    if (this.#framesOfPlaces > 2 * MOST_ENTRIES) throw this.#malformed("has more functions than fit into memory");
    this.#keep(this.#places, { frames });
  }

  #addPath(line: string): void {
    const [place = 0, caller = 0] = this.#numbers(line, 2);
    if (place === 0 || place > this.#places.length || caller > this.#pathPlaces.length)
      throw this.#malformed("names what it has not described");
    const depth = (this.#pathDepths[caller - 1] ?? 0) + 1;
    if (depth > DEEPEST_PATH) throw this.#malformed(`has a path of more than ${DEEPEST_PATH} callers`);
    this.#keep(this.#pathPlaces, place);
    this.#pathCallers.push(caller);
    this.#pathDepths.push(depth);
  }

  #addKind(line: string): void {
    const [size = 0, path = 0] = this.#numbers(line, 2);
    if (path > this.#pathPlaces.length || !Number.isSafeInteger(size)) throw this.#malformed("names what it has not described");
    this.#keep(this.#kinds.sizes, size);
    this.#kinds.paths.push(path);
    for (const counts of [this.#kinds.calls, this.#kinds.live, this.#kinds.atPeak]) counts.push(0);
  }

  #allocate(kind: number): void {
    const { calls, live, sizes } = this.#kinds;
    calls[kind] = (calls[kind] ?? 0) + 1;
    live[kind] = (live[kind] ?? 0) + 1;
    this.#heapBytes += sizes[kind] ?? 0;
    this.#changed.add(kind);
    this.#isAtPeak ||= this.#heapBytes > this.#peakBytes;
    if (this.#isAtPeak) this.#peakBytes = this.#heapBytes;
  }

  #free(kind: number): void {
    const { live, sizes } = this.#kinds;
    if (live[kind] === 0) throw this.#malformed("frees what was not allocated");
    this.#savePeak();
    live[kind] = (live[kind] ?? 0) - 1;
    this.#heapBytes -= sizes[kind] ?? 0;
    this.#changed.add(kind);
  }

  /** Only what changed is copied, and only when a peak is left: it may be climbed one allocation at a time. */
  #savePeak(): void {
    if (!this.#isAtPeak) return;
    for (const kind of this.#changed) this.#kinds.atPeak[kind] = this.#kinds.live[kind] ?? 0;
    this.#changed.clear();
    this.#isAtPeak = false;
  }

  #addMoment(atMs: number): void {
    this.#atMs = Math.max(this.#atMs, atMs);
    this.#keep(this.#timeline.atMs, this.#atMs);
    this.#timeline.heapBytes.push(this.#heapBytes);
  }

  #stacks(frames: FrameTable, weightOf: Stacks["weightOf"], bytes: readonly number[], counts: readonly number[]): Stacks {
    const byPath = new Map<number, { weight: number; count: number }>();
    for (const [kind, path] of this.#kinds.paths.entries()) {
      const sum = byPath.get(path) ?? { weight: 0, count: 0 };
      byPath.set(path, { weight: sum.weight + (bytes[kind] ?? 0), count: sum.count + (counts[kind] ?? 0) });
    }
    const samples = [...byPath]
      .filter(([, { weight }]) => weight > 0)
      .map(([path, sum]) => ({ stack: this.#stackOf(frames, path), ...sum }));
    return { kind: "native", weightOf, frames: frames.list, samples };
  }

  #stackOf(frames: FrameTable, path: number): number[] {
    const stack: number[] = [];
    for (let at = path; at > 0; at = this.#pathCallers[at - 1] ?? 0) {
      const place = this.#places[(this.#pathPlaces[at - 1] ?? 0) - 1];
      for (const frame of place?.frames ?? []) stack.push(frames.indexOf(frame));
    }
    this.#framesInAll += stack.length;
    if (this.#framesInAll > MOST_FRAMES_IN_ALL) throw this.#malformed("has more paths than fit into memory");
    return stack.reverse();
  }

  #named(index: number | undefined): string | undefined {
    if (index === undefined || index === 0) return undefined;
    const text = this.#texts[index - 1];
    if (text === undefined) throw this.#malformed("names what it has not described");
    return text;
  }

  #keep<Item>(list: Item[], item: Item): void {
    if (list.length >= MOST_ENTRIES) throw this.#malformed(`has more than ${MOST_ENTRIES} entries of a kind`);
    list.push(item);
  }

  #index(text: string, count: number): number {
    const index = Number.parseInt(text, 16);
    if (!(index >= 0 && index < count)) throw this.#malformed("names what it has not described");
    return index;
  }

  /** What follows the letter, in base 16; at least so many. */
  #numbers(line: string, fewest: number): number[] {
    const numbers = line
      .slice(2)
      .trim()
      .split(" ")
      .map((word) => Number.parseInt(word, 16));
    if (numbers.length < fewest || numbers.some((number) => !(number >= 0 && number <= 2 ** 64))) throw this.#malformed("is damaged");
    return numbers;
  }

  #malformed(what: string): MalformedInputError {
    return new MalformedInputError(`${this.#name} ${what} (line ${this.#lines})`, {
      details: { line: this.#lines },
      hint: "heaptrack_print <file>",
    });
  }
}

/** Each frame once, in the order in which they are asked for. */
class FrameTable {
  readonly list: Frame[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(frame: Frame): number {
    const key = `${frame.name}\n${frame.file}\n${frame.line}`;
    const index = this.#indexes.get(key) ?? this.list.push(frame) - 1;
    this.#indexes.set(key, index);
    return index;
  }
}

function hexOf(address: number): string {
  return `0x${address.toString(16)}`;
}
