/** Puts together what ffmpeg's description, the file's boxes, the bitstream and the packets say of the video. */
import type { SequenceParameters, StreamScan } from "../bitstream/index.ts";
import type { DescribedStream } from "./describe.ts";
import { describeVideo, type VideoDescription } from "./describe-video.ts";
import { type Orientation, orientationOf } from "./display-matrix.ts";
import type { FirstFrames } from "./first-frames.ts";
import { cadenceOf } from "./frame-rate.ts";
import type { Head } from "./head.ts";
import type { MovieTrack } from "./isobmff-track.ts";
import type { FrameTimes } from "./packet-table.ts";
import { layoutOf } from "./pixel-format-name.ts";
import { reduced } from "./rational.ts";
import { noPicture, oddAngle } from "./refusals.ts";
import type { FieldOrder, Rational, SideDataName, VideoTrack } from "./types.ts";

export type VideoSources = {
  readonly stream: DescribedStream;
  readonly videoIndex: number;
  /** The track of an MP4 or QuickTime file. */
  readonly movieTrack: MovieTrack | undefined;
  /** Of the same codec as the stream. */
  readonly head: Head | undefined;
  /** Where there is no head. */
  readonly firstFrames: FirstFrames | undefined;
  readonly timeBase: Rational;
  readonly times: FrameTimes;
};

/** Pictures a decoder holds when the stream does not say: the codec's maximum. */
const DPB_FRAMES: Readonly<Record<string, number>> = { h264: 16, hevc: 16, vp9: 8, av1: 8, vp8: 4, mpeg2video: 3, mpeg4: 3 };
const MOST_DPB_FRAMES = 16;

/** @throws MalformedInputError · UnsupportedError when there is no picture mm can work on */
export function videoTrackOf({ stream, videoIndex, movieTrack, head, firstFrames, timeBase, times }: VideoSources): VideoTrack {
  const described = describeVideo(stream);
  const { codec, pixelFormat, width, height } = described;
  if (pixelFormat === undefined || width === 0 || height === 0) throw noPicture(codec);
  const scan = head?.scan;
  const sequence = scan?.sequence;
  const coded = sequence?.usability.frameRate;
  const fallback = coded === undefined ? rateOf(described.framesPerSecond) : reduced(coded.num, coded.den);
  const cadence = cadenceOf(times.ticks, timeBase, fallback);
  const mastering = scan?.masteringDisplay ?? movieTrack?.masteringDisplay ?? described.masteringDisplay ?? firstFrames?.masteringDisplay;
  const light = scan?.contentLight ?? movieTrack?.contentLight ?? described.contentLight ?? firstFrames?.contentLight;
  const { hasAlpha, ...layout } = layoutOf(pixelFormat);
  const sideData = new Set<SideDataName>([
    ...described.features,
    ...(movieTrack?.features ?? []),
    ...(scan?.features ?? []),
    ...(firstFrames?.features ?? []),
    ...(hasAlpha ? (["alpha"] as const) : []),
  ]);
  return {
    videoIndex,
    streamIndex: stream.index,
    codec,
    ...(sequence === undefined ? {} : { profile: sequence.profile, level: sequence.level }),
    width,
    height,
    sar: described.sar.num > 0 ? described.sar : (sequence?.usability.sar ?? { num: 0, den: 1 }),
    ...orientation(described, movieTrack),
    ...layout,
    pixelFormat,
    color: { ...described.color, ...chromaLocation(sequence) },
    fieldOrder: fieldOrder(described.fieldOrder, scan, firstFrames?.fieldOrder),
    timeBase,
    ticks: times.ticks,
    lastDurationTicks: times.lastDurationTicks,
    keyframes: times.keyframes,
    keySeekTicks: times.keySeekTicks,
    ...buffers(codec, sequence, times),
    frameRate: cadence.frameRate,
    isVariableRate: cadence.isVariable,
    sideData: [...sideData].sort(),
    ...(mastering === undefined ? {} : { masteringDisplay: mastering }),
    ...(light === undefined ? {} : { contentLight: light }),
  };
}

/** ffmpeg prints the angle of a matrix and not whether it mirrors, so the matrix itself is asked first. */
function orientation({ rotation }: VideoDescription, movieTrack: MovieTrack | undefined): Orientation {
  const found = movieTrack === undefined ? undefined : orientationOf(movieTrack.matrix);
  if (found !== undefined) return found;
  if (movieTrack !== undefined || rotation === undefined) throw oddAngle();
  return { rotation, isMirrored: false };
}

/**
 * ffmpeg 4.1 does not print the order of H.264 fields, and no release that of H.265, whose fields it calls progressive. Elsewhere a
 * container that speaks of fields is believed even where frames do not.
 */
function fieldOrder(described: FieldOrder, scan: StreamScan | undefined, ofFrames: FieldOrder | undefined): FieldOrder {
  if (scan?.sequence?.isProgressive === true) return "progressive";
  if (scan?.fieldOrder !== undefined) return scan.fieldOrder;
  const isOrdered = described === "tff" || described === "bff";
  if (!isOrdered && scan?.sequence?.isProgressive === false) return "interlaced";
  return isOrdered ? described : (ofFrames ?? described);
}

/** By their number in H.264 and H.265 (chroma_sample_loc_type), in ffmpeg's words. */
export const CHROMA_LOCATIONS: readonly string[] = ["left", "center", "topleft", "top", "bottomleft", "bottom"];

/** ffmpeg 4.1 says "left" of all H.264 and H.265. */
function chromaLocation(sequence: SequenceParameters | undefined): Pick<VideoTrack["color"], "chromaLocation"> {
  const name = CHROMA_LOCATIONS[sequence?.usability.chromaLocation ?? -1];
  return name === undefined ? {} : { chromaLocation: name };
}

function buffers(
  codec: string,
  sequence: SequenceParameters | undefined,
  times: FrameTimes,
): Pick<VideoTrack, "dpbFrames" | "refFrames" | "reorderFrames"> {
  const dpbFrames = sequence?.dpbFrames ?? DPB_FRAMES[codec] ?? MOST_DPB_FRAMES;
  const reorderFrames = times.isReordered ? Math.max(1, sequence?.reorderFrames ?? dpbFrames) : 0;
  return { dpbFrames, refFrames: sequence?.refFrames ?? dpbFrames, reorderFrames };
}

/** ffmpeg's rounding to two digits undone for the rates of television. */
function rateOf(framesPerSecond: number | undefined): Rational {
  if (framesPerSecond === undefined || framesPerSecond <= 0) return { num: 25, den: 1 };
  const television = Math.round(framesPerSecond * 1.001);
  if (Math.abs(framesPerSecond - television / 1.001) < 0.005 && !Number.isInteger(framesPerSecond))
    return { num: television * 1000, den: 1001 };
  return reduced(Math.max(1, Math.round(framesPerSecond * 100)), 100);
}
