/** Proves a file that was written: by its boxes where they say all that the proofs ask, else by what ffmpeg finds in it. */
import { IoError } from "../base/index.ts";
import { type ByteInput, indexMedia, readWritten, type WrittenIndex } from "./container/index.ts";
import type { Engine, RunTool } from "./engine/index.ts";

type Reader = { readonly engine: Engine; readonly run: RunTool };

/**
 * What boxes say is enough to pass, and a start of ffmpeg less (57 ms of dynamic linking with Debian's 5.1). They never refuse a file alone:
 * what they lack, or say in another way than ffmpeg, is looked at by ffmpeg as well, and then its word counts.
 *
 * @param prove - throws IoError when the file is not what it should be
 * @throws what `prove` throws of ffmpeg's index · what reading the file or running ffmpeg throws
 */
export async function proveWritten<T>(output: ByteInput, path: string, reader: Reader, prove: (index: WrittenIndex) => T): Promise<T> {
  const written = readWritten(output);
  if (written !== undefined) {
    try {
      return prove(written);
    } catch (error) {
      if (!(error instanceof IoError)) throw error;
    }
  }
  return prove(await indexMedia(output, path, reader));
}
