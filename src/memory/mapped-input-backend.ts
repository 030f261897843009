export type MappingBackend = "native" | "mmap-io" | "read";

/** A stretch of the file in memory. */
export type BackendWindow = {
  readonly bytes: Uint8Array;
  /** Bytes of it that occupy memory now. */
  residentBytes(): number;
  /** Lets the kernel take back the first `length` bytes; reading them again reads the file. */
  forget(length: number): void;
  close(): void;
};

/** One way of getting windows of an open file. */
export type WindowBackend = Disposable & {
  readonly name: MappingBackend;
  /** Windows must begin at a multiple of this many bytes. */
  readonly alignmentBytes: number;
  /** True when a window's pages are the page cache's, so that closing one frees memory the ledger does not count. */
  readonly reclaimable: boolean;
  /** Bytes copied out of the file by read(2); 0 where the file is mapped. */
  readonly copiedBytes: number;
  open(offset: number, length: number): BackendWindow;
};

/** mmap(2) wants offsets in whole pages; 64 KiB is the largest base page of any supported kernel (arm64). */
export const MAPPING_ALIGNMENT_BYTES = 64 * 1024;
