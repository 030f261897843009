/** The clock an input's streams share. */
import type { MediaIndex } from "./container/types.ts";

/** When the input starts, in seconds of its own time stamps: ffmpeg's word for it, else its earliest stream. */
export function startSeconds({ startMicroseconds, video, audio }: MediaIndex): number {
  if (startMicroseconds !== undefined) return startMicroseconds / 1e6;
  const starts = audio.map((track) => (track.startTicks * track.timeBase.num) / track.timeBase.den);
  return Math.min(((video.ticks[0] ?? 0) * video.timeBase.num) / video.timeBase.den, ...starts);
}
