import { closeSync } from "node:fs";
import { parseObject } from "../../base/index.ts";
import type { NativeSegment } from "../../binding/index.ts";
import { binding } from "../../binding/index.ts";
import { type ProcessIdentity, processIdentity, processPresence } from "../process-identity.ts";
import type { MemoryTag } from "../tags.ts";
import {
  COUNTERS_BYTES,
  COUNTERS_MAGIC,
  COUNTERS_SCHEMA,
  FIGURES,
  type JobCounters,
  LAYOUT,
  LEVELS,
  MOST_OWNERS,
  type OwnerCounters,
} from "./job-counters.ts";
import { listJobs } from "./job-names.ts";

/** A job answers within microseconds, unless it is stopped. */
const HANDOVER_TIMEOUT_MS = 500;
/** A write takes microseconds and comes every 100 ms: a copy that is torn so often is of a writer that died within one, or of a liar. */
const MOST_TRIES = 100;
const OWN_SEALS = ["shrink", "grow", "future-write"];

/** The counters of one running job, mapped once and read as often as one likes. What stands in the page is checked: anybody could have written it. */
export class JobCountersReader implements Disposable {
  /** Of mm, as the job said. */
  readonly version: string;
  readonly #segment: NativeSegment;
  readonly #offset: number;
  readonly #owner: ProcessIdentity;
  readonly #words: Int32Array;
  readonly #page: Uint8Array;
  readonly #copy = new Uint8Array(COUNTERS_BYTES);
  readonly #view = new DataView(this.#copy.buffer);

  private constructor(segment: NativeSegment, offset: number, pid: number, version: string) {
    const buffer = segment.buffer();
    this.#segment = segment;
    this.#offset = offset;
    this.#page = new Uint8Array(buffer, offset, COUNTERS_BYTES);
    this.#words = new Int32Array(buffer, offset, COUNTERS_BYTES / 4);
    this.version = version;
    const first = this.#consistent(pid);
    this.#owner = { ...processIdentity(), pid, startTicks: first?.startTicks ?? -1 };
  }

  /** @returns undefined where no mm job of this user has that pid, or it does not say what it should */
  static open(pid: number): JobCountersReader | undefined {
    const job = listJobs().find((each) => each.pid === pid);
    if (job === undefined) return undefined;
    const opened = receive(job.name, pid);
    if (opened === undefined) return undefined;
    const reader = new JobCountersReader(opened.segment, opened.offset, pid, opened.version);
    if (reader.read() !== undefined) return reader;
    reader[Symbol.dispose]();
    return undefined;
  }

  /** @returns undefined once the job is gone, and for a page that makes no sense */
  read(): JobCounters | undefined {
    if (this.#segment.closed || processPresence(this.#owner) !== "running") return undefined;
    return this.#consistent(this.#owner.pid);
  }

  [Symbol.dispose](): void {
    this.#segment.close();
  }

  #consistent(pid: number): JobCounters | undefined {
    const sequence = LAYOUT.sequence / 4;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const before = Atomics.load(this.#words, sequence);
      this.#copy.set(this.#page);
      if (before % 2 === 0 && Atomics.load(this.#words, sequence) === before) return decodeCounters(this.#view, pid);
    }
    return undefined;
  }
}

/** @returns undefined where no mm job of this user has that pid */
export function readJobCounters(pid: number): JobCounters | undefined {
  using reader = JobCountersReader.open(pid);
  return reader?.read();
}

/** @internal For the reader and its test. */
export function decodeCounters(page: DataView, pid: number): JobCounters | undefined {
  if (page.getUint32(LAYOUT.magic, true) !== COUNTERS_MAGIC) return undefined;
  const figures = FIGURES.map((_, at) => page.getFloat64(LAYOUT.figures + 8 * at, true));
  const level = LEVELS[page.getUint32(LAYOUT.level, true)];
  const count = page.getUint32(LAYOUT.ownerCount, true);
  if (!figures.every(isFigure) || level === undefined || count > MOST_OWNERS || figures[0] !== pid) return undefined;
  const owners: OwnerCounters[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = LAYOUT.owners + LAYOUT.owner.stride * index;
    const currentBytes = page.getFloat64(at + LAYOUT.owner.currentBytes, true);
    const peakBytes = page.getFloat64(at + LAYOUT.owner.peakBytes, true);
    const tag = textAt(page, at, LAYOUT.owner.tag);
    if (!isFigure(currentBytes) || !isFigure(peakBytes) || !isTag(tag)) return undefined;
    owners.push({ tag, currentBytes, peakBytes });
  }
  const named = Object.fromEntries(FIGURES.map((name, at) => [name, figures[at] ?? 0])) as Record<(typeof FIGURES)[number], number>;
  return { ...named, command: textAt(page, 0, LAYOUT.command), phase: textAt(page, 0, LAYOUT.phase), level, owners };
}

type Opened = { readonly segment: NativeSegment; readonly offset: number; readonly version: string };

function receive(name: string, pid: number): Opened | undefined {
  const descriptors: number[] = [];
  try {
    const { parts, metadata } = binding.receiveHandover(name, pid, HANDOVER_TIMEOUT_MS);
    descriptors.push(...parts.map(({ fd }) => fd));
    const { schema, version } = parseObject(metadata) ?? {};
    const page = parts[0];
    if (schema !== COUNTERS_SCHEMA || typeof version !== "string" || page?.length !== COUNTERS_BYTES || page.offset % 4 !== 0)
      return undefined;
    // Not writable: what is read is the job's own, and nothing here can change it.
    const segment = binding.segmentFromFd(page.fd, page.offset + page.length, false);
    if (isSealed(segment)) return { segment, offset: page.offset, version: printable(version) };
    segment.close();
    return undefined;
  } catch {
    return undefined;
  } finally {
    for (const fd of descriptors) closeSync(fd);
  }
}

/** Before the first byte is read: an unsealed file could be cut off under the reader, and one on a slow file system would make it wait. */
function isSealed(segment: NativeSegment): boolean {
  try {
    const seals = segment.seals();
    return OWN_SEALS.every((seal) => seals.includes(seal));
  } catch {
    return false;
  }
}

function isFigure(value: number): boolean {
  return Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function isTag(text: string): text is MemoryTag {
  return /^[^.]+\.[^.]/.test(text);
}

function textAt(page: DataView, base: number, { at, length }: { readonly at: number; readonly length: number }): string {
  const bytes = Array.from({ length }, (_, index) => page.getUint8(base + at + index));
  const end = bytes.indexOf(0);
  return printable(String.fromCharCode(...bytes.slice(0, end === -1 ? length : end)));
}

/** Nothing that moves a terminal's cursor. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}
