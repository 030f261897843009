import type { X264Preset, X264Settings, X265Preset, X265Settings } from "./types.ts";

type X264Row = Pick<X264Settings, "lookahead" | "bframes" | "bAdapt" | "refs" | "weightp">;

/** x264 `--fullhelp`, presets; the same from 2014 (core 142) to 2024 (core 164). */
const X264_ROWS: Readonly<Record<X264Preset, X264Row>> = {
  ultrafast: { lookahead: 0, bframes: 0, bAdapt: 0, refs: 1, weightp: 0 },
  superfast: { lookahead: 0, bframes: 3, bAdapt: 1, refs: 1, weightp: 1 },
  veryfast: { lookahead: 10, bframes: 3, bAdapt: 1, refs: 1, weightp: 1 },
  faster: { lookahead: 20, bframes: 3, bAdapt: 1, refs: 2, weightp: 1 },
  fast: { lookahead: 30, bframes: 3, bAdapt: 1, refs: 2, weightp: 1 },
  medium: { lookahead: 40, bframes: 3, bAdapt: 1, refs: 3, weightp: 2 },
  slow: { lookahead: 50, bframes: 3, bAdapt: 1, refs: 5, weightp: 2 },
  slower: { lookahead: 60, bframes: 3, bAdapt: 2, refs: 8, weightp: 2 },
  veryslow: { lookahead: 60, bframes: 8, bAdapt: 2, refs: 16, weightp: 2 },
};

type X265Row = Pick<X265Settings, "lookahead" | "lookaheadSlices" | "bframes" | "bAdapt" | "refs" | "weightp" | "ctu">;

/** x265 documentation, "Preset Options" (3.5); 2.9 differs in none of these columns. */
const X265_ROWS: Readonly<Record<X265Preset, X265Row>> = {
  ultrafast: { lookahead: 5, lookaheadSlices: 8, bframes: 3, bAdapt: 0, refs: 1, weightp: 0, ctu: 32 },
  superfast: { lookahead: 10, lookaheadSlices: 8, bframes: 3, bAdapt: 0, refs: 1, weightp: 0, ctu: 32 },
  veryfast: { lookahead: 15, lookaheadSlices: 8, bframes: 4, bAdapt: 0, refs: 2, weightp: 1, ctu: 64 },
  faster: { lookahead: 15, lookaheadSlices: 8, bframes: 4, bAdapt: 0, refs: 2, weightp: 1, ctu: 64 },
  fast: { lookahead: 15, lookaheadSlices: 8, bframes: 4, bAdapt: 0, refs: 3, weightp: 1, ctu: 64 },
  medium: { lookahead: 20, lookaheadSlices: 8, bframes: 4, bAdapt: 2, refs: 3, weightp: 1, ctu: 64 },
  slow: { lookahead: 25, lookaheadSlices: 4, bframes: 4, bAdapt: 2, refs: 4, weightp: 1, ctu: 64 },
  slower: { lookahead: 40, lookaheadSlices: 0, bframes: 8, bAdapt: 2, refs: 5, weightp: 1, ctu: 64 },
  veryslow: { lookahead: 40, lookaheadSlices: 0, bframes: 8, bAdapt: 2, refs: 5, weightp: 1, ctu: 64 },
};

/** Default of both encoders. */
const KEYINT_FRAMES = 250;

/** What the preset means, spelled out, for one or more frame threads. */
export function x264Settings(preset: X264Preset, threads = 1): X264Settings {
  return { preset, threads, slicedThreads: false, lookaheadThreads: 1, keyint: KEYINT_FRAMES, ...X264_ROWS[preset] };
}

/** What the preset means, spelled out, for a pool of one or more threads, with as many pictures at once as x265 itself takes. */
export function x265Settings(preset: X265Preset, pools = 1): X265Settings {
  return { preset, pools, frameThreads: frameThreadsOf(pools), keyint: KEYINT_FRAMES, ...X265_ROWS[preset] };
}

/** x265's own choice by cores (threadpool.cpp, getFrameThreadsCount), never more than four: each costs a reconstructed picture and more. */
function frameThreadsOf(pools: number): number {
  if (pools >= 16) return 4;
  if (pools >= 8) return 3;
  return pools >= 4 ? 2 : 1;
}
