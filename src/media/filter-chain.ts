/** `--vf`: one linear chain of filters that give a frame for a frame. */
import { UnsupportedError, UsageError } from "../base/index.ts";
import { describeFiltered, type MediaIndex } from "./container/index.ts";
import type { VideoTrack } from "./container/types.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import { filteredColour } from "./filter-colour.ts";
import { type Droppable, decoderOf } from "./properties.ts";

/** What comes out of the user's filters. */
export type FilteredFrames = Pick<VideoTrack, "width" | "height" | "pixelFormat" | "bitDepth" | "chroma" | "sar" | "color"> & {
  readonly chain: string;
  /** What the chain makes of fields; undefined = leaves them as they are. */
  readonly fieldOrder: "progressive" | undefined;
  /** No filter remembers frames before: a chunk may begin anywhere. */
  readonly isPerFrame: boolean;
  /** Raw frames the filters hold at once, estimated. */
  readonly heldFrames: number;
};

export type FilterChain = Pick<FilteredFrames, "chain" | "isPerFrame" | "heldFrames" | "fieldOrder">;

/** Frames a filter of each kind holds: the one it reads and the one it writes, and those it remembers. */
const HELD_FRAMES = { perFrame: 2, remembering: 5 } as const;

/** Filters with one frame out for each frame in, and of those the ones whose result depends on frames before or on the time. */
const PER_FRAME: ReadonlySet<string> = new Set([
  ...["avgblur", "bilateral", "boxblur", "chromahold", "chromakey", "chromashift", "colorbalance", "colorchannelmixer"],
  ...["colorcontrast", "colorcorrect", "colorkey", "colorlevels", "colormatrix", "colorspace", "colortemperature", "convolution"],
  ...["copy", "cas", "crop", "curves", "deband", "deblock", "delogo", "despill", "dilation", "drawbox", "drawgrid", "edgedetect"],
  ...["eq", "erosion", "exposure", "fieldorder", "fillborders", "format", "gblur", "hflip", "hqx", "hue", "huesaturation", "il"],
  ...["lenscorrection", "limiter", "lut", "lutrgb", "lutyuv", "median", "monochrome", "lut3d", "negate", "noformat", "null"],
  ...["nlmeans", "pad", "perspective", "pixelize", "pp7", "pseudocolor", "removegrain", "rgbashift", "sab", "scale"],
  ...["selectivecolor", "setdar", "setfield", "setparams", "setrange", "setsar", "shear", "smartblur", "sobel", "spp", "super2xsai"],
  ...["swapuv", "tonemap", "transpose", "unsharp", "vflip", "vibrance", "vignette", "xbr", "yaepblur", "zscale"],
]);
const REMEMBERING: ReadonlySet<string> = new Set([
  ...["atadenoise", "deflicker", "deshake", "dedot", "drawtext", "fade", "greyedge", "hqdn3d", "lagfun", "noise", "normalize"],
  ...["owdenoise", "photosensitivity", "random", "tmix", "tlut2", "vaguedenoiser", "geq", "rotate"],
]);
/** A frame for a frame, made of both its fields, in their default mode alone. */
const DEINTERLACERS: ReadonlySet<string> = new Set(["yadif", "bwdif"]);
/** yadif asked for it by number or name, and bwdif not asked for anything else. */
const FRAME_PER_FIELD = /send_field|yadif=(?:mode=)?[13]\b|bwdif(?!=(?:mode=)?(?:[02]\b|send_frame))/;
const INSTEAD: Readonly<Record<string, string>> = {
  fps: "--fps in place of it",
  trim: "--start and --duration in place of it",
  select: "--start and --duration in place of it",
};

/** @throws UsageError for more than a chain, UnsupportedError for a filter that does not give a frame for a frame */
export function parseFilterChain(text: string): FilterChain {
  if (/[;[\]]/.test(withoutQuotes(text)))
    throw new UsageError("--vf needs one linear chain, without labels and without ;", { hint: "--vf crop=640:360,hflip" });
  const names = namesOf(text);
  if (names.length === 0 || names.some((name) => name === ""))
    throw new UsageError("--vf needs filters, got an empty one", { hint: "--vf crop=640:360,hflip" });
  const deinterlaces = names.some((name) => DEINTERLACERS.has(name));
  if (deinterlaces && FRAME_PER_FIELD.test(text))
    throw new UnsupportedError("--vf cannot make a frame of each field", { hint: "yadif=mode=send_frame" });
  for (const name of names) {
    if (PER_FRAME.has(name) || remembers(name)) continue;
    throw new UnsupportedError(`--vf cannot use the filter ${name}: mm knows the frames of the output before it starts`, {
      hint: INSTEAD[name] ?? "filters that give a frame for a frame: crop, pad, scale, format, eq, hqdn3d, ...",
    });
  }
  const heldFrames = names.reduce((sum, name) => sum + (remembers(name) ? HELD_FRAMES.remembering : HELD_FRAMES.perFrame), 0);
  return { chain: text, isPerFrame: !names.some(remembers), heldFrames, fieldOrder: deinterlaces ? "progressive" : undefined };
}

function remembers(name: string): boolean {
  return REMEMBERING.has(name) || DEINTERLACERS.has(name);
}

/** Sends one frame through the chain to learn what comes out. */
export async function filteredFrames(
  index: MediaIndex,
  chain: FilterChain,
  engine: Engine,
  run: RunTool,
  dropped: readonly Droppable[],
): Promise<FilteredFrames> {
  const { path, demuxer, video } = index;
  // The description is made with ffmpeg's own decoder, which leaves alpha aside.
  const text = decoderOf(video, dropped) === undefined ? chain.chain : `format=yuva420p,${chain.chain}`;
  const shape = await describeFiltered({ engine, run, path, demuxers: demuxer, videoIndex: video.videoIndex }, text);
  return { ...chain, ...shape, color: filteredColour(engine, chain.chain, video, shape) };
}

/** What stands in quotes or behind a backslash means nothing to the syntax. */
function withoutQuotes(text: string): string {
  return text.replace(/\\./gs, "").replace(/'[^']*'/g, "");
}

/** The name before "=" or "@" of each filter. */
function namesOf(text: string): string[] {
  return withoutQuotes(text)
    .split(",")
    .map((filter) => /^\s*(\w*)/.exec(filter)?.[1] ?? "");
}
