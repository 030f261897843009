/** Opens an input with mediabunny. Its module is loaded on first use: it takes 70 ms and 4 MB. */
import type { Input } from "mediabunny";
import { MalformedInputError } from "../../base/index.ts";
import type { ByteInput } from "./types.ts";

const READ_BYTES = 64 * 1024;
const CACHE_BYTES = 1024 * 1024;
/** No part of a video that mm reads through mediabunny is larger; a file that says so is damaged. */
const LONGEST_READ_BYTES = 32 * 1024 * 1024;

/** Reads are answered at once, so that nothing in mediabunny waits for long; only for bytes behind the end of a damaged file it waits for ever. */
const LONGEST_WAIT_MS = 2000;

/** What mediabunny finds; undefined when it waits for what will not come. */
export async function unlessStuck<T>(work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LONGEST_WAIT_MS, undefined);
  });
  try {
    return await Promise.race([work, stuck]);
  } finally {
    clearTimeout(timer);
  }
}

export async function openWithMediabunny(input: ByteInput): Promise<Input> {
  const { CustomSource, Input, LogLevel, Logging, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } = await import("mediabunny");
  Logging.level = LogLevel.Silent;
  const source = new CustomSource({
    getSize: () => input.byteLength,
    read: (start, end) => copyOf(input, start, end),
    maxCacheSize: CACHE_BYTES,
    // A failed read that nobody waits for fails again when somebody does.
    handleUnhandledError: () => undefined,
  });
  return new Input({ formats: [MP4, QTFF, MATROSKA, WEBM, MPEG_TS], source });
}

/** mediabunny keeps what it is given, and a view lives until the next read only. */
function copyOf(input: ByteInput, start: number, end: number): Uint8Array {
  if (end - start > LONGEST_READ_BYTES) throw new MalformedInputError(`a part of the file is ${end - start} bytes long`);
  const bytes = new Uint8Array(end - start);
  for (let at = start; at < end; at += READ_BYTES) bytes.set(input.read(at, Math.min(READ_BYTES, end - at)), at - start);
  return bytes;
}
