/** The argument list of a child that encodes a chunk: nothing that costs memory is left to a default. */
import type { Chunk } from "../chunks.ts";
import { layoutOf, type MediaIndex } from "../container/index.ts";
import type { EncoderOptions } from "../encoder-options.ts";
import type { Engine } from "../engine/index.ts";
import { unusualLocation } from "../keep-picture.ts";
import { type EncoderSettings, encoderArgs, encoderName } from "../model/index.ts";
import type { Picture } from "../picture.ts";
import { type Pass, passArguments, type Rate, rateArguments } from "../rate.ts";
import { staticHdrParameters } from "../static-hdr.ts";
import { ALPHA_MODE, chunkContainer } from "./chunk-container.ts";
import { chunkInput, guards, passThrough, timescaleOf } from "./source.ts";

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
  const fields = isInterlaced(picture) ? ["-flags", "+ilme+ildct"] : [];
  // libx264 takes captions from the frames unless told not to.
  const captions = settings.codec === "h264" && picture.dropped.includes("closed-captions") ? ["-a53cc", "0"] : [];
  // libvpx makes no alternate references with alpha, and refuses to begin unless told so.
  const alpha = layoutOf(picture.pixelFormat).hasAlpha ? ["-auto-alt-ref", "0"] : [];
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
    const fields = isInterlaced(picture) ? [`${picture.fieldOrder}=1`] : [];
    return ["stitchable=1", ...fields, ...chromaParameter(picture), ...staticHdrParameters(codec, picture)];
  }
  if (codec !== "hevc") return [];
  // ffmpeg 4 hands the range of pixel formats named "yuvj" on to x265, and no other.
  const range = picture.color.range === "pc" ? ["range=full"] : [];
  return ["open-gop=0", "log-level=error", ...range, ...chromaParameter(picture), ...staticHdrParameters(codec, picture)];
}

/** ffmpeg 4 does not hand it on, so x264 and x265 are told themselves, by its number in their streams. */
function chromaParameter(picture: Picture): string[] {
  const number = ["left", "center", "topleft", "top", "bottomleft", "bottom"].indexOf(unusualLocation(picture) ?? "");
  return number < 0 ? [] : [`chromaloc=${number}`];
}

function isInterlaced({ fieldOrder }: Picture): boolean {
  return fieldOrder === "tff" || fieldOrder === "bff";
}

/** Paths that an encoding child writes: the chunk, and a line per frame with its quantiser. */
export type EncodeOutputs = { readonly video: string; readonly stats: string };

/** Decodes and encodes one chunk into a file of its own; a first pass writes what the second needs to know, and no picture. */
export function encodeChunkArguments(request: EncodeRequest, chunk: Chunk, outputs: EncodeOutputs, pass: Pass): string[] {
  const { engine, index, picture } = request;
  const { input, filter } = chunkInput(index, picture, chunk, request.decoderThreads);
  return [
    ...guards(engine, true),
    ...input,
    ...passThrough(engine, filter, picture.timeBase),
    // A change of rate repeats the last frame until told to stop; else too many frames would be a fault to be seen.
    ...(picture.frameMap === undefined ? [] : ["-frames:v", String(chunk.endFrame - chunk.firstFrame)]),
    ...encoderArguments(request, pass),
    // How the picture is turned is written into the joined file.
    ...["-metadata:s:v:0", "rotate="],
    ...["-an", "-sn", "-dn", "-map_chapters", "-1"],
    ...(pass === 1 ? ["-f", "null", "-"] : chunkFile(request, outputs)),
  ];
}

function chunkFile({ picture, settings }: EncodeRequest, { video, stats }: EncodeOutputs): string[] {
  const { muxer } = chunkContainer(picture);
  const tag = settings.codec === "hevc" ? ["-tag:v", "hvc1"] : [];
  const clock = muxer === "mp4" ? ["-video_track_timescale", String(timescaleOf(picture.timeBase))] : ALPHA_MODE;
  return [...tag, ...clock, "-vstats_file", stats, "-f", muxer, `file:${video}`];
}
