/**
 * The picture that is encoded: which frames of the input it shows and when, its size, and the filters that make it. Frames out are
 * known here, before anything runs.
 */
import { MalformedInputError, UsageError } from "../base/index.ts";
import type { Chunk } from "./chunks.ts";
import { layoutOf } from "./container/pixel-format-name.ts";
import type { MediaIndex, Rational, VideoTrack } from "./container/types.ts";
import type { FilteredFrames } from "./filter-chain.ts";
import { constantRate, type FrameMap } from "./frame-map.ts";
import { type FrameSize, scaledSize } from "./frame-size.ts";
import { type Droppable, decoderOf, hasFields, type PictureProperties, propertiesOf } from "./properties.ts";
import { lowerBound, tickAt } from "./ticks.ts";
import { startSeconds } from "./timeline.ts";

/** What the user asked of the picture. */
export type PictureRequest = {
  /** Where the output begins and how long it is, in seconds of the input from its start. */
  readonly startSeconds: number;
  readonly durationSeconds: number | undefined;
  /** Frames per second of the output; undefined = the input's frames. */
  readonly frameRate: Rational | undefined;
  /** As shown, so already turned; -2 = what keeps the aspect, as an even number. */
  readonly size: FrameSize | undefined;
  /** Filters of the user and what comes out of them. */
  readonly filtered: FilteredFrames | undefined;
  /** Properties of the input that the output is not to have. */
  readonly dropped: readonly Droppable[];
};

export type Picture = Pick<
  VideoTrack,
  "width" | "height" | "pixelFormat" | "bitDepth" | "chroma" | "sar" | "fieldOrder" | "frameRate" | "timeBase" | "ticks"
> &
  PictureProperties & {
    /** How long the last frame is shown, in ticks; 0 when nothing says. */
    readonly lastDurationTicks: number;
    /** Frames [first, end) of the input are read. */
    readonly sourceFrames: { readonly first: number; readonly end: number };
    /** Which of the input's frames each is made of, where that is not one for one. */
    readonly frameMap: FrameMap | undefined;
    /** Filters with the same result wherever a chunk begins. */
    readonly isCuttable: boolean;
    /** The part of the input, as asked: 0 and undefined for all of it. */
    readonly startSeconds: number;
    readonly durationSeconds: number | undefined;
    /** From the start of the output to its first frame. */
    readonly offsetSeconds: number;
    /** Filters of every frame, behind those that choose frames. */
    readonly filters: readonly string[];
    /** Raw frames that filters hold at once. */
    readonly filterFrames: number;
    /** Decoder of the input, where ffmpeg's choice would leave something out. */
    readonly decoder: string | undefined;
    /** Properties of the input that it has not. */
    readonly dropped: readonly Droppable[];
  };

/** @throws UsageError when the part has no frames, MalformedInputError when the input has none */
export function planPicture(index: MediaIndex, request: PictureRequest): Picture {
  const { video } = index;
  const zeroSeconds = startSeconds(index) + request.startSeconds;
  const sourceFrames = framesBetween(video, zeroSeconds, request.durationSeconds);
  if (sourceFrames.first >= sourceFrames.end) throw noFrames(index, request);
  const shown = filteredShape(video, request);
  const times = timesOf(video, sourceFrames, zeroSeconds, request);
  return {
    ...shown,
    ...times,
    ...propertiesOf({ ...video, color: request.filtered?.color ?? video.color }, request.dropped, shown.pixelFormat),
    fieldOrder: request.filtered?.fieldOrder ?? video.fieldOrder,
    sourceFrames,
    // Alpha needs a container without exact times, from which chunks cannot be put together again.
    isCuttable: (request.filtered?.isPerFrame ?? true) && !layoutOf(shown.pixelFormat).hasAlpha,
    decoder: decoderOf(video, request.dropped),
    dropped: request.dropped,
    startSeconds: request.startSeconds,
    durationSeconds: request.durationSeconds,
    offsetSeconds: secondsAt(video, video.ticks[sourceFrames.first] ?? 0) - zeroSeconds,
  };
}

/**
 * The filters behind the one that cuts a chunk out of the input. A chunk's first frame is the first one to show a frame of the input, so the
 * fps filter begins with it by itself; given a start_time it would round times from there on and choose other frames. Where the last
 * frame ends is not told to it by ffmpeg 5.1 (measured), so copies of it follow, of which the child takes what the plan says.
 */
