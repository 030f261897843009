/** When the frames of the video are shown: from what is cheapest to read and leaves nothing open. */
import { type FfmpegInput, readDecodedTicks, readPackets } from "./ffmpeg-input.ts";
import type { Movie } from "./isobmff-movie.ts";
import { packetsFromTables } from "./isobmff-tables.ts";
import type { MovieTrack } from "./isobmff-track.ts";
import { type FrameTimes, type PacketTable, positionsOf } from "./packet-table.ts";
import { cutShort, lateVideo, noFrames } from "./refusals.ts";
import type { ByteInput, ContainerName, MediaIndex, Rational } from "./types.ts";

/** Times as found, before the stream they belong to is known. */
export type FoundTimes = {
  readonly table: PacketTable;
  readonly timeBase: Rational;
  readonly by: "tables" | "ffmpeg";
  /** The most seconds by which a keyframe is shown after the packet behind it is decoded, where it was looked at. */
  readonly keyDelaySeconds: number;
};

/** Containers that give every packet the time its frame is shown at, and that mediabunny can find packets in. */
const WITH_TIMED_PACKETS: ReadonlySet<ContainerName> = new Set(["mp4", "mov", "matroska", "webm", "mpegts"]);
/** How far before the last keyframe to send the demuxer, so that it lands before it in every container. */
const LEAD_SECONDS = 1;

export function hasTimedPackets(container: ContainerName): boolean {
  return WITH_TIMED_PACKETS.has(container);
}

/** Sample tables where they say all there is to say; undefined where ffmpeg's packets have to. */
export function tableTimes(input: ByteInput, movie: Movie, track: MovieTrack): FoundTimes | undefined {
  const table = packetsFromTables(input, movie, track);
  return table && { table, timeBase: { num: 1, den: track.timescale }, by: "tables", keyDelaySeconds: 0 };
}

/** @throws MalformedInputError when the file is cut short · UnsupportedError when its clock is set back, or it goes on in a second stream */
export async function packetTimes(ffmpeg: FfmpegInput, container: ContainerName): Promise<FoundTimes> {
  const packets = await readPackets(ffmpeg);
  const { table, timeBase, keyDelaySeconds, lateVideoSeconds } = packets;
  // Recordings of broadcasts end anywhere, and have damage everywhere.
  if (packets.isCutShort || (packets.endsDamaged && container !== "mpegts")) throw cutShort();
  if (lateVideoSeconds !== undefined && ffmpeg.videoIndex === undefined) throw lateVideo(lateVideoSeconds);
  if (!hasTimedPackets(container)) table.addDoubt("a container that leaves times to be guessed");
  return { table, timeBase, by: "ffmpeg", keyDelaySeconds };
}

/**
 * Where packets leave open which frames are shown, the decoder says it.
 *
 * @throws MalformedInputError when there are none
 */
export async function settledTimes(
  ffmpeg: FfmpegInput,
  container: ContainerName,
  { table, timeBase, by }: FoundTimes,
): Promise<{ times: FrameTimes; by: MediaIndex["indexedBy"] }> {
  const times = table.finish();
  let { doubts } = times;
  if (doubts.length === 0) {
    if (times.ticks.length === 0) throw noFrames();
    // Nothing in a transport stream says whether the last picture is whole.
    if (container !== "mpegts" || (await isShownToItsEnd(ffmpeg, timeBase, times))) return { times, by };
    doubts = ["packets at the end that are not shown"];
  }
  const ticks = await readDecodedTicks(ffmpeg, timeBase);
  if (ticks.length === 0) throw noFrames();
  return { times: { ...times, doubts, ticks, keyframes: positionsOf(times.keySeekTicks, ticks) }, by: "decoding" };
}

/** Whether the decoder shows every frame from the last keyframe on. */
async function isShownToItsEnd(ffmpeg: FfmpegInput, timeBase: Rational, { ticks, keySeekTicks }: FrameTimes): Promise<boolean> {
  const keyTick = keySeekTicks.at(-1) ?? 0;
  const fromSeconds = (keyTick * timeBase.num) / timeBase.den - LEAD_SECONDS;
  const shown = (await readDecodedTicks(ffmpeg, timeBase, fromSeconds)).filter((tick) => tick >= keyTick);
  const wanted = ticks.filter((tick) => tick >= keyTick);
  return shown.length === wanted.length && shown.every((tick, at) => tick === wanted[at]);
}
