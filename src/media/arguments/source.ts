/** What every child that reads the input or a chunk starts with. File names are `file:` URLs given as single arguments. */
import type { Chunk } from "../chunks.ts";
import type { MediaIndex, Rational, VideoTrack } from "../container/index.ts";
import type { Engine } from "../engine/index.ts";
import { type Picture, pictureFilters } from "../picture.ts";

/** No terminal, no banner, errors alone on standard error, and progress on descriptor 3 where it is wanted. */
export function guards(engine: Engine, reportProgress: boolean): string[] {
  const period = engine.caps.hasStatsPeriod ? ["-stats_period", "0.25"] : [];
  return ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-y", ...(reportProgress ? ["-progress", "pipe:3", ...period] : [])];
}

/** The input as a file and nothing else: no network, no demuxer but the one that was recognised. */
export function source(index: MediaIndex): string[] {
  return ["-protocol_whitelist", "file,pipe", "-format_whitelist", index.demuxer, "-i", `file:${index.path}`];
}

/** Left to ffmpeg, a decoder of FLAC has as many threads as there are cores, and frames for each. */
export const SOUND_DECODER = ["-threads", "1"];

/** Ticks per second, for tracks whose ticks are no multiple of anything: no timestamp is rounded then. */
export function timescaleOf({ num, den }: Rational): number {
  return Math.round(den / num);
}

/** Samples around a picture that decoders count as part of it (MPEG-2: 128 across and 152 down, for 192x128). */
const MARGIN = 256;

/** Decoder side of a chunk: where to start, and the one linear filter chain that keeps exactly its frames and makes the picture of them. */
export function chunkInput(
  index: MediaIndex,
  picture: Picture,
  chunk: Chunk,
  decoderThreads: number,
): { readonly input: string[]; readonly map: string[]; readonly filter: string } {
  const { video } = index;
  const { num, den } = video.timeBase;
  const seek = chunk.seekTick === undefined ? [] : ["-seek_timestamp", "1", "-ss", seekSeconds(video, chunk.seekTick), "-noaccurate_seek"];
  const limits = [
    "-noautorotate",
    "-threads",
    String(decoderThreads),
    "-max_pixels",
    String((video.width + MARGIN) * (video.height + MARGIN)),
  ];
  const decoder = picture.decoder === undefined ? [] : ["-c:v", picture.decoder];
  const end = chunk.endTick === undefined ? "" : `:end_pts=${chunk.endTick}`;
  return {
    input: [...limits, ...decoder, "-copyts", ...seek, ...source(index)],
    map: ["-map", `0:v:${video.videoIndex}`],
    filter: [`settb=${num}/${den}`, `trim=start_pts=${chunk.startTick}${end}`, ...pictureFilters(picture, video, chunk)].join(","),
  };
}

/** ffmpeg rounds -ss to microseconds; rounding up keeps it from landing on the sync packet before. */
function seekSeconds(video: VideoTrack, tick: number): string {
  return (Math.ceil((tick * video.timeBase.num * 1e6) / video.timeBase.den) / 1e6).toFixed(6);
}

/** Frames leave as the filters made them, each at its own tick. */
export function passThrough({ caps }: Engine, filter: string, { num, den }: Rational): string[] {
  return ["-vf", filter, caps.frameSync, "passthrough", "-enc_time_base", `${num}:${den}`, "-filter_threads", "1"];
}
