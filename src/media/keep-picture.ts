/** What belongs to the picture reaches the output or is refused by name, unless the user asks to drop it. */
import { UnsupportedError } from "../base/index.ts";
import { layoutOf } from "./container/pixel-format-name.ts";
import type { ColorTags, MediaIndex, SideDataName, VideoTrack } from "./container/types.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import { type Droppable, dropWordOf, isInFrames } from "./properties.ts";
import { staticHdrParameters } from "./static-hdr.ts";

type KeepRequest = {
  readonly engine: Engine;
  readonly run: RunTool;
  /** ffmpeg's encoder. */
  readonly encoder: string;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly format: OutputFormat;
};

/** Something the output would not have. */
type Loss = {
  readonly name: string;
  /** How to keep it. */
  readonly keep?: string;
  /** How to do without it. */
  readonly drop?: Droppable;
  readonly filter?: string;
};

/**
 * @returns what the user should know of what is kept in another way
 * @throws UnsupportedError naming all that would be lost
 */
export async function keepPicture(request: KeepRequest): Promise<string[]> {
  const { index, encoder, format } = request;
  const losses = [...turned(request), ...fields(request), ...chroma(request), ...(await sideData(request))];
  if (losses.length > 0) {
    const names = losses.map(({ name }) => name).join(", ");
    throw new UnsupportedError(`the video has ${names}, which ${encoder} in ${format.muxer} cannot keep`, {
      hint: hintOf(losses),
      details: { input: index.path, stream: index.video.streamIndex },
    });
  }
  return index.video.sideData.filter((name) => isInFrames(name, index.video)).map((name) => `${name} becomes part of the frames`);
}

/** "--codec h264, or --vf yadif --drop film-grain". */
function hintOf(losses: readonly Loss[]): string {
  const keeps = new Set(losses.map(({ keep }) => keep));
  const filters = losses.flatMap(({ filter }) => filter ?? []);
  const drops = losses.flatMap(({ drop }) => drop ?? []);
  const without = [
    ...(filters.length === 0 ? [] : [`--vf ${filters.join(",")}`]),
    ...(drops.length === 0 ? [] : [`--drop ${drops.join(",")}`]),
  ];
  // A way to keep one thing is none while another is lost.
  const [keep] = keeps.size === 1 ? keeps : [];
  return [...(keep === undefined ? [] : [keep]), without.join(" ")].join(", or ");
}

/** MP4 and QuickTime hold the matrix that players turn the picture by; ffmpeg's Matroska muxer writes none that its demuxer reads. */
function turned({ picture, format }: KeepRequest): Loss[] {
  const { rotation, isMirrored } = picture;
  if ((rotation === 0 && !isMirrored) || format.keepsTicks) return [];
  const name = rotation === 0 ? "a mirrored picture" : `a picture turned by ${rotation} degrees`;
  return [{ name, keep: "an output named .mp4", filter: turningFilters(picture), drop: "rotation" }];
}

/** The filters that do to the frames what a player does. */
function turningFilters({ rotation, isMirrored }: Pick<VideoTrack, "rotation" | "isMirrored">): string {
  const turn = { 0: [], 90: ["transpose=1"], 180: ["hflip", "vflip"], 270: ["transpose=2"] }[rotation];
  return [...(isMirrored ? ["hflip"] : []), ...turn].join(",");
}

function fields({ picture, encoder }: KeepRequest): Loss[] {
  const { fieldOrder } = picture;
  if (fieldOrder === "progressive" || fieldOrder === "unknown") return [];
  if (fieldOrder === "interlaced") return [{ name: "fields, and nothing says which of them is the earlier", filter: "yadif" }];
  return encoder === "libx264" ? [] : [{ name: "interlaced fields", keep: "--codec h264", filter: "yadif" }];
}

/** Encoders whose streams say where chroma lies. Matroska could say it itself, but the MP4 files of the chunks lose it on the way. */
const TELL_CHROMA: readonly string[] = ["libx264", "libx265", "libsvtav1"];

/** Encoders of formats that have chroma in the middle of four samples, whatever the frames say. */
const CENTRED_CHROMA: readonly string[] = ["mjpeg", "ljpeg", "jpegls", "libtheora", "mpeg1video"];

function chroma({ picture, encoder }: KeepRequest): Loss[] {
  const place = picture.color.chromaLocation;
  if (CENTRED_CHROMA.includes(encoder)) {
    if (picture.chroma !== "4:2:0" || place === undefined || place === "center") return [];
    return [{ name: `chroma samples at ${place}`, drop: "chroma-location" }];
  }
  const location = unusualLocation(picture);
  if (location === undefined || TELL_CHROMA.includes(encoder)) return [];
  return [{ name: `chroma samples at ${location}`, drop: "chroma-location" }];
}

/** Where chroma lies, if that means something and is not what readers take for granted. */
export function unusualLocation({ color, chroma: layout }: { color: ColorTags; chroma: VideoTrack["chroma"] }): string | undefined {
  return layout === "4:2:0" && color.chromaLocation !== "left" ? color.chromaLocation : undefined;
}

async function sideData(request: KeepRequest): Promise<Loss[]> {
  const losses: Loss[] = [];
  for (const name of request.picture.sideData) {
    if (await isKept(name, request)) continue;
    const keep = name === "closed captions" && request.picture.frameMap !== undefined ? "no --fps" : KEPT_BY[name];
    losses.push({ name, drop: dropWordOf(name), ...(keep === undefined ? {} : { keep }) });
  }
  return losses;
}

const KEPT_BY: Partial<Readonly<Record<SideDataName, string>>> = {
  "mastering display": "--codec hevc",
  "content light level": "--codec hevc",
  "closed captions": "--codec h264",
  alpha: "--codec vp9 and an output named .webm or .mkv",
};

async function isKept(name: SideDataName, request: KeepRequest): Promise<boolean> {
  const { encoder, picture, format } = request;
  switch (name) {
    case "mastering display":
      return picture.masteringDisplay !== undefined && (await takesStaticHdr(request));
    case "content light level":
      return picture.contentLight !== undefined && (await takesStaticHdr(request));
    case "closed captions":
      // A frame that is repeated would repeat its captions, and one that is left out would take them along.
      return encoder === "libx264" && picture.frameMap === undefined;
    case "alpha":
      return layoutOf(picture.pixelFormat).hasAlpha && encoder === "libvpx-vp9" && !format.keepsTicks;
    default:
      return false;
  }
}

/** x264 learned it after its version had last been counted up, so it is asked: it only warns of words it does not know. */
async function takesStaticHdr({ engine, run, encoder, picture }: KeepRequest): Promise<boolean> {
  if (encoder === "libx265") return true;
  if (encoder !== "libx264") return false;
  const frame = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "64x64", "-i", "/dev/zero", "-frames:v", "1"];
  const encode = ["-c:v", encoder, "-threads", "1", "-x264-params", staticHdrParameters("h264", picture).join(":"), "-f", "null", "-"];
  const { code, stderr } = await run(engine.path, ["-nostdin", "-hide_banner", "-v", "warning", ...frame, ...encode]);
  return code === 0 && !stderr.includes("Error parsing option");
}
