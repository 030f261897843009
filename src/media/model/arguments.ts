import type { EncoderSettings, X264Settings, X265Settings } from "./types.ts";

/** ffmpeg's name for the encoder of these settings. */
export function encoderName({ codec }: EncoderSettings): string {
  return codec === "h264" ? "libx264" : "libx265";
}

/**
 * The ffmpeg arguments that make an encoder use exactly these settings: codec, preset, threads and one parameter list.
 * ffmpeg keeps only the last `-x264-params` or `-x265-params`, so what else belongs in the list is passed as `more`.
 */
export function encoderArgs(settings: EncoderSettings, more: readonly string[] = []): string[] {
  if (settings.codec === "h264") {
    const list = [...x264Parameters(settings), ...more].join(":");
    return ["-c:v", "libx264", "-preset", settings.preset, "-threads", String(settings.threads), "-x264-params", list];
  }
  const list = [...x265Parameters(settings), ...more].join(":");
  return ["-c:v", "libx265", "-preset", settings.preset, "-threads", String(settings.frameThreads), "-x265-params", list];
}

function x264Parameters(settings: X264Settings): string[] {
  return [
    `threads=${settings.threads}`,
    `sliced-threads=${settings.slicedThreads ? 1 : 0}`,
    `lookahead-threads=${settings.lookaheadThreads}`,
    ...(settings.syncLookahead === 0 ? ["sync-lookahead=0"] : []),
    `rc-lookahead=${settings.lookahead}`,
    `mbtree=${settings.lookahead > 0 ? 1 : 0}`,
    `bframes=${settings.bframes}`,
    `b-adapt=${settings.bAdapt}`,
    `ref=${settings.refs}`,
    `weightp=${settings.weightp}`,
    `keyint=${settings.keyint}`,
    ...frameRate(settings),
  ];
}

function x265Parameters(settings: X265Settings): string[] {
  return [
    `pools=${settings.pools}`,
    `frame-threads=${settings.frameThreads}`,
    `rc-lookahead=${settings.lookahead}`,
    `lookahead-slices=${settings.lookaheadSlices}`,
    `bframes=${settings.bframes}`,
    `b-adapt=${settings.bAdapt}`,
    `ref=${settings.refs}`,
    `weightp=${settings.weightp}`,
    `ctu=${settings.ctu}`,
    `keyint=${settings.keyint}`,
    ...frameRate(settings),
  ];
}

function frameRate({ frameRate: rate }: X264Settings | X265Settings): string[] {
  return rate === undefined ? [] : [`fps=${rate.num}/${rate.den}`];
}
