import { constants } from "node:buffer";
import {
  assert,
  BudgetExceededError,
  errnoOf,
  formatBytes,
  LeakError,
  MmError,
  UnsupportedError,
  UseAfterReleaseError,
} from "../base/index.ts";
import type { Advice, NativeSegment, PagePolicy } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import type { IpcHandle } from "./ipc-handle.ts";
import type { MemoryType } from "./memory-type.ts";
import { type NodePlacement, nodesOf } from "./numa.ts";
import type { Reservation } from "./reservation.ts";
import type { MemoryTag } from "./tags.ts";

/** What was asked for and what the kernel gave: huge pages are a wish, so both are on record. */
export type SegmentPages = { readonly requested: PagePolicy; readonly granted: PagePolicy; readonly pageBytes: number };

/** How a kind of segment comes to be. `reservedBytes` is claimed before `open` runs and held until close. */
export type SegmentSource = {
  readonly byteLength: number;
  readonly reservedBytes: number;
  readonly requested: PagePolicy;
  readonly open: () => NativeSegment;
};

/** The kernel hands out whole pages; 4 KiB on x64 and on common arm64 kernels. */
const BASE_PAGE_BYTES = 4096;

/** A finalizer runs late or never, so it can only raise an alarm; the bytes and their reservation stay until the process ends. */
const alarm = new FinalizationRegistry<string>((segment) => {
  process.emitWarning(`${segment} was collected without close()`, { type: "MemoryLeakWarning", code: "MM_LEAK" });
});

/**
 * One mapping with one lifecycle: reserved, opened, viewed, advised, closed. Closing detaches every view before it
 * unmaps, so a stale view has length 0 and can never point at other bytes.
 */
export abstract class MemorySegment implements Disposable {
  readonly tag: MemoryTag;
  readonly byteLength: number;
  readonly pages: SegmentPages;
  /** @internal For pools and kernels. */
  readonly native: NativeSegment;
  readonly #reservation: Reservation;
  #bytes: Uint8Array | undefined;

  /**
   * @throws BudgetExceededError when the budget or the kernel has no room
   */
  constructor(budget: Budget, tag: MemoryTag, source: SegmentSource) {
    assert(Number.isSafeInteger(source.byteLength) && source.byteLength > 0, `a segment of ${source.byteLength} B`);
    this.#reservation = budget.reserve(roundUp(source.reservedBytes, BASE_PAGE_BYTES), tag);
    try {
      this.native = source.open();
    } catch (error) {
      this.#reservation[Symbol.dispose]();
      throw openFailure(error, tag, source.byteLength);
    }
    this.tag = tag;
    this.byteLength = source.byteLength;
    this.pages = { requested: source.requested, granted: this.native.granted, pageBytes: this.native.pageBytes };
    // Transparent huge pages fill only what was mapped, in base pages; reserved ones are taken whole.
    const unitBytes = this.native.granted.startsWith("hugetlb") ? this.native.pageBytes : BASE_PAGE_BYTES;
    const usedBytes = roundUp(source.byteLength, unitBytes);
    if (usedBytes < this.#reservation.bytes) this.#reservation.shrinkTo(usedBytes);
    alarm.register(this, `a segment of ${formatBytes(source.byteLength)} of ${tag}`, this);
  }

  abstract get memoryType(): MemoryType;

  get closed(): boolean {
    return this.native.closed;
  }

  /**
   * The live bytes. Never keep the result past close(): it will have length 0.
   *
   * @throws UseAfterReleaseError once closed
   * @throws UnsupportedError above what one ArrayBuffer can hold (4 GiB on Node 20): such a segment is for native work
   */
  bytes(): Uint8Array {
    this.#assertOpen();
    if (this.byteLength > constants.MAX_LENGTH) {
      throw new UnsupportedError(`a view of ${formatBytes(this.byteLength)} is above ${formatBytes(constants.MAX_LENGTH)}`, {
        details: { tag: this.tag, wantedBytes: this.byteLength },
        hint: "split it into several segments, or read the file through MappedInput",
      });
    }
    this.#bytes ??= new Uint8Array(this.native.buffer(), 0, this.byteLength);
    return this.#bytes;
  }

  /** madvise(2) over a range; offset and length in bytes. */
  advise(advice: Advice, offset = 0, length: number = this.byteLength - offset): void {
    this.#assertOpen();
    this.native.advise(offset, length, advice);
  }

  /** For pages that are not touched yet. A kernel that knows no memory nodes (ENOSYS) leaves it as it is. */
  placeOnNodes(placement: NodePlacement): void {
    this.#assertOpen();
    try {
      this.native.placeOnNodes(placement.policy, nodesOf(placement));
    } catch (error) {
      if (errnoOf(error) !== "ENOSYS") throw error;
    }
  }

  /** Bytes of the mapping that are in memory now (mincore(2) or smaps). */
  residentBytes(): number {
    this.#assertOpen();
    return this.native.residentBytes();
  }

  /** Only shared segments can cross to another process. */
  ipcHandle(): IpcHandle | undefined {
    return undefined;
  }

  /** Detaches every view, unmaps, gives the reservation back. Idempotent. @throws LeakError while a pool or a native job uses it */
  close(): void {
    if (this.native.closed) return;
    if (this.native.pinned) throw new LeakError(`the segment of ${this.tag} was closed while a pool or a native job uses it`);
    this.native.close();
    this.#bytes = undefined;
    this.#reservation[Symbol.dispose]();
    alarm.unregister(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #assertOpen(): void {
    if (this.native.closed) throw new UseAfterReleaseError(`the segment of ${this.tag} is closed`);
  }
}

function openFailure(cause: unknown, tag: MemoryTag, byteLength: number): unknown {
  if (cause instanceof MmError || errnoOf(cause) !== "ENOMEM") return cause;
  return new BudgetExceededError(`the kernel refused ${formatBytes(byteLength)} for ${tag}`, {
    cause,
    details: { tag, wantedBytes: byteLength },
    hint: "raise `ulimit -v` and `ulimit -d`, or free memory on this machine",
  });
}

function roundUp(bytes: number, unitBytes: number): number {
  return Math.ceil(bytes / unitBytes) * unitBytes;
}
