/** The argument list of the child that joins the chunks with what else the output holds. */
import type { Carry } from "../carry.ts";
import type { Chunk } from "../chunks.ts";
import type { MediaIndex } from "../container/index.ts";
import type { Engine } from "../engine/index.ts";
import type { OutputFormat } from "../output-format.ts";
import type { Picture } from "../picture.ts";
import { tickAt } from "../ticks.ts";
import { carriedOptions, pictureTags, streamWords } from "./carried.ts";
import { ALPHA_MODE, chunkContainer, hasAlpha } from "./chunk-container.ts";
import { muxerOptions } from "./muxer.ts";
import { guards, SOUND_DECODER, source } from "./source.ts";

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
  /** ffmpeg's id of the picture's codec. */
  readonly codec: string;
  /** How far the first packets of the sound lie before the start, in seconds. */
  readonly soundLeadSeconds: number;
  /** How long the video waits for packets of other streams. */
  readonly interleaveSeconds: number;
};

/** Joins the chunk files and takes sound, subtitles, chapters and metadata from the input. */
export function joinArguments(request: JoinRequest, listName: string, output: string): string[] {
  const { engine, index, picture, carry, format, codec } = request;
  const demuxers = [...new Set(["concat", chunkContainer(picture, codec).demuxer, index.demuxer])].join(",");
  const keepInput = carry.streams.length > 0 || carry.chapters.length > 0 || index.metadataKeys.length > 0;
  return [
    ...guards(engine, true),
    ...["-itsoffset", picture.offsetSeconds.toFixed(6), "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers],
    ...["-thread_queue_size", "1", "-safe", "1", "-f", "concat", "-i", listName],
    ...(keepInput ? [...SOUND_DECODER, ...part(picture), ...source(index)] : []),
    ...["-map", "0:v:0", "-c", "copy", ...carriedOptions(carry, 1), ...soundFromStart(request)],
    ...(keepInput ? ["-map_metadata", "1", "-map_chapters", "1"] : []),
    ...pictureTags(index, carry, format),
    ...streamWords(index, carry, format),
    ...(hasAlpha(picture) ? ALPHA_MODE : []),
    ...chapterLimit(request),
    ...muxerOptions({ ...request, timeBase: picture.timeBase, tag: codec === "hevc" ? "hvc1" : undefined }),
    `file:${output}`,
  ];
}

/** Packets of copied sound begin at a key frame of the picture before the start. Movies have an edit list that hides them, others would play them. */
function soundFromStart({ picture, format }: JoinRequest): string[] {
  return picture.startSeconds > 0 && !format.keepsTicks ? ["-copypriorss:a", "0"] : [];
}

/** Chapters behind the end are left out only by a limit on the output. A millisecond keeps it from the last frame, which starts before. */
function chapterLimit({ carry, picture: { durationSeconds } }: JoinRequest): string[] {
  return durationSeconds === undefined || carry.chapters.length === 0 ? [] : ["-t", (durationSeconds + 0.001).toFixed(6)];
}

/** The part of the input that sound, subtitles and chapters are taken from. */
function part({ startSeconds, durationSeconds }: Picture): string[] {
  const start = startSeconds > 0 ? ["-ss", startSeconds.toFixed(6)] : [];
  return durationSeconds === undefined ? start : [...start, "-t", durationSeconds.toFixed(6)];
}
