import { MIB } from "../../base/index.ts";
import { heldPacketBytes } from "./coded.ts";
import { decoderMemory, decoderPacketBytes } from "./decoder.ts";
import { pictureBytes } from "./pixels.ts";
import type { DecoderShape, EngineVersion, LaneLine } from "./types.ts";

/** A child that decodes to rawvideo on a pipe, whether the pipe is drained or blocked. */
export function predictDecode(shape: DecoderShape & { readonly engine: EngineVersion; readonly rawOutput: true }): number {
  const memory = decoderMemory(shape, shape.engine, Number.POSITIVE_INFINITY);
  const queued = queuedFrames(shape.engine) * pictureBytes(shape) + decoderPacketBytes(shape, shape.engine);
  return Math.round((shape.engine.isStatic ? 1 : 10) * MIB + memory.frames * memory.frameBytes + memory.threadBytes + queued);
}

/** Of the video, the muxer holds back this many times -max_interleave_delta while it waits for another stream; measured 1.6. */
const INTERLEAVED_SHARE = 1.7;
/** Video that may wait for other streams. */
const INTERLEAVED_BYTES = 4 * MIB;
const LONGEST_INTERLEAVE_SECONDS = 1;
/** Sound comes in packets of 20 ms or so. */
const SHORTEST_INTERLEAVE_SECONDS = 0.05;

export type RemuxLoad = {
  /** Of the encoded video; 0 when it is the only track, which then waits for none. */
  readonly videoBytesPerSecond: number;
  /** Mean bytes of a coded picture: those of the input and of the output together. */
  readonly packetBytes: number;
  /** What encoders of sound hold (soundEncoderBytes). */
  readonly encoderBytes: number;
  /** The input has no sample tables: its first packets are kept until ffmpeg knows what they are. */
  readonly isProbed: boolean;
  /** The output is Matroska, which is written a cluster at a time. */
  readonly hasClusters: boolean;
};

const NO_LOAD: RemuxLoad = { videoBytesPerSecond: 0, packetBytes: 0, encoderBytes: 0, isProbed: false, hasClusters: false };

/** Measured on Matroska of 2 and 17 Mbit/s: 2.1 to 2.4 MiB more than the same in MP4. */
const PROBED_BYTES = 2.5 * MIB;
/** A cluster of Matroska is written when it is whole; left to ffmpeg, up to 5 MB of it are held. */
export const CLUSTER_BYTES = 1_000_000;
/** Such a cluster and the buffer it grows in: 0.2 to 0.8 MiB measured; 3 MiB with ffmpeg's own limit. */
const HELD_CLUSTER_BYTES = MIB;

/** How long the muxer may hold video back for other streams: a second, or less where a second would be too many bytes. */
export function interleaveSeconds(videoBytesPerSecond: number): number {
  const seconds = INTERLEAVED_BYTES / Math.max(1, videoBytesPerSecond);
  return Math.min(LONGEST_INTERLEAVE_SECONDS, Math.max(SHORTEST_INTERLEAVE_SECONDS, seconds));
}

/**
 * A `-c copy` child that joins chunks and takes sound from the input: the input's index and the output's, both until the end.
 *
 * @param samples of all tracks of the output
 */
export function predictRemux(engine: EngineVersion, samples: number, load: Partial<RemuxLoad> = {}): number {
  const { videoBytesPerSecond, packetBytes, encoderBytes, isProbed, hasClusters } = { ...NO_LOAD, ...load };
  const interleaved = INTERLEAVED_SHARE * videoBytesPerSecond * interleaveSeconds(videoBytesPerSecond);
  const held = interleaved + heldPacketBytes(packetBytes, engine) + (isProbed ? PROBED_BYTES : 0) + (hasClusters ? HELD_CLUSTER_BYTES : 0);
  return Math.round((engine.isStatic ? 1 : 11.5) * MIB + samples * tableBytes(engine) + held + encoderBytes);
}

/** What a child that encodes holds more when it writes the output itself, and how long its muxer may hold video back. */
export type WholeForecast = { readonly line: LaneLine; readonly interleaveSeconds: number };

export type WholeLoad = {
  /** The most there can be of encoded video. */
  readonly videoBytesPerSecond: number;
  /** Mean bytes of a coded picture of the input. */
  readonly packetBytes: number;
};

/** Sound is read whenever it is behind, so video waits for it only where sound ends first. */
const WAITING_BYTES = MIB;
/** Of two inputs each has a thread that reads ahead: a packet in the queue, one before it and one behind it. */
const PACKETS_READ = 3;
/** The two threads themselves; measured 2.8 MiB in all on small pictures, 5.4 on noise of 500 KB a picture. */
const READERS_BYTES = MIB;

/**
 * The output's own tables, and where there is sound the input's index once more.
 *
 * @param samples of all tracks of the output
 * @param load - undefined when the picture is the only track
 */
export function predictWhole(engine: EngineVersion, samples: number, load: WholeLoad | undefined): WholeForecast {
  const { videoBytesPerSecond, packetBytes } = load ?? { videoBytesPerSecond: 0, packetBytes: 0 };
  const seconds = interleaveSeconds((videoBytesPerSecond * INTERLEAVED_BYTES) / WAITING_BYTES);
  const waiting = INTERLEAVED_SHARE * videoBytesPerSecond * seconds + PACKETS_READ * packetBytes + (load === undefined ? 0 : READERS_BYTES);
  const bytes = Math.round(samples * tableBytes(engine) + waiting);
  const because = "sample tables of the output, and packets that wait for each other";
  return { line: { tag: "lane.join", bytes, because }, interleaveSeconds: seconds };
}

/** Of a sample, in the indexes of input and output. */
function tableBytes(engine: EngineVersion): number {
  return engine.major >= 5 ? 150 : 110;
}

/** Raw frames between decoder and pipe: one in flight, deep queues since 7.0. */
function queuedFrames(engine: EngineVersion): number {
  return engine.major >= 7 ? 20 : 1;
}
