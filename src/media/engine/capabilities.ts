/**
 * What each ffmpeg release can do. A binary is placed by its library numbers: builds from git call themselves "N-47683-g0e8eb07980".
 * Sources: the Changelog of ffmpeg; 4.1 and 5.1.9 were tried option by option.
 */
import type { EngineCaps } from "./types.ts";

export type Release = { readonly major: number; readonly minor: number };

/** First libavcodec of each release, newest first. */
const RELEASES: readonly { readonly avcodec: readonly [number, number]; readonly release: Release }[] = [
  { avcodec: [62, 11], release: { major: 8, minor: 0 } },
  { avcodec: [61, 19], release: { major: 7, minor: 1 } },
  { avcodec: [61, 3], release: { major: 7, minor: 0 } },
  { avcodec: [60, 31], release: { major: 6, minor: 1 } },
  { avcodec: [60, 3], release: { major: 6, minor: 0 } },
  { avcodec: [59, 37], release: { major: 5, minor: 1 } },
  { avcodec: [59, 18], release: { major: 5, minor: 0 } },
  { avcodec: [58, 134], release: { major: 4, minor: 4 } },
  { avcodec: [58, 91], release: { major: 4, minor: 3 } },
  { avcodec: [58, 54], release: { major: 4, minor: 2 } },
  { avcodec: [58, 35], release: { major: 4, minor: 1 } },
];

/** The release a libavcodec belongs to, or the one before it for builds between two; undefined below 4.1, which mm does not drive. */
export function releaseOf(avcodecMajor: number, avcodecMinor: number): Release | undefined {
  return RELEASES.find(({ avcodec: [major, minor] }) => avcodecMajor > major || (avcodecMajor === major && avcodecMinor >= minor))?.release;
}

export function capsOf({ major, minor }: Release): EngineCaps {
  const atLeast = (wantedMajor: number, wantedMinor: number) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return {
    frameSync: atLeast(5, 1) ? "-fps_mode" : "-vsync",
    hasStatsPeriod: atLeast(4, 4),
    hasMovieTimescale: atLeast(5, 0),
    hasOutputThreadQueue: atLeast(6, 0),
    // 7.0 runs every stage in a thread of its own with fixed queues in front (fftools/ffmpeg_sched.h); measured on 5.1.9 and 7.0.2.
    queueFrames: atLeast(7, 0) ? 20 : 3,
  };
}
