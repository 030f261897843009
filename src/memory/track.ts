import { closeSync, openSync, writeSync } from "node:fs";
import { type Clock, DiskLimitError, errnoOf, IoError, OutputError } from "../base/index.ts";
import type { MemoryTag } from "./tags.ts";

/** Frames of the memory core and of Scope, which pass on what others ask for. */
const PASSING_FRAME = /\/(?:src|dist)\/(?:memory|base)\//;

/**
 * Writes every reservation and release as one JSON line {type, atMs, tag, bytes, where} (`--track-allocations`).
 * Lines are written at once, so they survive a kill. A write that fails is thrown by close(), never inside a release.
 */
export class AllocationTracker implements Disposable {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #fd: number;
  #failure: unknown;
  #closed = false;

  /** @throws OutputError when the file cannot be created */
  constructor(path: string, clock: Clock) {
    try {
      this.#fd = openSync(path, "w");
    } catch (error) {
      throw new OutputError(`cannot write ${path} (${errnoOf(error) ?? "unknown error"})`, {
        hint: "--track-allocations <file in a folder that can be written>",
        details: { path },
        cause: error,
      });
    }
    this.#path = path;
    this.#clock = clock;
  }

  /** "media/lanes.ts:88": the nearest caller outside the memory core. */
  callSite(): string | undefined {
    const frames = new Error().stack?.split("\n").slice(1) ?? [];
    const frame = frames.find((line) => !PASSING_FRAME.test(line));
    return frame === undefined ? undefined : /([^/\\(]+[/\\][^/\\]+:\d+):\d+\)?$/.exec(frame)?.[1];
  }

  record(type: "reserve" | "release", tag: MemoryTag, bytes: number, where: string | undefined): void {
    if (this.#failure !== undefined || this.#closed) return;
    const line = { type, atMs: Math.round(this.#clock.nowMs()), tag, bytes, where: where ?? "unknown" };
    try {
      writeSync(this.#fd, `${JSON.stringify(line)}\n`);
    } catch (error) {
      this.#failure = error;
    }
  }

  /** @throws DiskLimitError or IoError if a line could not be written */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
    if (this.#failure === undefined) return;
    const errno = errnoOf(this.#failure) ?? "unknown error";
    const options = { details: { path: this.#path, operation: "write", errno }, cause: this.#failure };
    if (errno === "ENOSPC") throw new DiskLimitError(`no space left for ${this.#path}`, { ...options, hint: "free space on its device" });
    throw new IoError(`writing ${this.#path} failed (${errno})`, { ...options, hint: "another file for --track-allocations" });
  }
}
