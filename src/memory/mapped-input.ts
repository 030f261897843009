import { closeSync, fstatSync } from "node:fs";
import { assert, IoError, LeakError, MmError, UseAfterReleaseError } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import { fileError } from "./file-error.ts";
import type { PressureLadder } from "./ladder.ts";
import { type BackendWindow, MAPPING_ALIGNMENT_BYTES, type MappingBackend, type WindowBackend } from "./mapped-input-backend.ts";
import { type InputShape, inputShape, type MappedInputOptions, openBackend, openRegular } from "./mapped-input-open.ts";
import type { MemoryTag } from "./tags.ts";

/** A range of the file that stays in memory until disposed. */
export type InputWindow = Disposable & {
  readonly offset: number;
  /** @throws UseAfterReleaseError after dispose */
  readonly bytes: Uint8Array;
};

/** A stretch of the file in the cache. */
type CachedWindow = { readonly start: number; readonly end: number; readonly window: BackendWindow; holders: number };

/**
 * A file of any size read through a few windows. No byte is copied where the file is mapped: a range that crosses a seam
 * gets a window that begins before it. Mapped pages are the kernel's to take back and are not counted against the budget.
 */
export class MappedInput implements Disposable {
  readonly path: string;
  /** Size when opened. */
  readonly byteLength: number;
  readonly windowBytes: number;
  readonly #windowCount: number;
  readonly #fd: number;
  readonly #backend: WindowBackend;
  readonly #pressure: Disposable | undefined;
  /** Least recently used first. */
  #windows: CachedWindow[] = [];
  #droppedBytes = 0;
  #closed = false;

  private constructor(fd: number, shape: InputShape, backend: WindowBackend, ladder: PressureLadder | undefined) {
    this.path = shape.path;
    this.byteLength = shape.byteLength;
    this.windowBytes = shape.windowBytes;
    this.#windowCount = shape.windowCount;
    this.#fd = fd;
    this.#backend = backend;
    if (backend.reclaimable) this.#pressure = ladder?.on({ step: "drop", name: "mapped windows", act: () => this.#dropFree() });
  }

