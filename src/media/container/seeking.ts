/** Whether ffmpeg finds the keyframes of a file by their times, which chunks rely on. Seen with 4.1 and 5.1. */
import type { Doubt } from "./packet-table.ts";
import type { ContainerName } from "./types.ts";

/** ffmpeg aims this much earlier than told in containers that it searches by decoding time (fftools, "3*AV_TIME_BASE / 23"). */
const AIMS_EARLIER_SECONDS = 0.130434;
/** By an index in the file, or by the size of its frames. FLV, MPEG program streams, ASF, Ogg and others land behind some keyframes. */
const SEEKABLE_CONTAINERS: ReadonlySet<ContainerName> = new Set(["mp4", "mov", "matroska", "webm", "avi"]);
const SEEKABLE_DEMUXERS: ReadonlySet<string> = new Set(["yuv4mpegpipe"]);
/** A decoder that starts elsewhere may make other pictures of the same packets, or the times do not tell frames apart. */
const SPOILING: ReadonlySet<Doubt> = new Set<Doubt>([
  "packets without a time",
  "two frames at one time",
  "damaged packets",
  "lost packets",
  "packets at the end that are not shown",
  "times the muxer had to mend",
]);

export type SeekFacts = {
  readonly container: ContainerName;
  readonly demuxer: string;
  readonly doubts: readonly Doubt[];
  readonly hasKeys: boolean;
  /** Pictures are whole only some time after a keyframe; seeking shows none of those before. */
  readonly isGradual: boolean;
  /** The most seconds by which a keyframe is shown after the packet behind it is decoded. */
  readonly keyDelaySeconds: number;
};

export function canSeek({ container, demuxer, doubts, hasKeys, isGradual, keyDelaySeconds }: SeekFacts): boolean {
  if (!hasKeys || isGradual || doubts.some((doubt) => SPOILING.has(doubt))) return false;
  // Beyond that, ffmpeg starts behind the keyframe: x265's B-frames at 25 frames per second are enough.
  if (container === "mpegts") return keyDelaySeconds < AIMS_EARLIER_SECONDS;
  return SEEKABLE_CONTAINERS.has(container) || SEEKABLE_DEMUXERS.has(demuxer);
}
