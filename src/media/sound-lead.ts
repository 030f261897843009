/** How far the first packets of carried sound lie before the start of the output. */
import type { CarriedStream } from "./carried-stream.ts";
import type { ByteInput, MediaIndex } from "./container/types.ts";
import { type MovieClock, readMovieClock, type TrackClock } from "./movie-clock.ts";
import type { Picture } from "./picture.ts";
import { startSeconds } from "./timeline.ts";

/** Samples an encoder puts before the first one it was given, and at which rate they count (initial_padding in ffmpeg 4.1 and 5.1). */
const ENCODER_DELAYS: Readonly<Record<string, { readonly samples: number; readonly rate?: number }>> = {
  aac: { samples: 1024 },
  libopus: { samples: 312, rate: 48_000 },
  opus: { samples: 120, rate: 48_000 },
};

/**
 * Seconds, at least 0. An edit list hides the priming of copied sound, but its packets are carried, with times before the start; encoders
 * put silence there.
 */
export function soundLeadSeconds(index: MediaIndex, picture: Picture, streams: readonly CarriedStream[], input: ByteInput): number {
  const clock = index.container === "mp4" || index.container === "mov" ? readMovieClock(input) : undefined;
  const start = startSeconds(index) + picture.startSeconds;
  const leads = index.audio.map((track) => {
    const carried = streams.find(({ streamIndex }) => streamIndex === track.streamIndex);
    if (carried === undefined) return 0;
    // What lies before the part that is asked for is cut away.
    if (picture.startSeconds > 0 && carried.codec === "copy") return 0;
    const heard = Math.max(
      (track.startTicks * track.timeBase.num) / track.timeBase.den - start,
      picture.startSeconds > 0 ? 0 : Number.NEGATIVE_INFINITY,
    );
    const delay = ENCODER_DELAYS[carried.codec];
    if (delay !== undefined) return delay.samples / (delay.rate ?? carried.sound?.sampleRate ?? track.sampleRate) - heard;
    return -firstPacketSeconds(clock, clock?.tracks[track.streamIndex], start);
  });
  return Math.max(0, ...leads);
}

function firstPacketSeconds(clock: MovieClock | undefined, track: TrackClock | undefined, start: number): number {
  if (clock === undefined || track === undefined) return 0;
  const shown = track.edits.findIndex(({ mediaTime }) => mediaTime >= 0);
  const mediaTime = track.edits[shown]?.mediaTime ?? 0;
  const delay = track.edits.slice(0, Math.max(0, shown)).reduce((sum, { duration }) => sum + duration.value, 0);
  return delay / clock.timescale - mediaTime / track.timescale - start;
}