export function pictureFilters(picture: Picture, video: VideoTrack, chunk: Chunk): string[] {
  const { frameMap, filters, frameRate, sourceFrames, ticks } = picture;
  if (frameMap === undefined) return [...filters];
  const origin = video.ticks[sourceFrames.first] ?? 0;
  const heldSeconds =
    1 + (tickAt(video, sourceFrames.end) - tickAt(video, sourceFrames.end - 1)) * (video.timeBase.num / video.timeBase.den);
  const copies = chunk.endFrame === ticks.length ? [`tpad=stop_mode=clone:stop_duration=${heldSeconds.toFixed(3)}`] : [];
  return [`setpts=PTS-(${origin})`, ...copies, `fps=fps=${frameRate.num}/${frameRate.den}:round=near:eof_action=pass`, ...filters];
}

/** Seconds from the start of the first frame to the end of the last. */
export function pictureSeconds(picture: Picture): number {
  return secondsAt(picture, tickAt(picture, picture.ticks.length) - (picture.ticks[0] ?? 0));
}

function secondsAt({ timeBase }: Pick<VideoTrack, "timeBase">, tick: number): number {
  return (tick * timeBase.num) / timeBase.den;
}

/** Frames shown in [zero, zero + duration). */
function framesBetween(video: VideoTrack, zeroSeconds: number, durationSeconds: number | undefined): { first: number; end: number } {
  // A frame that starts exactly at an end is outside of it. ffmpeg gives the start of a file in whole microseconds, rounded either way.
  const frameAt = (seconds: number): number => lowerBound(video.ticks, ((seconds - 1e-6) * video.timeBase.den) / video.timeBase.num);
  return {
    first: frameAt(zeroSeconds),
    end: durationSeconds === undefined ? video.ticks.length : frameAt(zeroSeconds + durationSeconds),
  };
}

type Times = Pick<Picture, "frameRate" | "timeBase" | "ticks" | "lastDurationTicks" | "frameMap">;

function timesOf(video: VideoTrack, { first, end }: Picture["sourceFrames"], zeroSeconds: number, request: PictureRequest): Times {
  if (request.frameRate === undefined) {
    const { frameRate, timeBase, ticks } = video;
    const next = ticks[end];
    const lastDurationTicks = next === undefined ? video.lastDurationTicks : next - (ticks[end - 1] ?? 0);
    return { frameRate, timeBase, ticks: ticks.subarray(first, end), lastDurationTicks, frameMap: undefined };
  }
  const stop = request.durationSeconds === undefined ? Number.POSITIVE_INFINITY : zeroSeconds + request.durationSeconds;
  const endTick = Math.min(tickAt(video, end), Math.round((stop * video.timeBase.den) / video.timeBase.num));
  return constantRate(video, { first, end, endTick }, request.frameRate);
}

type Shape = Pick<Picture, "width" | "height" | "pixelFormat" | "bitDepth" | "chroma" | "sar" | "filters" | "filterFrames">;

/** Size and format behind the user's filters, then behind the scaler. */
function filteredShape(video: VideoTrack, { size, filtered, dropped }: PictureRequest): Shape {
  const { width, height, bitDepth, chroma, sar } = filtered ?? video;
  const withAlpha = decoderOf(video, dropped) === undefined ? video.pixelFormat : video.pixelFormat.replace("yuv4", "yuva4");
  const pixelFormat = filtered?.pixelFormat ?? withAlpha;
  const filters = filtered === undefined ? [] : [filtered.chain];
  const filterFrames = filtered?.heldFrames ?? 0;
  const shape = { width, height, pixelFormat, bitDepth, chroma, sar, filters, filterFrames };
  if (size === undefined) return shape;
  const scaled = scaledSize(shape, size, !dropped.includes("rotation") && (video.rotation === 90 || video.rotation === 270));
  const scale = `scale=${scaled.width}:${scaled.height}:flags=bicubic${hasFields(video) ? ":interl=1" : ""}`;
  return { ...shape, ...scaled, filters: [...filters, scale], filterFrames: filterFrames + SCALED_FRAMES };
}

/** One that is read and one that is written. */
const SCALED_FRAMES = 2;

function noFrames({ path, video }: MediaIndex, { startSeconds: start, durationSeconds }: PictureRequest): Error {
  if (video.ticks.length === 0) return new MalformedInputError("the input has no frames", { details: { input: path } });
  const last = secondsAt(video, (video.ticks.at(-1) ?? 0) - (video.ticks[0] ?? 0));
  const asked = durationSeconds === undefined ? `after ${start} s` : `in the ${durationSeconds} s after ${start} s`;
  return new UsageError(`the input has no frames ${asked}: its last one begins at ${last.toFixed(3)} s`, {
    hint: "a smaller --start, or a longer --duration",
    details: { input: path },
  });
}
