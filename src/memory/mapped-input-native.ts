import type { Budget } from "./budget.ts";
import { MappedFileSegment } from "./mapped-file-segment.ts";
import { MAPPING_ALIGNMENT_BYTES, type WindowBackend } from "./mapped-input-backend.ts";
import type { MemoryTag } from "./tags.ts";

/** Windows by our own mmap: any offset, unmapped at once when closed, and every view of them detached first. */
export function nativeBackend(budget: Budget, tag: MemoryTag, fd: number, populate: boolean): WindowBackend {
  return {
    name: "native",
    alignmentBytes: MAPPING_ALIGNMENT_BYTES,
    reclaimable: true,
    copiedBytes: 0,
    open(offset, length) {
      const segment = MappedFileSegment.window(budget, tag, fd, { offset, length, populate });
      return {
        bytes: segment.bytes(),
        residentBytes: () => segment.residentBytes(),
        forget: (behindBytes) => segment.advise("dont-need", 0, behindBytes),
        close: () => segment.close(),
      };
    },
    [Symbol.dispose]() {},
  };
}
