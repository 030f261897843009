import { assert } from "../base/index.ts";
import type { MemorySegment } from "./segment.ts";

/** A range of a segment. It does not own the segment: once that is closed, `bytes` throws. */
export class MemoryHandle {
  readonly segment: MemorySegment;
  /** Bytes from the start of the segment. */
  readonly offset: number;
  readonly length: number;

  constructor(segment: MemorySegment, offset: number, length: number) {
    const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    assert(fits && offset + length <= segment.byteLength, `range ${offset}+${length} of a segment of ${segment.byteLength} B`);
    this.segment = segment;
    this.offset = offset;
    this.length = length;
  }

  /** All of it. */
  static fromSegment(segment: MemorySegment): MemoryHandle {
    return new MemoryHandle(segment, 0, segment.byteLength);
  }

  /** Its first `length` bytes. */
  static fromSegmentWithLength(segment: MemorySegment, length: number): MemoryHandle {
    return new MemoryHandle(segment, 0, length);
  }

  /** The live bytes; never keep the result. @throws UseAfterReleaseError once the segment is closed */
  bytes(): Uint8Array {
    return this.segment.bytes().subarray(this.offset, this.offset + this.length);
  }
}
