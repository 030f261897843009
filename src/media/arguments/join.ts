/** The argument list of the child that joins the chunks with what else the output holds. */
import type { Carry } from "../carry.ts";
import type { Chunk } from "../chunks.ts";
import type { MediaIndex } from "../container/index.ts";
import type { Engine } from "../engine/index.ts";
import type { EncoderSettings } from "../model/index.ts";
import type { OutputFormat } from "../output-format.ts";
import type { Picture } from "../picture.ts";
import { tickAt } from "../ticks.ts";
import { ALPHA_MODE, chunkContainer } from "./chunk-container.ts";
import { guards, source, timescaleOf } from "./source.ts";

/** Microseconds of a tick, rounded as absolute time so that differences telescope and errors never add up. */
function microseconds({ timeBase }: Picture, tick: number): number {
  return Math.round((tick * timeBase.num * 1e6) / timeBase.den);
}

/** The list the concat demuxer reads: relative names, and the duration of each chunk on the picture's clock. */
export function concatList(picture: Picture, chunks: readonly Chunk[], names: readonly string[]): string {
  const lines = chunks.map((chunk, at) => {
    const micros = microseconds(picture, tickAt(picture, chunk.endFrame)) - microseconds(picture, tickAt(picture, chunk.firstFrame));
    return `file ${names[at]}\nduration ${(micros / 1e6).toFixed(6)}\n`;
  });
  return `ffconcat version 1.0\n${lines.join("")}`;
}

export type JoinRequest = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly carry: Carry;
  readonly format: OutputFormat;
  readonly codec: EncoderSettings["codec"];
  /** How far the first packets of the sound lie before the start, in seconds. */
  readonly soundLeadSeconds: number;
  /** How long the video waits for packets of other streams. */
  readonly interleaveSeconds: number;
};

/** Joins the chunk files and takes sound, subtitles, chapters and metadata from the input. */
export function joinArguments(request: JoinRequest, listName: string, output: string): string[] {
  const { engine, index, picture, carry, format } = request;
  const demuxers = [...new Set(["concat", chunkContainer(picture).demuxer, index.demuxer])].join(",");
  const keepInput = carry.streams.length > 0 || carry.chapters > 0 || index.metadataKeys.length > 0;
  const streams = carry.streams.flatMap((stream) => ["-map", `1:${stream.streamIndex}`]);
  const codecs = carry.streams.flatMap((stream, at) => [`-c:${at + 1}`, stream.codec]);
  return [
    ...guards(engine, true),
    ...["-itsoffset", picture.offsetSeconds.toFixed(6), "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers],
    ...["-thread_queue_size", "1", "-safe", "1", "-f", "concat", "-i", listName],
    ...(keepInput ? [...part(picture), ...source(index)] : []),
    ...["-map", "0:v:0", ...streams, "-c", "copy", ...codecs],
    ...(keepInput ? ["-map_metadata", "1", "-map_chapters", "1"] : []),
    ...(chunkContainer(picture).muxer === "webm" ? ALPHA_MODE : []),
    ...(format.keepsTicks ? movieOptions(request) : matroskaOptions(request)),
    ...["-max_interleave_delta", String(Math.round(request.interleaveSeconds * 1e6)), "-f", format.muxer, `file:${output}`],
  ];
}

/** The part of the input that sound, subtitles and chapters are taken from. */
function part({ startSeconds, durationSeconds }: Picture): string[] {
  const start = startSeconds > 0 ? ["-ss", startSeconds.toFixed(6)] : [];
  return durationSeconds === undefined ? start : [...start, "-t", durationSeconds.toFixed(6)];
}

/**
 * Matroska has no times before 0. ffmpeg moves packets that would get one, but 4.1 only from the first such packet on, when frames are
 * written already (measured: all frames but the first came late by the priming of the sound). So all are moved from the start.
 */
function matroskaOptions({ soundLeadSeconds }: JoinRequest): string[] {
  return soundLeadSeconds > 0 ? ["-output_ts_offset", soundLeadSeconds.toFixed(6)] : [];
}

/** Edit lists count in ticks of the movie: with those of a slow picture alone, sound would start up to a frame beside its time. */
const COARSEST_MOVIE_TIMESCALE = 1000;

function movieOptions({ engine, picture, codec }: JoinRequest): string[] {
  const timescale = timescaleOf(picture.timeBase);
  const movieTimescale = timescale * Math.ceil(COARSEST_MOVIE_TIMESCALE / timescale);
  return [
    ...["-video_track_timescale", String(timescale)],
    ...(engine.caps.hasMovieTimescale ? ["-movie_timescale", String(movieTimescale)] : []),
    ...(codec === "hevc" ? ["-tag:v", "hvc1"] : []),
  ];
}
