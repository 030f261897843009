/** How long the picture of a file lasts, the last frame included. */

import type { ByteInput, MediaIndex, WrittenVideo } from "./container/types.ts";
import { type MovieClock, readMovieClock, type TrackClock } from "./movie-clock.ts";
import type { Picture } from "./picture.ts";
import { tickAt } from "./ticks.ts";

export type PictureLength = {
  /** From the start of the first frame to the end of the last. */
  readonly seconds: number;
  /** What the container rounds this to: a tick of the movie in MP4 and QuickTime. */
  readonly roundingSeconds: number;
};

/** What an index says of time. */
type Timed = Pick<MediaIndex, "container"> & {
  readonly video: Pick<WrittenVideo, "streamIndex" | "timeBase" | "ticks" | "lastDurationTicks" | "reorderFrames">;
};

/** Ticks of the picture from the start of its first frame to the end of its last. */
export function pictureTicks(index: MediaIndex, picture: Picture, input: ByteInput): number {
  const isAsInput = picture.frameMap === undefined && picture.sourceFrames.end === index.video.ticks.length;
  const end = isAsInput ? statedEndTick(index, movieClockOf(index, input)) : undefined;
  return (end ?? tickAt(picture, picture.ticks.length)) - (picture.ticks[0] ?? 0);
}

/** What an MP4 or QuickTime file says itself; undefined for other containers, and when it says nothing. */
export function pictureLength(index: Timed, input: ByteInput): PictureLength | undefined {
  const clock = movieClockOf(index, input);
  const end = clock && statedEndTick(index, clock);
  if (clock === undefined || end === undefined) return undefined;
  const { ticks, timeBase } = index.video;
  return { seconds: ((end - (ticks[0] ?? 0)) * timeBase.num) / timeBase.den, roundingSeconds: 1 / clock.timescale };
}

function movieClockOf({ container }: Timed, input: ByteInput): MovieClock | undefined {
  const clock = container === "mp4" || container === "mov" ? readMovieClock(input) : undefined;
  return clock?.isFragmented === true ? undefined : clock;
}

/**
 * The last packet's duration says it in a stream without B-frames. With them MP4's durations are distances between decoding times and say
 * nothing about the last frame of a variable rate; then the edit list and the length of the media, whichever is shorter, bound the picture.
 */
function statedEndTick({ video }: Timed, clock: MovieClock | undefined): number | undefined {
  const last = video.ticks[video.ticks.length - 1] ?? 0;
  const byPacket = video.lastDurationTicks > 0 ? last + video.lastDurationTicks : undefined;
  const track = clock?.tracks[video.streamIndex];
  if (clock === undefined || track?.handler !== "vide") return byPacket;
  if (video.timeBase.num !== 1 || video.timeBase.den !== track.timescale) return byPacket;
  const byTrack = trackEndTick(clock, track, video.ticks[0] ?? 0);
  if (byTrack === undefined || byTrack <= last) return byPacket;
  if (byPacket === undefined) return byTrack;
  const rounding = Math.max(1, track.timescale / clock.timescale);
  const isSame = Math.abs(byTrack - byPacket) <= rounding;
  return isSame || (video.reorderFrames === 0 && byPacket < byTrack) ? byPacket : byTrack;
}

/** At most one stretch of nothing, then at most one edit; undefined for other lists. */
function trackEndTick(clock: MovieClock, { edits, mediaDuration, timescale }: TrackClock, firstTick: number): number | undefined {
  if (mediaDuration.value === 0) return undefined;
  const delay = edits.length === 2 && edits[0]?.mediaTime === -1 ? edits[0].duration.value : 0;
  const edit = edits[edits.length - 1];
  if (edit === undefined) return firstTick + mediaDuration.value;
  if (edits.length > (delay > 0 ? 2 : 1) || edit.mediaTime < 0) return undefined;
  const inTrack = (movieTicks: number): number => Math.round((movieTicks * timescale) / clock.timescale);
  return inTrack(delay) + Math.min(inTrack(edit.duration.value), mediaDuration.value);
}
