import { closeSync, fstatSync, openSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { DiskLimitError, errnoOf, formatBytes, KIB, MmError, OutputError, UnsupportedError } from "../base/index.ts";
import type { NativeSegment } from "../binding/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import { fileError } from "./file-error.ts";
import { HeapSegment } from "./heap-segment.ts";
import type { MemoryType } from "./memory-type.ts";
import { MemorySegment, type SegmentSource } from "./segment.ts";
import type { MemoryTag } from "./tags.ts";

const ZEROS_BYTES = 64 * KIB;

/**
 * A file as memory. Its pages are the page cache's: the kernel can reclaim them, so they are not counted against the
 * budget, except for a new file on tmpfs, which is memory and nothing else.
 */
export class MappedFileSegment extends MemorySegment {
  private constructor(budget: Budget, tag: MemoryTag, source: SegmentSource) {
    super(budget, tag, source);
  }

  /**
   * Makes a new file of `byteLength` bytes and maps it for writing. The blocks are written, not left as a hole: a disk
   * that fills up is then an error here and not a SIGBUS at some later store (mmap(2)).
   *
   * @throws OutputError if the path exists or cannot be made · DiskLimitError if the disk is full
   */
  static create(budget: Budget, tag: MemoryTag, path: string, byteLength: number): MappedFileSegment {
    const reservedBytes = isMemory(dirname(path)) ? byteLength : 0;
    const open = () => {
      const fd = openNew(path);
      try {
        using zeros = new HeapSegment(budget, tag, Math.min(byteLength, ZEROS_BYTES));
        writeZeros(fd, path, zeros.bytes(), byteLength);
        return binding.segmentMapFile(fd, 0, byteLength, "shared-write", false);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      } finally {
        closeSync(fd);
      }
    };
    return new MappedFileSegment(budget, tag, { byteLength, reservedBytes, requested: "base", open });
  }

  /** Maps an existing file for reading and writing; stores reach the file. */
  static open(budget: Budget, tag: MemoryTag, path: string): MappedFileSegment {
    return mapWhole(path, "r+", (fd, byteLength) => new MappedFileSegment(budget, tag, mapping(fd, 0, byteLength, "shared-write", false)));
  }

  /** Maps an existing file copy-on-write: a stray store from JS neither faults nor reaches the file. */
  static openReadonly(budget: Budget, tag: MemoryTag, path: string): MappedFileSegment {
    return mapWhole(path, "r", (fd, byteLength) => new MappedFileSegment(budget, tag, mapping(fd, 0, byteLength, "private-read", false)));
  }

  /** @internal One window of an open file, copy-on-write; `offset` bytes, any multiple of the page size, also past 4 GiB. */
  static window(
    budget: Budget,
    tag: MemoryTag,
    fd: number,
    range: { offset: number; length: number; populate: boolean },
  ): MappedFileSegment {
    return new MappedFileSegment(budget, tag, mapping(fd, range.offset, range.length, "private-read", range.populate));
  }

  override get memoryType(): MemoryType {
    return "MappedFile";
  }

  /** Writes changed pages back and waits for them (msync(2) MS_SYNC). */
  sync(): void {
    this.native.sync();
  }
}

function mapping(fd: number, offset: number, byteLength: number, mode: "private-read" | "shared-write", populate: boolean): SegmentSource {
  const open = (): NativeSegment => binding.segmentMapFile(fd, offset, byteLength, mode, populate);
  return { byteLength, reservedBytes: 0, requested: "base", open };
}

function mapWhole(path: string, flags: "r" | "r+", map: (fd: number, byteLength: number) => MappedFileSegment): MappedFileSegment {
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch (cause) {
    throw fileError(cause, "open", path);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size === 0) {
      throw new UnsupportedError(`${path} cannot be mapped: ${stat.isFile() ? "it is empty" : "it is not a regular file"}`, {
        details: { path },
      });
    }
    return map(fd, stat.size);
  } catch (cause) {
    throw cause instanceof MmError ? cause : fileError(cause, "map", path);
  } finally {
    closeSync(fd);
  }
}

function openNew(path: string): number {
  try {
    return openSync(path, "wx+", 0o600);
  } catch (cause) {
    const errno = errnoOf(cause) ?? "unknown";
    if (errno === "EACCES" || errno === "EPERM") throw fileError(cause, "create", path);
    const hint = errno === "EEXIST" ? `remove ${path} or name another file` : "check the folder";
    throw new OutputError(`cannot create ${path}: ${errno}`, { cause, details: { path, errno }, hint });
  }
}

function writeZeros(fd: number, path: string, zeros: Uint8Array, byteLength: number): void {
  for (let written = 0; written < byteLength; ) {
    try {
      written += writeSync(fd, zeros, 0, Math.min(zeros.length, byteLength - written), written);
    } catch (cause) {
      const errno = errnoOf(cause) ?? "unknown";
      if (errno !== "ENOSPC" && errno !== "EDQUOT") throw fileError(cause, "write", path);
      throw new DiskLimitError(`no space for ${formatBytes(byteLength)} at ${path}`, {
        cause,
        details: { path, wantedBytes: byteLength, errno },
        hint: "free space, or name a folder on another disk",
      });
    }
  }
}

function isMemory(folder: string): boolean {
  try {
    return binding.fileSystem(folder).isMemory;
  } catch (cause) {
    throw fileError(cause, "look at", folder);
  }
}
