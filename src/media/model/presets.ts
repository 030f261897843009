import type {
  AomSettings,
  EncoderName,
  EncoderPreset,
  EngineVersion,
  SvtSettings,
  Vp9Settings,
  X264Preset,
  X264Settings,
  X265Preset,
  X265Settings,
} from "./types.ts";

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

/**
 * x265's own choice by cores (threadpool.cpp, getFrameThreadsCount), never more than four: each costs a reconstructed picture and more. It
 * takes one for two and three cores, where a second takes 5 % off the time (480p, medium) and changes no packet there.
 */
function frameThreadsOf(pools: number): number {
  if (pools >= 16) return 4;
  if (pools >= 8) return 3;
  return pools >= 2 ? 2 : 1;
}

type SpeedRow = { readonly vp9: number; readonly svt: number; readonly aom: number };

/**
 * The speed each encoder has for a preset. Medium is what plain ffmpeg uses: -cpu-used 1 of libvpx-vp9 and libaom-av1 (`ffmpeg -h
 * encoder=`), preset 10 of SVT-AV1 (which it names when it starts). The rest spreads over the range that each one has.
 */
const SPEEDS: Readonly<Record<EncoderPreset, SpeedRow>> = {
  ultrafast: { vp9: 5, svt: 12, aom: 8 },
  superfast: { vp9: 4, svt: 12, aom: 7 },
  veryfast: { vp9: 4, svt: 11, aom: 6 },
  faster: { vp9: 3, svt: 11, aom: 5 },
  fast: { vp9: 2, svt: 10, aom: 3 },
  medium: { vp9: 1, svt: 10, aom: 1 },
  slow: { vp9: 0, svt: 8, aom: 1 },
  slower: { vp9: 0, svt: 6, aom: 0 },
  veryslow: { vp9: 0, svt: 4, aom: 0 },
};

/** libvpx's own default, as many columns as the width allows; never a function of threads, which would change packets. */
const VP9_TILE_COLUMNS = 6;
/** libvpx's own default and most. */
const VP9_LAG = 25;

/** What the preset means, spelled out. With one pass nothing looks at pictures held back, so none is (the same packets, measured). */
export function vp9Settings(preset: EncoderPreset, threads = 2, passes: 1 | 2 = 1): Vp9Settings {
  const lag = passes === 2 ? VP9_LAG : 0;
  return { preset, cpuUsed: SPEEDS[preset].vp9, threads: Math.max(2, threads), lag, tileColumns: VP9_TILE_COLUMNS };
}

/**
 * What the preset means, spelled out: ffmpeg's five layers of pictures, and SVT-AV1's own lookahead. It counts on two processors at most:
 * its pools grow with every further one (1080p: 379 MiB with 2, 467 with 4, 1192 with 16, measured), and lanes use the cores as well.
 */
export function svtSettings(preset: EncoderPreset, threads = 2): SvtSettings {
  return { preset, speed: SPEEDS[preset].svt, lp: threads > 1 ? 2 : 1, lookahead: 1, hierarchicalLevels: 4 };
}

/** What the preset means, spelled out. libaom's own lookahead was 19 pictures up to 1.0 (ffmpeg 4.1), which takes no more than 25, and is 35. */
export function aomSettings(preset: EncoderPreset, threads: number, engine: EngineVersion): AomSettings {
  return { preset, cpuUsed: SPEEDS[preset].aom, threads: Math.max(2, threads), lag: engine.major >= 5 ? 35 : 19 };
}

/** Quality when none is asked for: what each encoder, or ffmpeg for it, takes of itself. */
export function defaultCrf(encoder: EncoderName): number {
  return { libx264: 23, libx265: 28, "libvpx-vp9": 32, libsvtav1: 35, "libaom-av1": 32 }[encoder];
}
