/** Which of an engine's encoders makes a codec, and what pictures it takes. */
import { UnsupportedError, UsageError } from "../base/index.ts";
import { isPixelFormat } from "../memory/index.ts";
import { layoutOf } from "./container/pixel-format-name.ts";
import type { VideoTrack } from "./container/types.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import type { EncoderName, EncoderSettings } from "./model/index.ts";
import { askEncoder, encoderMissing, type NamedEncoder } from "./named-encoder.ts";
import { type OutputFormat, outputCodecOf, refuseCodec } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import { canProvePicture } from "./proof-shape.ts";

export type OutputCodec = Exclude<EncoderSettings["codec"], "other">;

/** What encodes the picture. */
export type EncoderChoice =
  | { readonly codec: OutputCodec; readonly encoder: EncoderName; readonly other: undefined }
  /** One that mm has no model of. */
  | { readonly codec: "other"; readonly encoder: string; readonly other: NamedEncoder };

/** In the order mm tries them. */
const ENCODERS: Readonly<Record<OutputCodec, readonly EncoderName[]>> = {
  h264: ["libx264"],
  hevc: ["libx265"],
  vp9: ["libvpx-vp9"],
  av1: ["libsvtav1", "libaom-av1"],
};
const CODECS = Object.keys(ENCODERS) as OutputCodec[];

/** What of the encoder the user names; undefined: what the container usually holds, and the first that makes it. */
type AskedEncoder = { readonly encoder: string | undefined; readonly codec: OutputCodec | undefined };

/**
 * @throws UnsupportedError when the engine has no such encoder or the container does not take what it makes, UsageError when what is asked
 * for contradicts itself
 */
export async function chooseEncoder(engine: Engine, run: RunTool, asked: AskedEncoder, format: OutputFormat): Promise<EncoderChoice> {
  const { encoder } = asked;
  if (encoder === undefined) return firstOf(engine, outputCodecOf(format, asked.codec));
  for (const codec of CODECS) {
    const modelled = ENCODERS[codec].find((name) => name === encoder);
    if (modelled === undefined) continue;
    refuseContradiction(encoder, codec, asked.codec);
    if (engine.pixelFormats[modelled] === undefined) throw encoderMissing(engine, encoder);
    if (!format.videoEncode.includes(codec)) throw refuseCodec(format, codec, encoder);
    return { codec, encoder: modelled, other: undefined };
  }
  const other = await askEncoder(engine, run, encoder);
  refuseContradiction(encoder, other.makes, asked.codec);
  if (!format.videoCopy.includes(other.makes)) throw refuseCodec(format, other.makes, encoder);
  return { codec: "other", encoder, other };
}

function refuseContradiction(encoder: string, makes: string, asked: OutputCodec | undefined): void {
  if (asked === undefined || asked === makes) return;
  throw new UsageError(`--encoder ${encoder} makes ${makes}, and --codec says ${asked}`, { hint: "leave one of them out" });
}

function firstOf(engine: Engine, codec: OutputCodec): EncoderChoice {
  const names = ENCODERS[codec];
  const encoder = names.find((name) => engine.pixelFormats[name] !== undefined);
  if (encoder !== undefined) return { codec, encoder, other: undefined };
  throw new UnsupportedError(`ffmpeg ${engine.version} has no ${names.join(" and no ")}`, {
    hint: "--ffmpeg with another engine, or another --codec",
    details: { engine: engine.path },
  });
}

/** Decoders by ffmpeg's id of the codec, where they are called otherwise. */
const DECODERS: Readonly<Record<string, readonly string[]>> = {
  av1: ["libdav1d", "libaom-av1"],
  vp8: ["vp8", "libvpx"],
  vp9: ["vp9", "libvpx-vp9"],
  flv1: ["flv"],
  msmpeg4v3: ["msmpeg4"],
};

/** @throws UnsupportedError when the engine cannot decode the video */
export function refuseDecoding(engine: Engine, { codec, streamIndex }: VideoTrack): void {
  const names = DECODERS[codec] ?? [codec];
  if (names.some((name) => engine.decoders.includes(name))) return;
  throw new UnsupportedError(`the video is ${codec}, which ffmpeg ${engine.version} cannot decode`, {
    hint: "--ffmpeg with another engine",
    details: { engine: engine.path, stream: streamIndex },
  });
}

