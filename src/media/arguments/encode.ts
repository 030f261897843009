/** The argument list of a child that encodes a chunk: nothing that costs memory is left to a default. */
import type { Chunk } from "../chunks.ts";
import { CHROMA_LOCATIONS, type MediaIndex, type Rational } from "../container/index.ts";
import type { EncoderOptions } from "../encoder-options.ts";
import type { Engine } from "../engine/index.ts";
import { unusualLocation } from "../keep-picture.ts";
import { codecMade, type EncoderSettings, encoderArgs, encoderName } from "../model/index.ts";
import type { Picture } from "../picture.ts";
import { hasFields } from "../properties.ts";
import { type Pass, passArguments, type Rate, rateArguments } from "../rate.ts";
import { staticHdrParameters } from "../static-hdr.ts";
import { carriedOptions, pictureTags, streamWords } from "./carried.ts";
import { ALPHA_MODE, chunkContainer, hasAlpha } from "./chunk-container.ts";
import type { JoinRequest } from "./join.ts";
import { muxerOptions } from "./muxer.ts";
import { chunkInput, guards, passThrough, source, timescaleOf } from "./source.ts";

export type EncodeRequest = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly settings: EncoderSettings;
  readonly rate: Rate;
  readonly options: EncoderOptions;
  readonly decoderThreads: number;
};

/** What one ffmpeg needs to encode with the settings of the plan: codec, rate, pixel format, colour. */
export function encoderArguments(
  { picture, settings, rate, options }: Pick<EncodeRequest, "picture" | "settings" | "rate" | "options">,
  pass?: Pass,
): string[] {
  const { color } = picture;
  const tags = [
    ...(color.range === undefined ? [] : ["-color_range", color.range]),
    ...(color.primaries === undefined ? [] : ["-color_primaries", color.primaries]),
    ...(color.transfer === undefined ? [] : ["-color_trc", color.transfer]),
    ...(color.matrix === undefined ? [] : ["-colorspace", color.matrix]),
    ...(color.chromaLocation === undefined ? [] : ["-chroma_sample_location", color.chromaLocation]),
  ];
  const fields = hasFields(picture) ? ["-flags", "+ilme+ildct"] : [];
  // libx264 takes captions from the frames unless told not to.
  const captions = settings.codec === "h264" && picture.dropped.includes("closed-captions") ? ["-a53cc", "0"] : [];
  // libvpx makes no alternate references with alpha, and refuses to begin unless told so.
  const alpha = hasAlpha(picture) ? ["-auto-alt-ref", "0"] : [];
  const format = ["-pix_fmt", picture.pixelFormat, ...fields, ...captions, ...alpha, ...tags];
  const { args, parameters } = passArguments(encoderName(settings), pass);
  return [
    ...encoderArgs(settings, [...codecParameters(settings, picture), ...options.parameters, ...parameters]),
    ...[...rateArguments(rate), ...options.args, ...args, ...format],
  ];
}

/** x264: the same parameter sets in every chunk whatever its content. x265: closed groups, and no log line on standard error. */
function codecParameters({ codec }: EncoderSettings, picture: Picture): string[] {
  if (codec === "h264") {
    const fields = hasFields(picture) ? [`${picture.fieldOrder}=1`] : [];
    return ["stitchable=1", ...fields, ...chromaParameter(picture), ...staticHdrParameters(codec, picture)];
  }
  if (codec !== "hevc") return [];
  // ffmpeg 4 hands the range of pixel formats named "yuvj" on to x265, and no other.
  const range = picture.color.range === "pc" ? ["range=full"] : [];
  return ["open-gop=0", "log-level=error", ...range, ...chromaParameter(picture), ...staticHdrParameters(codec, picture)];
}

/** ffmpeg 4 does not hand it on, so x264 and x265 are told themselves, by its number in their streams. */
function chromaParameter(picture: Picture): string[] {
  const number = CHROMA_LOCATIONS.indexOf(unusualLocation(picture) ?? "");
  return number < 0 ? [] : [`chromaloc=${number}`];
}

/** Paths that an encoding child writes: the chunk, and a line per frame with its quantiser. */
export type EncodeOutputs = { readonly video: string; readonly stats: string };

