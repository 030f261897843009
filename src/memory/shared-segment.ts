import { fstatSync } from "node:fs";
import { IoError, UnsupportedError } from "../base/index.ts";
import type { NativeSegment } from "../binding/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import type { IpcHandle } from "./ipc-handle.ts";
import type { MemoryType } from "./memory-type.ts";
import { MemorySegment, type SegmentSource } from "./segment.ts";
import type { MemoryTag } from "./tags.ts";

/**
 * Memory other processes can map: memfd_create(2), no name in any file system, freed when the last mapping and
 * descriptor are gone. Sealed against shrinking and growing from birth, so no holder can make another's access fault.
 */
export class SharedMemorySegment extends MemorySegment {
  private constructor(budget: Budget, tag: MemoryTag, source: SegmentSource) {
    super(budget, tag, source);
  }

  /** @param name shown as /memfd:name in /proc/<pid>/maps */
  static create(budget: Budget, tag: MemoryTag, name: string, byteLength: number): SharedMemorySegment {
    const open = () => {
      const native = binding.segmentShared(name, byteLength, "base");
      native.addSeals(["shrink", "grow"]);
      return native;
    };
    return new SharedMemorySegment(budget, tag, { byteLength, reservedBytes: byteLength, requested: "base", open });
  }

  /**
   * Maps a received descriptor; the caller keeps and closes its own. The mapper pays in full although the creator paid
   * too: whichever of them closes last keeps the pages alive.
   *
   * @throws IoError when the descriptor holds fewer bytes than the handle says
   * @throws UnsupportedError when it is not sealed against shrinking, because its sender could then make our reads fault (SIGBUS)
   */
  static fromFd(budget: Budget, tag: MemoryTag, handle: IpcHandle): SharedMemorySegment {
    const { fd, size } = handle;
    const open = () => {
      const foundBytes = fstatSync(fd).size;
      if (foundBytes < size) {
        throw new IoError(`the shared memory holds ${foundBytes} B, its handle says ${size} B`, { details: { fd, size, foundBytes } });
      }
      return refuseUnsealed(binding.segmentFromFd(fd, size, true));
    };
    return new SharedMemorySegment(budget, tag, { byteLength: size, reservedBytes: size, requested: "base", open });
  }

  override get memoryType(): MemoryType {
    return "SharedMemory";
  }

  /** The descriptor stays ours: it closes with the segment. */
  override ipcHandle(): IpcHandle | undefined {
    return this.closed ? undefined : { fd: this.native.fd(), size: this.byteLength };
  }
}

function refuseUnsealed(native: NativeSegment): NativeSegment {
  if (sealsOf(native).includes("shrink")) return native;
  native.close();
  throw new UnsupportedError("the shared memory is not sealed against shrinking", {
    hint: "make it with memfd_create(2) and F_SEAL_SHRINK (fcntl(2))",
  });
}

/** Empty for a descriptor that cannot be sealed at all, such as a file's (EINVAL). */
function sealsOf(native: NativeSegment): readonly string[] {
  try {
    return native.seals();
  } catch {
    return [];
  }
}
