/** What the input says of time beyond its index, and what is made of it in the file that was written. */
import type { MemoryCore } from "../memory/index.ts";
import type { CarriedStream } from "./carried-stream.ts";
import type { MediaIndex } from "./container/index.ts";
import { type PictureSpan, planLastDuration } from "./last-duration.ts";
import { editMovie, type MovieEdit } from "./movie-edit.ts";
import { planMatrix } from "./movie-matrix.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import { pictureTicks } from "./picture-length.ts";
import { soundLeadSeconds } from "./sound-lead.ts";

export type SourceSpan = PictureSpan & { readonly soundLeadSeconds: number };

export async function readSourceSpan(
  core: MemoryCore,
  index: MediaIndex,
  picture: Picture,
  streams: readonly CarriedStream[],
): Promise<SourceSpan> {
  const { ticks, timeBase } = picture;
  using source = await core.mapInput(core.budget, "io.window", index.path);
  const lengthTicks = pictureTicks(index, picture, source);
  return {
    ticksPerSecond: timeBase.den / timeBase.num,
    pictureTicks: lengthTicks,
    lastFrameTicks: (ticks[0] ?? 0) + lengthTicks - (ticks.at(-1) ?? 0),
    soundLeadSeconds: soundLeadSeconds(index, picture, streams, source),
  };
}

/**
 * Writes into an MP4 or QuickTime file what ffmpeg leaves out: how long its picture lasts, and, where it is given, how it is turned.
 *
 * @param turned - what the picture of the file is to be shown as; undefined = as the file says already
 * @returns how long the picture now lasts, in seconds; undefined where the container does not say
 */
export async function mendMovie(
  core: MemoryCore,
  path: string,
  format: OutputFormat,
  span: PictureSpan,
  turned: Picture | undefined,
): Promise<number | undefined> {
  if (!format.keepsTicks) return undefined;
  const { matrix, durations } = await planEdits(core, path, span, turned);
  editMovie(path, { writes: [...matrix, ...(durations?.writes ?? [])], insertion: durations?.insertion }, core.budget);
  return durations === undefined ? undefined : span.pictureTicks / span.ticksPerSecond;
}

type Edits = { readonly matrix: MovieEdit["writes"]; readonly durations: MovieEdit | undefined };

/** The file is no longer mapped when it is written to. */
async function planEdits(core: MemoryCore, path: string, span: PictureSpan, turned: Picture | undefined): Promise<Edits> {
  using written = await core.mapInput(core.budget, "io.window", path);
  return { matrix: turned === undefined ? [] : planMatrix(written, turned), durations: planLastDuration(written, span) };
}
