import type { EncoderSettings, SvtSettings, X264Settings, X265Settings } from "./types.ts";

/** ffmpeg's name for the encoder of these settings. */
export function encoderName(settings: EncoderSettings): string {
  if (settings.codec === "av1" || settings.codec === "other") return settings.encoder;
  return ({ h264: "libx264", hevc: "libx265", vp9: "libvpx-vp9" } as const)[settings.codec];
}

/** ffmpeg's id of the codec that these settings make. */
export function codecMade(settings: EncoderSettings): string {
  return settings.codec === "other" ? settings.makes : settings.codec;
}

/**
 * The ffmpeg arguments that make an encoder use exactly these settings: codec, preset, threads and one parameter list.
 * ffmpeg keeps only the last list, as in `-x264-params`, so what else belongs in it is passed as `more`; libvpx and libaom have none.
 */
export function encoderArgs(settings: EncoderSettings, more: readonly string[] = []): string[] {
  return ["-c:v", encoderName(settings), ...settingArguments(settings, more)];
}

function settingArguments(settings: EncoderSettings, more: readonly string[]): string[] {
  switch (settings.codec) {
    case "h264":
      return ["-preset", settings.preset, "-threads", String(settings.threads), "-x264-params", list(x264Parameters(settings), more)];
    case "hevc":
      return ["-preset", settings.preset, "-threads", String(settings.frameThreads), "-x265-params", list(x265Parameters(settings), more)];
    case "vp9":
      return [
        ...["-deadline", "good", "-cpu-used", String(settings.cpuUsed), "-row-mt", "1", "-threads", String(settings.threads)],
        ...["-tile-columns", String(settings.tileColumns), "-lag-in-frames", String(settings.lag), ...UNLIMITED_BITS],
      ];
    case "av1":
      if (settings.encoder === "libsvtav1")
        return ["-preset", String(settings.speed), "-svtav1-params", list(svtParameters(settings), more)];
      return [
        // libaom was experimental until ffmpeg 4.2.
        ...["-strict", "experimental", "-cpu-used", String(settings.cpuUsed), "-row-mt", "1", "-threads", String(settings.threads)],
        ...["-lag-in-frames", String(settings.lag), ...UNLIMITED_BITS],
      ];
    case "other":
      return ["-threads", String(settings.threads)];
  }
}

/** libvpx and libaom keep a quality only where no bitrate is set; ffmpeg 4 sets one of itself. A later -b:v takes its place. */
const UNLIMITED_BITS = ["-b:v", "0"];

function list(parameters: readonly string[], more: readonly string[]): string {
  return [...parameters, ...more].join(":");
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

/** Any lookahead of a mini-group or more is one mini-group to SVT-AV1 (EbEncHandle.c, tpl_lad_mg). */
function svtParameters({ lp, lookahead, hierarchicalLevels }: SvtSettings): string[] {
  return [`lp=${lp}`, `lookahead=${lookahead * 2 ** hierarchicalLevels}`, `hierarchical-levels=${hierarchicalLevels}`];
}

function frameRate({ frameRate: rate }: X264Settings | X265Settings): string[] {
  return rate === undefined ? [] : [`fps=${rate.num}/${rate.den}`];
}
