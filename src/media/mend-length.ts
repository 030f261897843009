/** What the input says of time beyond its index, and what is made of it in the file that was written. */
import type { MemoryCore } from "../memory/index.ts";
import type { CarriedStream } from "./carried-stream.ts";
import type { MediaIndex } from "./container/index.ts";
import { type PictureSpan, planLastDuration } from "./last-duration.ts";
import { editMovie } from "./movie-edit.ts";
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

/** Resolves with how long the picture of the file now lasts; undefined where the container does not say. */
export async function mendLength(core: MemoryCore, path: string, format: OutputFormat, span: PictureSpan): Promise<number | undefined> {
  if (!format.keepsTicks) return undefined;
  const plan = await planDurations(core, path, span);
  if (plan === undefined) return undefined;
  editMovie(path, plan, core.budget);
  return span.pictureTicks / span.ticksPerSecond;
}

/** The file is no longer mapped when it is written to. */
async function planDurations(core: MemoryCore, path: string, span: PictureSpan): Promise<ReturnType<typeof planLastDuration>> {
  using written = await core.mapInput(core.budget, "io.window", path);
  return planLastDuration(written, span);
}
