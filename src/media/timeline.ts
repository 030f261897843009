/** The clock an input's streams share. */
import { lowerBound } from "./chunks.ts";
import type { MediaIndex } from "./container/types.ts";

/** When the input starts, in seconds of its own time stamps: ffmpeg's word for it, else its earliest stream. */
function startSeconds({ startMicroseconds, video, audio }: MediaIndex): number {
  if (startMicroseconds !== undefined) return startMicroseconds / 1e6;
  const starts = audio.map((track) => (track.startTicks * track.timeBase.num) / track.timeBase.den);
  return Math.min(videoStartSeconds(video), ...starts);
}

/** Seconds from the start of the input to its first frame. */
export function videoOffsetSeconds(index: MediaIndex): number {
  return videoStartSeconds(index.video) - startSeconds(index);
}

/** Frames shown in the first `durationSeconds` of the input; all of them when undefined. */
export function framesWithin(index: MediaIndex, durationSeconds: number | undefined): number {
  const { ticks, timeBase } = index.video;
  if (durationSeconds === undefined) return ticks.length;
  // A frame that starts exactly at the end is outside; a millionth of a tick absorbs the division.
  const endTick = ((startSeconds(index) + durationSeconds) * timeBase.den) / timeBase.num - 1e-6;
  return lowerBound(ticks, endTick);
}

function videoStartSeconds({ ticks, timeBase }: MediaIndex["video"]): number {
  return ((ticks[0] ?? 0) * timeBase.num) / timeBase.den;
}
