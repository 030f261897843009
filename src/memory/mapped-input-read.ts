import { readSync } from "node:fs";
import { IoError, LeakError } from "../base/index.ts";
import type { Budget } from "./budget.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { WindowBackend } from "./mapped-input-backend.ts";
import { MemoryPool } from "./pool.ts";
import type { MemoryTag } from "./tags.ts";

/**
 * Windows by pread(2) into the slots of a pool: for small files, where a mapping costs more than the copy, and for
 * network file systems, where a page fault can hang and a lost server is a SIGBUS.
 */
export function readBackend(
  budget: Budget,
  tag: MemoryTag,
  fd: number,
  shape: { path: string; slotBytes: number; slotCount: number },
): WindowBackend {
  const segment = new HeapSegment(budget, tag, MemoryPool.segmentBytes(shape.slotBytes, shape.slotCount));
  const pool = new MemoryPool(segment, shape.slotBytes);
  let copiedBytes = 0;
  return {
    name: "read",
    alignmentBytes: 1,
    reclaimable: false,
    get copiedBytes() {
      return copiedBytes;
    },
    open(offset, length) {
      const slot = pool.loan();
      if (slot === undefined) throw new LeakError(`all ${shape.slotCount} windows of ${shape.path} are held`);
      try {
        const bytes = slot.bytes().subarray(0, length);
        readFully(fd, shape.path, bytes, offset);
        copiedBytes += length;
        return { bytes, residentBytes: () => length, forget() {}, close: () => slot[Symbol.dispose]() };
      } catch (error) {
        slot[Symbol.dispose]();
        throw error;
      }
    },
    [Symbol.dispose]: () => pool.close(),
  };
}

function readFully(fd: number, path: string, bytes: Uint8Array, offset: number): void {
  for (let filled = 0; filled < bytes.length; ) {
    const count = readSync(fd, bytes, filled, bytes.length - filled, offset + filled);
    if (count === 0) throw new IoError(`${path} ended early`, { details: { path, operation: "read", offset: offset + filled } });
    filled += count;
  }
}