/** Pixel formats by the planar one that has the same samples; big-endian ones and full range have names that follow from it. */
const PLANAR: Readonly<Record<string, string>> = {
  nv12: "yuv420p",
  nv21: "yuv420p",
  nv16: "yuv422p",
  yuyv422: "yuv422p",
  uyvy422: "yuv422p",
  yvyu422: "yuv422p",
  p010le: "yuv420p10le",
  nv20le: "yuv422p10le",
};

/** One that is read and one that is written. */
const CONVERTED_FRAMES = 2;

/**
 * The picture in a pixel format of the encoder that has the same samples.
 *
 * @throws UnsupportedError when there is none, or the size cannot be
 */
export function fitPicture(engine: Engine, encoder: string, asked: Picture): Picture {
  refuseOddSize(engine, encoder, asked);
  // ffmpeg takes gray for full range, and streams are taken for limited range unless they say otherwise.
  const isUntaggedGray = asked.pixelFormat.startsWith("gray") && asked.color.range === undefined;
  const picture: Picture = isUntaggedGray ? { ...asked, color: { ...asked.color, range: "pc" } } : asked;
  const formats = engine.pixelFormats[encoder] ?? [];
  const planar = PLANAR[picture.pixelFormat] ?? picture.pixelFormat.replace(/^(yuva?[\d]+p\d+|gray\d+)be$/, "$1le");
  // "yuvj" is "yuv" of full range, which newer encoders are told by a tag alone.
  const pixelFormat = [planar, planar.replace("yuvj", "yuv")].find((format) => formats.includes(format));
  if (pixelFormat === undefined || !canProvePicture({ ...picture, pixelFormat })) throw formatMissing(engine, encoder, picture);
  if (pixelFormat === picture.pixelFormat) return picture;
  const range = picture.color.range === "pc" ? "full" : "limited";
  return {
    ...picture,
    pixelFormat,
    ...layoutOf(pixelFormat),
    filters: [...picture.filters, `scale=in_range=${range}:out_range=${range}`],
    filterFrames: picture.filterFrames + CONVERTED_FRAMES,
  };
}

function formatMissing(engine: Engine, encoder: string, { pixelFormat, bitDepth }: Picture): UnsupportedError {
  const formats = engine.pixelFormats[encoder] ?? [];
  const usual = formats.includes("yuv420p10le") && bitDepth > 8 ? "yuv420p10le" : "yuv420p";
  const nearest = formats.includes(usual) ? usual : (formats.find((format) => isPixelFormat(format.replace("yuvj", "yuv"))) ?? usual);
  const alpha = !layoutOf(pixelFormat).hasAlpha
    ? ""
    : formats.includes("yuva420p")
      ? "--vf format=yuva420p to keep its alpha in 8 bits, or "
      : "--codec vp9 with --vf format=yuva420p to keep its alpha, or ";
  const what = formats.includes(pixelFormat) ? "mm cannot carry" : `${encoder} of ffmpeg ${engine.version} has no`;
  return new UnsupportedError(`${what} ${pixelFormat}, the format of the picture`, {
    hint: `${alpha}--vf format=${nearest} to convert it, another --codec, or --ffmpeg with another engine`,
    details: { engine: engine.path },
  });
}

function refuseOddSize(engine: Engine, encoder: string, { width, height, chroma }: Picture): void {
  const isOdd = (chroma !== "4:4:4" && width % 2 === 1) || (chroma === "4:2:0" && height % 2 === 1);
  if (!isOdd || NEEDS_EVEN[encoder] !== true) return;
  throw new UnsupportedError(`${encoder} needs an even size, and the picture has ${width}x${height}`, {
    hint: `--scale ${width - (width % 2)}x${height - (height % 2)}, or --codec vp9`,
    details: { engine: engine.path },
  });
}

/** Encoders whose chroma planes must be whole. */
const NEEDS_EVEN: Readonly<Record<string, boolean>> = { libx264: true, libx265: true, libsvtav1: true };
