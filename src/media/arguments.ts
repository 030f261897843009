/**
 * The argument lists of every ffmpeg child. File names are `file:` URLs given as single arguments, protocols and demuxers are white
 * lists, and nothing that costs memory is left to a default.
 */
import type { Carry } from "./carry.ts";
import { type Chunk, tickAt } from "./chunks.ts";
import type { MediaIndex, VideoTrack } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";
import { type EncoderSettings, encoderArgs } from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";
import { videoOffsetSeconds } from "./timeline.ts";

/** ffmpeg's name for the demuxer of the chunk files mm writes. */
const CHUNK_DEMUXER = "mov,mp4,m4a,3gp,3g2,mj2";

/** ffmpeg rounds -ss to microseconds; rounding up keeps it from landing on the sync packet before. */
function seekSeconds(video: VideoTrack, tick: number): string {
  return (Math.ceil((tick * video.timeBase.num * 1e6) / video.timeBase.den) / 1e6).toFixed(6);
}

/** Microseconds of a tick, rounded as absolute time so that differences telescope and errors never add up. */
function microseconds(video: VideoTrack, tick: number): number {
  return Math.round((tick * video.timeBase.num * 1e6) / video.timeBase.den);
}

/** No terminal, no banner, errors alone on standard error, and progress on descriptor 3 where it is wanted. */
function guards(engine: Engine, reportProgress: boolean): string[] {
  const period = engine.caps.hasStatsPeriod ? ["-stats_period", "0.25"] : [];
  return ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-y", ...(reportProgress ? ["-progress", "pipe:3", ...period] : [])];
}

/** The input as a file and nothing else: no network, no demuxer but the one that was recognised. */
function source(index: MediaIndex): string[] {
  return ["-protocol_whitelist", "file,pipe", "-format_whitelist", index.demuxer, "-i", `file:${index.path}`];
}

/** The ticks per second the output track gets: the input's, so that no timestamp is rounded. */
function trackTimescale(video: VideoTrack): number {
  return Math.round(video.timeBase.den / video.timeBase.num);
}

/** Decoder side of a chunk: where to start, and the one linear filter chain that keeps exactly its frames. */
function chunkInput(index: MediaIndex, chunk: Chunk, decoderThreads: number): { input: string[]; filter: string } {
  const { video } = index;
  const { num, den } = video.timeBase;
  const seek = chunk.seekTick === undefined ? [] : ["-seek_timestamp", "1", "-ss", seekSeconds(video, chunk.seekTick), "-noaccurate_seek"];
  const limits = ["-noautorotate", "-threads", String(decoderThreads), "-max_pixels", String((video.width + 64) * (video.height + 64))];
  const end = chunk.endFrame < video.ticks.length ? `:end_pts=${tickAt(video, chunk.endFrame)}` : "";
  return {
    input: [...limits, "-copyts", ...seek, ...source(index), "-map", `0:v:${video.videoIndex}`],
    filter: `settb=${num}/${den},trim=start_pts=${tickAt(video, chunk.firstFrame)}${end}`,
  };
}

export type EncodeRequest = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly settings: EncoderSettings;
  readonly crf: number;
  readonly decoderThreads: number;
};

/** What one ffmpeg needs to encode with the settings of the plan: codec, rate, pixel format, colour. */
export function encoderArguments({ index, settings, crf }: Omit<EncodeRequest, "engine" | "decoderThreads">): string[] {
  const { video } = index;
  const { color } = video;
  const tags = [
    ...(color.range === undefined ? [] : ["-color_range", color.range]),
    ...(color.primaries === undefined ? [] : ["-color_primaries", color.primaries]),
    ...(color.transfer === undefined ? [] : ["-color_trc", color.transfer]),
    ...(color.matrix === undefined ? [] : ["-colorspace", color.matrix]),
    ...(color.chromaLocation === undefined ? [] : ["-chroma_sample_location", color.chromaLocation]),
  ];
  // x264: the same parameter sets in every chunk whatever its content. x265: closed groups, and no log line on standard error.
  const more = settings.codec === "h264" ? ["stitchable=1"] : ["open-gop=0", "log-level=error"];
  return [...encoderArgs(settings, more), "-crf", String(crf), "-pix_fmt", video.pixelFormat, ...tags];
}

/** Paths that an encoding child writes: the chunk, and a line per frame with its quantiser. */
export type EncodeOutputs = { readonly video: string; readonly stats: string };

/** Decodes and encodes one chunk into an MP4 file of its own. */
export function encodeChunkArguments(request: EncodeRequest, chunk: Chunk, outputs: EncodeOutputs): string[] {
  const { engine, index } = request;
  const { input, filter } = chunkInput(index, chunk, request.decoderThreads);
  const { num, den } = index.video.timeBase;
  return [
    ...guards(engine, true),
    ...input,
    ...["-vf", filter, engine.caps.frameSync, "passthrough", "-enc_time_base", `${num}:${den}`, "-filter_threads", "1"],
    ...encoderArguments(request),
    ...(request.settings.codec === "hevc" ? ["-tag:v", "hvc1"] : []),
    ...[
      "-an",
      "-sn",
      "-dn",
      "-map_chapters",
      "-1",
      "-video_track_timescale",
      String(trackTimescale(index.video)),
      "-vstats_file",
      outputs.stats,
      "-f",
      "mp4",
      `file:${outputs.video}`,
    ],
  ];
}

