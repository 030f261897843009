/** Opens an input with mediabunny. Its module is loaded on first use: it takes 70 ms and 4 MB. */
import type { Input } from "mediabunny";
import { MalformedInputError } from "../../base/index.ts";
import type { ByteInput } from "./types.ts";

const READ_BYTES = 64 * 1024;
/** None: the bytes are mapped already, and what is read from a cache cannot be counted. */
const CACHE_BYTES = 0;
/** In a damaged file mediabunny may read the same bytes for ever. Looking at large packets of a transport stream takes a tenth of this. */
const MOST_READS = 500_000;
/** No part of a video that mm reads through mediabunny is larger; a file that says so is damaged. */
const LONGEST_READ_BYTES = 32 * 1024 * 1024;

export async function openWithMediabunny(input: ByteInput): Promise<Input> {
  const { CustomSource, Input, LogLevel, Logging, MATROSKA, MP4, MPEG_TS, QTFF, WEBM } = await import("mediabunny");
  Logging.level = LogLevel.Silent;
  let reads = 0;
  const source = new CustomSource({
    getSize: () => input.byteLength,
    read: (start, end) => {
      if (++reads > MOST_READS) throw new MalformedInputError("the file leads its reader around in circles");
      return copyOf(input, start, end);
    },
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
