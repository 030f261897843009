/**
 * A job of one chunk may have its output written by the child that encodes it, which saves the start of a second one for the join. That
 * child takes sound from the input on the input's clock, as it is.
 */
import type { Carry } from "./carry.ts";
import type { Chunk } from "./chunks.ts";
import type { MediaIndex } from "./container/index.ts";
import type { Engine } from "./engine/index.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import type { Candidate } from "./plan.ts";

type Decided = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly carry: Carry;
  readonly format: OutputFormat;
  readonly chunks: readonly Chunk[];
};

/** Tried with 4.1 and 5.1. Later ones read and write in threads of their own. */
const LAST_MAJOR = 5;

/**
 * Only where the join would leave every time as it is: from the start of an input that begins at 0 to its end, MP4 or QuickTime to the same,
 * with frames one for one and sound that is copied.
 */
export function canWriteWhole({ engine, index, picture, carry, format, chunks }: Decided): boolean {
  const isMovie = (index.container === "mp4" || index.container === "mov") && format.keepsTicks;
  const isWholeInput = picture.startSeconds === 0 && picture.durationSeconds === undefined && picture.frameMap === undefined;
  const isCopied = carry.streams.every(({ kind, codec }) => kind === "audio" && codec === "copy");
  return chunks.length === 1 && engine.major <= LAST_MAJOR && index.startMicroseconds === 0 && isMovie && isWholeInput && isCopied;
}

/** A job that keeps chunks for a later run writes them as files of their own. */
export function isWhole({ chosen, checkpoint }: { readonly chosen: Candidate; readonly checkpoint: object | undefined }): boolean {
  return chosen.whole !== undefined && checkpoint === undefined;
}
