import { errnoOf, formatBytes, GIB, UnsupportedError } from "../base/index.ts";
import { MAPPING_ALIGNMENT_BYTES, type WindowBackend } from "./mapped-input-backend.ts";

/** Either package gives the same functions; the fork is the one that builds on the Node versions we support. */
const PACKAGES = ["@riaskov/mmap-io", "mmap-io"];

/** Its size and offset pass through a 32-bit int: at 4 GiB it silently maps offset 0 (docs/decisions/0004). */
const LIMIT_BYTES = 2 * GIB;

/** The part of the package that we use. */
type MmapIo = {
  map(size: number, protection: number, flags: number, fd: number, offset: number): Uint8Array;
  advise(buffer: Uint8Array, offset: number, length: number, advice: number): void;
  incore(buffer: Uint8Array): [number, number];
  readonly PROT_READ: number;
  readonly PROT_WRITE: number;
  readonly MAP_PRIVATE: number;
  readonly MADV_WILLNEED: number;
  readonly MADV_DONTNEED: number;
  readonly PAGESIZE: number;
};

/**
 * Windows by the optional peer package. It has no unmap: a closed window gives its pages back at once, but its address
 * range stays until the garbage collector finds the buffer, and stale views keep reading the file.
 *
 * @param module where to import the package from, when not by its name
 * @throws UnsupportedError when it is not installed, or for a file of 2 GiB and more
 */
export async function mmapIoBackend(fd: number, byteLength: number, populate: boolean, module?: string): Promise<WindowBackend> {
  if (byteLength >= LIMIT_BYTES) {
    throw new UnsupportedError(`mmap-io maps files below ${formatBytes(LIMIT_BYTES)}, this one has ${formatBytes(byteLength)}`, {
      details: { byteLength, limitBytes: LIMIT_BYTES },
      hint: 'set backend = "native" under [memory.mapping]',
    });
  }
  const mmap = await importMmapIo(module === undefined ? PACKAGES : [module]);
  return {
    name: "mmap-io",
    alignmentBytes: MAPPING_ALIGNMENT_BYTES,
    reclaimable: true,
    copiedBytes: 0,
    open(offset, length) {
      // Copy-on-write: a store to its read-only mapping would end the process (SIGSEGV).
      const bytes = mmap.map(length, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_PRIVATE, fd, offset);
      // Not MAP_POPULATE: on a private writable mapping it copies every page into anonymous memory.
      if (populate) mmap.advise(bytes, 0, length, mmap.MADV_WILLNEED);
      const forget = (behindBytes: number) => mmap.advise(bytes, 0, behindBytes, mmap.MADV_DONTNEED);
      return { bytes, residentBytes: () => mmap.incore(bytes)[1] * mmap.PAGESIZE, forget, close: () => forget(length) };
    },
    [Symbol.dispose]() {},
  };
}

async function importMmapIo(names: readonly string[]): Promise<MmapIo> {
  let cause: unknown;
  for (const name of names) {
    try {
      const loaded: unknown = await import(name);
      const candidate = isRecord(loaded) ? (loaded.default ?? loaded) : loaded;
      if (isMmapIo(candidate)) return candidate;
    } catch (error) {
      cause ??= error;
    }
  }
  throw new UnsupportedError("mmap-io is not installed, or does not load on this Node", {
    cause,
    details: { tried: names.join(", "), errno: errnoOf(cause) ?? "none" },
    hint: 'npm install @riaskov/mmap-io, or set backend = "native" under [memory.mapping]',
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isMmapIo(value: unknown): value is MmapIo {
  if (!isRecord(value)) return false;
  const functions = ["map", "advise", "incore"].every((name) => typeof value[name] === "function");
  const numbers = ["PROT_READ", "PROT_WRITE", "MAP_PRIVATE", "MADV_WILLNEED", "MADV_DONTNEED", "PAGESIZE"];
  return functions && numbers.every((name) => typeof value[name] === "number");
}