/** The list the concat demuxer reads: relative names, and the duration of each chunk on the input's own clock. */
export function concatList(video: VideoTrack, chunks: readonly Chunk[], names: readonly string[]): string {
  const lines = chunks.map((chunk, at) => {
    const micros = microseconds(video, tickAt(video, chunk.endFrame)) - microseconds(video, tickAt(video, chunk.firstFrame));
    return `file ${names[at]}\nduration ${(micros / 1e6).toFixed(6)}\n`;
  });
  return `ffconcat version 1.0\n${lines.join("")}`;
}

export type JoinRequest = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly carry: Carry;
  readonly format: OutputFormat;
  /** Seconds of the input to keep, from its start; undefined = all. */
  readonly durationSeconds: number | undefined;
  readonly codec: "h264" | "hevc";
  /** How far the first packets of the sound lie before the start, in seconds. */
  readonly soundLeadSeconds: number;
  /** How long the video waits for packets of other streams. */
  readonly interleaveSeconds: number;
};

/** Joins the chunk files and takes sound, subtitles, chapters and metadata from the input. */
export function joinArguments(request: JoinRequest, listName: string, output: string): string[] {
  const { engine, index, carry, format } = request;
  const demuxers = [...new Set(["concat", CHUNK_DEMUXER, index.demuxer])].join(",");
  const keepInput = carry.streams.length > 0 || carry.chapters > 0 || index.metadataKeys.length > 0;
  const limit = request.durationSeconds === undefined ? [] : ["-t", request.durationSeconds.toFixed(6)];
  const streams = carry.streams.flatMap((stream) => ["-map", `1:${stream.streamIndex}`]);
  const codecs = carry.streams.flatMap((stream, at) => [`-c:${at + 1}`, stream.codec]);
  return [
    ...guards(engine, true),
    ...["-itsoffset", videoOffsetSeconds(index).toFixed(6), "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers],
    ...["-thread_queue_size", "1", "-safe", "1", "-f", "concat", "-i", listName],
    ...(keepInput ? [...limit, ...source(index)] : []),
    ...["-map", "0:v:0", ...streams, "-c", "copy", ...codecs],
    ...(keepInput ? ["-map_metadata", "1", "-map_chapters", "1"] : []),
    ...(format.name === "matroska" ? matroskaOptions(request) : movieOptions(engine, index.video, request.codec)),
    ...["-max_interleave_delta", String(Math.round(request.interleaveSeconds * 1e6)), "-f", format.muxer, `file:${output}`],
  ];
}

/**
 * Matroska has no times before 0. ffmpeg moves packets that would get one, but 4.1 only from the first such packet on, when frames are
 * written already (measured: all frames but the first came late by the priming of the sound). So all are moved from the start.
 */
function matroskaOptions({ soundLeadSeconds }: JoinRequest): string[] {
  return soundLeadSeconds > 0 ? ["-output_ts_offset", soundLeadSeconds.toFixed(6)] : [];
}

function movieOptions(engine: Engine, video: VideoTrack, codec: "h264" | "hevc"): string[] {
  const timescale = trackTimescale(video);
  return [
    ...["-video_track_timescale", String(timescale)],
    ...(engine.caps.hasMovieTimescale ? ["-movie_timescale", String(timescale)] : []),
    ...(codec === "hevc" ? ["-tag:v", "hvc1"] : []),
  ];
}

/** Decodes frames of the input to raw video on a descriptor, for the proof of picture. */
export function decodeSourceArguments(engine: Engine, index: MediaIndex, chunk: Chunk): string[] {
  const { input, filter } = chunkInput(index, chunk, 1);
  return [...guards(engine, false), ...input, ...rawOutput(engine, index.video, filter, chunk)];
}

/**
 * Decodes a chunk file to raw video. Its edit list is ignored: ffmpeg 4.1 writes one that, rounded to milliseconds, hides the last
 * frame (measured), and every coded frame is to be compared.
 */
export function decodeChunkArguments(engine: Engine, index: MediaIndex, chunk: Chunk, path: string): string[] {
  return [
    ...guards(engine, false),
    ...["-noautorotate", "-threads", "1", "-protocol_whitelist", "file,pipe", "-format_whitelist", CHUNK_DEMUXER],
    ...["-ignore_editlist", "1", "-i", `file:${path}`, "-map", "0:v:0"],
    ...rawOutput(engine, index.video, "null", chunk),
  ];
}

/**
 * The raw muxer counts in the track's own ticks: in its default of 1/25 s the frames of a fast or variable rate would collide. The raw
 * encoder has frame threads since ffmpeg 5, as many as the host has cores unless told, and each holds a frame.
 */
function rawOutput({ caps }: Engine, { timeBase, pixelFormat }: VideoTrack, filter: string, chunk: Chunk): string[] {
  const queue = caps.hasOutputThreadQueue ? ["-thread_queue_size", "1"] : [];
  return [
    ...["-vf", filter, caps.frameSync, "passthrough", "-enc_time_base", `${timeBase.num}:${timeBase.den}`, "-filter_threads", "1"],
    ...["-frames:v", String(chunk.endFrame - chunk.firstFrame), "-pix_fmt", pixelFormat, "-c:v", "rawvideo", "-threads", "1"],
    ...[...queue, "-f", "rawvideo", "pipe:1"],
  ];
}