/** Decodes and encodes one chunk into a file of its own; a first pass writes what the second needs to know, and no picture. */
export function encodeChunkArguments(request: EncodeRequest, chunk: Chunk, outputs: EncodeOutputs, pass: Pass): string[] {
  const { engine, index, picture } = request;
  const { input, map, filter } = chunkInput(index, picture, chunk, request.decoderThreads);
  return [
    ...guards(engine, true),
    ...input,
    ...map,
    ...passThrough(engine, filter, encoderTimeBase(request)),
    // A change of rate repeats the last frame until told to stop; else too many frames would be a fault to be seen.
    ...(picture.frameMap === undefined ? [] : ["-frames:v", String(chunk.endFrame - chunk.firstFrame)]),
    ...encoderArguments(request, pass),
    // The join takes the input's words and chapters from the input, and how the picture is turned is written into the joined file.
    ...["-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"],
    // Where the clock of a transport stream turned over, frames have times before 0, and MP4 would leave them out.
    ...(chunk.startTick < 0 ? ["-avoid_negative_ts", "make_non_negative"] : []),
    ...(pass === 1 ? ["-f", "null", "-"] : chunkFile(request, outputs)),
  ];
}

export type WholeRequest = EncodeRequest & Pick<JoinRequest, "carry" | "format" | "interleaveSeconds">;

/**
 * The same for the one chunk of a job that canWriteWhole: what it writes is the output, with everything that a join would take from the
 * input. Its clock is the input's, which begins at 0.
 */
export function encodeWholeArguments(request: WholeRequest, chunk: Chunk, outputs: EncodeOutputs, pass: Pass): string[] {
  const { engine, index, picture, settings, carry, format } = request;
  const { input, map, filter } = chunkInput(index, picture, chunk, request.decoderThreads);
  return [
    ...guards(engine, true),
    // Of two inputs each is read ahead in a thread of its own, by eight packets unless told.
    ...["-thread_queue_size", "1", ...input],
    // Opened once more: the picture's demuxer is sent to its first keyframe, and leaves out sound before it.
    ...(carry.streams.length > 0 ? source(index) : []),
    ...map,
    ...passThrough(engine, filter, encoderTimeBase(request)),
    ...encoderArguments(request, pass),
    ...carriedOptions(carry, 1),
    ...["-map_metadata", "0", "-map_chapters", "0", ...pictureTags(index, carry, format), ...streamWords(index, carry, format)],
    ...muxerOptions({ ...request, timeBase: picture.timeBase, tag: settings.codec === "hevc" ? "hvc1" : undefined, soundLeadSeconds: 0 }),
    ...["-vstats_file", outputs.stats, `file:${outputs.video}`],
  ];
}

/**
 * libvpx and libaom are told that a frame lasts one unit of the clock, and spend a bitrate by that (200 kbit/s came out as 38 with units of
 * 1/15360 s, ffmpeg 5.1). Frames of a constant rate keep their times on a clock of that rate. Encoders nobody knows get it, too: MPEG-2 and
 * DNxHD take no clock but that of a common rate, MPEG-4 none above 65535.
 */
function encoderTimeBase({ index, picture, settings, rate }: EncodeRequest): Rational {
  const countsUnits = (settings.codec === "vp9" || encoderName(settings) === "libaom-av1") && rate.kind === "bitrate";
  const isConstant = picture.frameMap !== undefined || !index.video.isVariableRate;
  const { num, den } = picture.frameRate;
  return countsUnits || (settings.codec === "other" && isConstant) ? { num: den, den: num } : picture.timeBase;
}

function chunkFile({ picture, settings }: EncodeRequest, { video, stats }: EncodeOutputs): string[] {
  const codec = codecMade(settings);
  const { muxer, keepsTicks } = chunkContainer(picture, codec);
  const tag = codec === "hevc" ? ["-tag:v", "hvc1"] : [];
  const clock = keepsTicks ? ["-video_track_timescale", String(timescaleOf(picture.timeBase))] : [];
  const alpha = hasAlpha(picture) ? ALPHA_MODE : [];
  // Not every codec says its colours itself; ffmpeg 4 leaves them out of the container unless told.
  const colours = keepsTicks && settings.codec === "other" ? ["-movflags", "+write_colr"] : [];
  return [...tag, ...clock, ...alpha, ...colours, "-vstats_file", stats, "-f", muxer, `file:${video}`];
}
