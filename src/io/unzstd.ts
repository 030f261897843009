/** zstd data as a stream of plain bytes: by Node where it can, else by fzstd. */
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { Decompress } from "fzstd";

/** From Node 22.15 on. */
type ZstdOfNode = { readonly createZstdDecompress?: () => NodeJS.ReadWriteStream };

/** What fzstd throws, by a name that can be told from others. */
class ZstdError extends Error {
  override readonly name = "ZstdError";
}

export function unzstd(packed: Readable): Readable {
  const { createZstdDecompress } = zlib as ZstdOfNode;
  if (createZstdDecompress !== undefined) return packed.pipe(createZstdDecompress()) as unknown as Readable;
  return Readable.from(plainChunks(packed), { objectMode: false });
}

async function* plainChunks(packed: Readable): AsyncGenerator<Uint8Array> {
  const ready: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => {
    ready.push(chunk);
  });
  try {
    for await (const chunk of packed as AsyncIterable<Uint8Array>) {
      decompress.push(chunk);
      yield* ready.splice(0);
    }
    decompress.push(new Uint8Array(0), true);
  } catch (cause) {
    throw new ZstdError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  yield* ready;
}
