/**
 * Which settings fit: from what the preset asks for down the ladder of the memory model, each with the memory of every phase of the
 * job. Nothing is started here.
 */
import { formatBytes, MIB } from "../base/index.ts";
import type { Chunk } from "./chunks.ts";
import type { MediaIndex, VideoTrack } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";
import {
  type Chroma,
  type DecoderShape,
  describeLowering,
  type EncoderSettings,
  type LaneForecast,
  type LaneShape,
  type LoweredSetting,
  losslessX264,
  loweringLadder,
  noisePictureBytes,
  predictDecode,
  predictLane,
  predictRemux,
  readAheadBytes,
  sourceCodec,
  type X264Preset,
  x264Settings,
  x265Settings,
} from "./model/index.ts";
import { type ProofForecast, proofFrameBytes, proofSlotCount } from "./proof-shape.ts";

export type PlanRequest = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly codec: "h264" | "hevc";
  readonly preset: X264Preset;
  readonly crf: number;
  /** Whether the output has streams beside the video. */
  readonly hasOtherStreams: boolean;
  /** Cores to use, at least 1. */
  readonly threads: number;
  readonly chunks: readonly Chunk[];
  /** Chunks to encode side by side, where there are so many; at least 1. */
  readonly lanes: number;
  /** Frames may wait on disk: false where the disk is memory. */
  readonly canPark: boolean;
};

/** One way to do the job, and what each of its phases holds beside mm itself. */
export type Candidate = {
  readonly settings: EncoderSettings;
  readonly decoderThreads: number;
  /** Chunks encoded side by side. */
  readonly lanes: number;
  /** Of one lane. */
  readonly lane: LaneForecast;
  readonly laneShape: LaneShape;
  readonly proof: ProofForecast;
  /** Joining the chunks. Reading the index of the joined file takes the same child, and windows on the file in this process. */
  readonly joinBytes: number;
  readonly indexOutputBytes: number;
  /** The largest phase. */
  readonly peakBytes: number;
  readonly lowered: readonly LoweredSetting[];
  /** What the lane needs less than with the settings asked for. */
  readonly savedBytes: number;
};

/** Two read windows of 1 MiB on a file that is too small to be mapped. */
export const OUTPUT_WINDOW_BYTES = 2 * MIB;

/** The rate of the output is not known before it is encoded. From some MB/s on the join holds no more; faster than this is 1080p noise. */
const MOST_BYTES_PER_SECOND = 80e6;

/** Frames are parked and read back through one block at a time. */
const SPILL_BLOCK_BYTES = MIB;

/** Pictures of fewer lines show x264's race (withLookahead). */
const SMALL_LINES = 360;

/** The second one lets decoding overlap with encoding: a twelfth less time with sliced threads, for one picture more (1080p, measured). */
const DECODER_THREADS = 2;

/** Candidates from what was asked for to the smallest that mm offers, which is also slow. */
export function planCandidates(request: PlanRequest): Candidate[] {
  const wanted = wantedSettings(request);
  const rungs = [wanted, ...loweringLadder(wanted, laneShape(request, wanted, 1))];
  const smallest = rungs.at(-1) ?? wanted;
  return [...rungs.map((settings) => candidate(request, wanted, settings, DECODER_THREADS)), candidate(request, wanted, smallest, 1)];
}

/** What the preset means on this many cores. Frame threads as x264 itself would choose them, but never by the host's core count. */
function wantedSettings({ index, codec, preset, threads, crf }: PlanRequest): EncoderSettings {
  const { frameRate, bitDepth } = index.video;
  if (codec === "hevc") return { codec, ...x265Settings(preset, threads), frameRate };
  const settings = { codec, ...x264Settings(preset, Math.max(1, Math.floor(1.5 * threads))), frameRate };
  return crf === 0 && bitDepth === 8 ? losslessX264(settings) : settings;
}

function candidate(request: PlanRequest, wanted: EncoderSettings, settings: EncoderSettings, decoderThreads: number): Candidate {
  const lanes = Math.min(request.lanes, request.chunks.length);
  const used = withLookahead(request, settings, lanes);
  const shape = laneShape(request, used, decoderThreads);
  const lane = predictLane(shape);
  const asked = { ...shape, encoder: withLookahead(request, wanted, lanes) };
  const savedBytes = predictLane(asked).totalBytes - lane.totalBytes;
  const lowered = describeLowering(wanted, settings);
  const proof = proofForecast(request, settings, lanes * lane.totalBytes);
  const joinBytes = predictRemux(request.engine, sampleCount(request.index), {
    videoBytesPerSecond: request.hasOtherStreams ? MOST_BYTES_PER_SECOND : 0,
    packetBytes: meanPacketBytes(request.index) + noisePictureBytes(shape, request.crf),
  });
  const indexOutputBytes = joinBytes + OUTPUT_WINDOW_BYTES;
  const peakBytes = Math.max(lanes * lane.totalBytes, proof.totalBytes, indexOutputBytes);
  return {
    settings: used,
    decoderThreads,
    lanes,
    lane,
    laneShape: shape,
    proof,
    joinBytes,
    indexOutputBytes,
    peakBytes,
    lowered,
    savedBytes,
  };
}

