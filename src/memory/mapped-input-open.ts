import { closeSync, constants, fstatSync, openSync } from "node:fs";
import { errnoOf, MIB, UnsupportedError } from "../base/index.ts";
import { binding } from "../binding/index.ts";
import type { Budget } from "./budget.ts";
import { fileError } from "./file-error.ts";
import type { PressureLadder } from "./ladder.ts";
import type { MappingBackend, WindowBackend } from "./mapped-input-backend.ts";
import { mmapIoBackend } from "./mapped-input-mmap-io.ts";
import { nativeBackend } from "./mapped-input-native.ts";
import { readBackend } from "./mapped-input-read.ts";
import type { MemoryTag } from "./tags.ts";

const MAP_WINDOW_BYTES = 16 * MIB;
/** Windows that are read are anonymous memory and count against the budget, so they are small. */
const READ_WINDOW_BYTES = MIB;
const READ_BELOW_BYTES = 100 * MIB;

export type MappedInputOptions = {
  /** Default "native". Small files and files on network file systems are read whatever is asked. */
  readonly backend?: MappingBackend;
  /** Files below this many bytes are read, not mapped. Default 100 MiB. */
  readonly readBelowBytes?: number;
  /** Default 16 MiB where mapped, 1 MiB where read. The longest range one call can ask for. */
  readonly windowBytes?: number;
  /** Windows in memory at once. Default 2. */
  readonly windowCount?: number;
  /** Bring a window's pages in as it is mapped. */
  readonly populate?: boolean;
  /** Where mapped windows can be dropped under pressure. */
  readonly ladder?: PressureLadder;
  /** Where to import mmap-io from, when not by its name. */
  readonly mmapIoModule?: string;
};

/** What an open input was decided to be. */
export type InputShape = {
  readonly path: string;
  readonly byteLength: number;
  readonly backend: MappingBackend;
  readonly windowBytes: number;
  readonly windowCount: number;
};

/** Where a page fault can hang on a server, or a lost one is a SIGBUS. */
const NETWORK_FILE_SYSTEMS: readonly string[] = ["nfs", "cifs", "fuse", "9p", "lustre"];

/** A descriptor of a regular file; anything else (pipe, device, folder) has no windows. */
export function openRegular(path: string): number {
  let fd: number;
  try {
    // A fifo without a writer would hold an ordinary open(2) for ever; regular files ignore the flag.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    // open(2) of a socket.
    if (errnoOf(cause) === "ENXIO") throw notRegular(path);
    throw fileError(cause, "open", path);
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw notRegular(path);
}

function notRegular(path: string): UnsupportedError {
  return new UnsupportedError(`${path} is not a regular file`, { details: { path }, hint: "copy it to a file, or pipe it in with `-`" });
}

export function inputShape(path: string, fd: number, options: MappedInputOptions): InputShape {
  const byteLength = fstatSync(fd).size;
  const reads =
    byteLength < (options.readBelowBytes ?? READ_BELOW_BYTES) || NETWORK_FILE_SYSTEMS.includes(binding.fileSystem(path).typeName);
  const backend = reads ? "read" : (options.backend ?? "native");
  const windowBytes = options.windowBytes ?? (backend === "read" ? READ_WINDOW_BYTES : MAP_WINDOW_BYTES);
  return { path, byteLength, backend, windowBytes, windowCount: options.windowCount ?? 2 };
}

export async function openBackend(
  budget: Budget,
  tag: MemoryTag,
  fd: number,
  shape: InputShape,
  options: MappedInputOptions,
): Promise<WindowBackend> {
  const populate = options.populate ?? false;
  switch (shape.backend) {
    case "native":
      return nativeBackend(budget, tag, fd, populate);
    case "mmap-io":
      return mmapIoBackend(fd, shape.byteLength, populate, options.mmapIoModule);
    case "read":
      return readBackend(budget, tag, fd, { path: shape.path, slotBytes: shape.windowBytes, slotCount: shape.windowCount });
  }
}