  /**
   * @throws InputMissingError · PermissionError · UnsupportedError if it is not a regular file, or the backend cannot map it
   * · BudgetExceededError
   */
  static async open(budget: Budget, tag: MemoryTag, path: string, options: MappedInputOptions = {}): Promise<MappedInput> {
    const fd = openRegular(path);
    try {
      const shape = inputShape(path, fd, options);
      const backend = await openBackend(budget, tag, fd, shape, options);
      return new MappedInput(fd, shape, backend, options.ladder);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  }

  get backend(): MappingBackend {
    return this.#backend.name;
  }

  /** Bytes that read(2) copied out of the file; 0 where it is mapped. */
  get copiedBytes(): number {
    return this.#backend.copiedBytes;
  }

  /** Windows in memory now. */
  get windowsOpen(): number {
    return this.#windows.length;
  }

  /** Bytes of the open windows that occupy memory now. */
  residentBytes(): number {
    return this.#windows.reduce((sum, { window }) => sum + window.residentBytes(), 0);
  }

  /**
   * `length` bytes at `offset`, at most `windowBytes`, as a view that is valid until the next call here or the next turn
   * of the event loop.
   *
   * @throws IoError if the file is shorter than when it was opened. Mapped bytes that vanish between this check and their use
   * end the process with SIGBUS; docs/decisions/0004 says what narrows that gap.
   */
  read(offset: number, length: number): Uint8Array {
    const cached = this.#cover(offset, length);
    return cached.window.bytes.subarray(offset - cached.start, offset - cached.start + length);
  }

  /** As `read`, but the bytes stay until the window is disposed. @throws LeakError while all windows are held */
  window(offset: number, length: number): InputWindow {
    const cached = this.#cover(offset, length);
    cached.holders += 1;
    let held = true;
    const bytes = () => {
      if (!held || this.#closed) throw new UseAfterReleaseError(`a window of ${this.path} was released`);
      return cached.window.bytes.subarray(offset - cached.start, offset - cached.start + length);
    };
    return {
      offset,
      get bytes() {
        return bytes();
      },
      [Symbol.dispose]: () => {
        if (held) cached.holders -= 1;
        held = false;
      },
    };
  }

  /** The reader is past `offset`: what lies before it leaves the windows and the page cache. Going back reads the file again. */
  dropBehind(offset: number): void {
    this.#assertOpen();
    for (const cached of [...this.#windows]) {
      if (cached.holders > 0) continue;
      if (cached.end <= offset) this.#drop(cached);
      else if (cached.start < offset) forget(cached, offset);
    }
    const end = alignDown(Math.min(offset, this.byteLength));
    if (end <= this.#droppedBytes) return;
    binding.dropCache(this.#fd, this.#droppedBytes, end - this.#droppedBytes);
    this.#droppedBytes = end;
  }

  /** Drops all windows, held ones too: their views are dead. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pressure?.[Symbol.dispose]();
    for (const { window } of this.#windows) window.close();
    this.#windows = [];
    this.#backend[Symbol.dispose]();
    closeSync(this.#fd);
  }

  #cover(offset: number, length: number): CachedWindow {
    this.#assertOpen();
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length > 0;
    assert(whole && offset + length <= this.byteLength, `range ${offset}+${length} of an input of ${this.byteLength} B`);
    assert(length <= this.windowBytes, `a range of ${length} B in windows of ${this.windowBytes} B`);
    this.#assertNotTruncated();
    const end = offset + length;
    const position = this.#windows.findIndex((cached) => cached.start <= offset && end <= cached.end);
    const [known] = position < 0 ? [] : this.#windows.splice(position, 1);
    const cached = known ?? this.#open(offset, end);
    this.#windows.push(cached);
    return cached;
  }

  #open(offset: number, end: number): CachedWindow {
    if (this.#windows.length >= this.#windowCount) {
      const free = this.#windows.find((cached) => cached.holders === 0);
      if (free === undefined) throw new LeakError(`all ${this.#windowCount} windows of ${this.path} are held`);
      this.#drop(free);
    }
    const { alignmentBytes } = this.#backend;
    const grid = Math.floor(offset / this.windowBytes) * this.windowBytes;
    const start = end <= grid + this.windowBytes ? grid : Math.floor(offset / alignmentBytes) * alignmentBytes;
    const stop = Math.min(this.byteLength, Math.max(end, start + this.windowBytes));
    try {
      return { start, end: stop, window: this.#backend.open(start, stop - start), holders: 0 };
    } catch (cause) {
      throw cause instanceof MmError ? cause : fileError(cause, "map", this.path);
    }
  }

  #drop(cached: CachedWindow): void {
    this.#windows.splice(this.#windows.indexOf(cached), 1);
    cached.window.close();
  }

  #dropFree(): number {
    const free = this.#windows.filter((cached) => cached.holders === 0);
    const freedBytes = free.reduce((sum, { window }) => sum + window.residentBytes(), 0);
    for (const cached of free) this.#drop(cached);
    return freedBytes;
  }

  #assertNotTruncated(): void {
    const foundBytes = fstatSync(this.#fd).size;
    if (foundBytes >= this.byteLength) return;
    throw new IoError(`${this.path} shrank while it was read`, {
      details: { path: this.path, openedBytes: this.byteLength, foundBytes },
      hint: "wait until nothing writes to it, then run again",
    });
  }

  #assertOpen(): void {
    if (this.#closed) throw new UseAfterReleaseError(`${this.path} was closed`);
  }
}

function alignDown(bytes: number): number {
  return Math.floor(bytes / MAPPING_ALIGNMENT_BYTES) * MAPPING_ALIGNMENT_BYTES;
}

function forget(cached: CachedWindow, offset: number): void {
  const behindBytes = alignDown(offset - cached.start);
  if (behindBytes > 0) cached.window.forget(behindBytes);
}