/**
 * x264's lookahead thread changes no packet, fills pauses that a second lane fills as well (7.2 s with it and without, two lanes of 1080p on
 * two cores; one lane 4 % slower without), and holds 34 MiB more at 1080p. With small pictures it is a race that changes bytes from run to
 * run (x264 164 with AVX-512: 2 to 4 results in 24 runs at 180 and 192 lines, one in 12 at 360, one in 30 at 480).
 */
function withLookahead({ index }: PlanRequest, settings: EncoderSettings, lanes: number): EncoderSettings {
  if (settings.codec !== "h264" || (lanes === 1 && index.video.height >= SMALL_LINES)) return settings;
  return { ...settings, syncLookahead: 0 };
}

function laneShape({ engine, index, chunks, crf }: PlanRequest, encoder: EncoderSettings, decoderThreads: number): LaneShape {
  const { video } = index;
  const frames = Math.max(...chunks.map((chunk) => chunk.endFrame - chunk.firstFrame));
  return {
    engine,
    ...pictureOf(video),
    crf,
    decoder: sourceDecoder(engine, index, decoderThreads),
    encoder,
    frames,
    inputSamples: sampleCount(index),
  };
}

/** Samples of all tracks: frames, and sound in packets of 1024 samples; never more than bytes, whatever a damaged file says. */
export function sampleCount({ video, audio, byteLength }: MediaIndex): number {
  const seconds = secondsOf(video);
  const sound = audio.reduce((sum, track) => sum + (seconds * track.sampleRate) / 1024, 0);
  return Math.round(video.ticks.length + Math.min(sound, byteLength));
}

/** Of the video and what lies beside it. */
export function meanPacketBytes({ byteLength, video }: MediaIndex): number {
  return byteLength / Math.max(1, video.ticks.length);
}

function secondsOf({ ticks, frameRate }: VideoTrack): number {
  return (ticks.length * frameRate.den) / frameRate.num;
}

function pictureOf(video: VideoTrack): { width: number; height: number; bitDepth: number; chroma: Chroma } {
  const chroma = video.chroma === "4:2:2" || video.chroma === "4:4:4" ? video.chroma : "4:2:0";
  return { width: video.width, height: video.height, bitDepth: video.bitDepth, chroma };
}

function sourceDecoder(engine: Engine, index: MediaIndex, threads: number): DecoderShape {
  const { video } = index;
  const codec = sourceCodec(video.codec, engine.decoders);
  return {
    ...pictureOf(video),
    codec,
    dpbFrames: video.dpbFrames,
    threads,
    packetBytes: meanPacketBytes(index),
    readAheadBytes: readAheadBytes(index.container, index.byteLength, engine),
  };
}

/** The proof runs while no encoder does. Where two decoders side by side would raise the peak of the job, the source's frames wait on disk. */
function proofForecast(request: PlanRequest, settings: EncoderSettings, laneBytes: number): ProofForecast {
  const { engine, index } = request;
  const source = predictDecode({ ...sourceDecoder(engine, index, 1), engine, rawOutput: true });
  const dpbFrames = Math.min(16, settings.refs + (settings.bframes > 1 ? 1 : 0) + 1);
  const picture = pictureOf(index.video);
  const packetBytes = noisePictureBytes(picture, request.crf);
  const encoded: DecoderShape = { ...picture, codec: settings.codec, dpbFrames, threads: 1, packetBytes };
  const chunk = predictDecode({ ...encoded, engine, rawOutput: true });
  const slotCount = proofSlotCount();
  const poolBytes = slotCount * proofFrameBytes(index.video);
  const sideBySide = source + chunk + poolBytes;
  const mode = sideBySide <= laneBytes || !request.canPark ? "side-by-side" : "parked";
  const totalBytes = mode === "side-by-side" ? sideBySide : Math.max(source, chunk) + poolBytes + SPILL_BLOCK_BYTES;
  return { mode, sourceDecoderBytes: source, chunkDecoderBytes: chunk, slotCount, poolBytes, totalBytes };
}

/** The settings in one line for people. */
export function describeSettings(settings: EncoderSettings, crf: number): string {
  const threads =
    settings.codec === "h264"
      ? `${settings.threads} ${settings.slicedThreads ? "sliced" : "frame"} threads`
      : `${settings.pools} threads, ${settings.frameThreads} frames at once`;
  return `${settings.codec} ${settings.preset} crf ${crf}, ${threads}, lookahead ${settings.lookahead}, ${settings.bframes} B-frames, ${settings.refs} references`;
}

/** The proof in one line for people. */
export function describeProof(proof: ProofForecast): string {
  const how = proof.mode === "side-by-side" ? "source and result decoded side by side" : "source frames parked on disk, then compared";
  return `${formatBytes(proof.totalBytes)}: ${how}, ${proof.slotCount} frames in the pool`;
}
