/**
 * Which settings fit: from what the preset asks for down the ladder of the memory model, each with the memory of every phase of the
 * job. Nothing is started here.
 */
import { formatBytes, MIB } from "../base/index.ts";
import { KERNEL_CHILD_BYTES } from "../memory/index.ts";
import type { Carry } from "./carry.ts";
import type { Chunk } from "./chunks.ts";
import { layoutOf } from "./container/pixel-format-name.ts";
import type { MediaIndex, VideoTrack } from "./container/types.ts";
import type { EncoderChoice } from "./encoder-choice.ts";
import type { EncoderOptions } from "./encoder-options.ts";
import type { Engine } from "./engine/index.ts";
import {
  aomSettings,
  type Chroma,
  codecMade,
  type DecoderShape,
  decodedPictures,
  describeEncoder,
  describeLowering,
  type EncoderSettings,
  type LaneForecast,
  type LaneShape,
  type LoweredSetting,
  losslessX264,
  loweringLadder,
  noisePictureBytes,
  type PictureShape,
  pictureBytes,
  predictDecode,
  predictLane,
  predictRemux,
  predictWhole,
  readAheadBytes,
  sourceCodec,
  svtSettings,
  vp9Settings,
  type WholeForecast,
  type X264Preset,
  x264Settings,
  x265Settings,
} from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import { type ProofForecast, proofFrameBytes, proofSlotCount } from "./proof-shape.ts";
import { hasFields } from "./properties.ts";
import { describeRate, type Rate } from "./rate.ts";
import { remuxLoad } from "./remux-load.ts";
import { canWriteWhole } from "./whole-output.ts";

export type PlanRequest = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly choice: EncoderChoice;
  readonly preset: X264Preset;
  readonly rate: Rate;
  readonly options: EncoderOptions;
  readonly carry: Carry;
  readonly format: OutputFormat;
  /** Cores to use, at least 1. */
  readonly threads: number;
  readonly chunks: readonly Chunk[];
  /** Chunks to encode side by side, where there are so many; at least 1. undefined = as many as pay and fit. */
  readonly lanes: number | undefined;
  /** Frames may wait on disk: false where the disk is memory. */
  readonly canPark: boolean;
};

/** One way to do the job, and what each of its phases holds beside mm itself. */
export type Candidate = {
  readonly settings: EncoderSettings;
  readonly decoderThreads: number;
  /** Chunks encoded side by side. */
  readonly lanes: number;
  /** As many as pay, where the number was left open. */
  readonly usefulLanes: number;
  /** Of one lane. */
  readonly lane: LaneForecast;
  /** The one lane writes the output itself, and its forecast says what that takes; undefined = chunk files are joined. */
  readonly whole: WholeForecast | undefined;
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

/** At least two children at once: source and chunk are decoded side by side in the proof of picture. */
export const FEWEST_CHILDREN = 2;

/** Frames are parked and read back through one block at a time. */
const SPILL_BLOCK_BYTES = MIB;

/** Pictures of fewer lines show x264's race (withLookahead). */
const SMALL_LINES = 360;

/** The second one lets decoding overlap with encoding: a twelfth less time with sliced threads, for one picture more (1080p, measured). */
const DECODER_THREADS = 2;

/**
 * Candidates from what was asked for to the smallest that mm offers, which is also slow. Where the number of lanes is left open, more
 * than one is offered only for settings that are not lowered: memory buys quality first, then time.
 */
export function planCandidates(request: PlanRequest): Candidate[] {
  const wanted = withOptions(wantedSettings(request), request.options);
  const rungs = [wanted, ...loweringLadder(wanted, laneShape(request, wanted, 1), request.threads)];
  const smallest = rungs.at(-1) ?? wanted;
  const most = mostLanes(request);
  const wide = request.lanes === undefined ? Array.from({ length: most - 1 }, (_, at) => most - at) : [];
  const fewest = request.lanes === undefined ? 1 : most;
  return [
    ...wide.map((lanes) => candidate(request, wanted, { settings: wanted, decoderThreads: DECODER_THREADS, lanes })),
    ...rungs.map((settings) => candidate(request, wanted, { settings, decoderThreads: DECODER_THREADS, lanes: fewest })),
    candidate(request, wanted, { settings: smallest, decoderThreads: 1, lanes: fewest }),
  ];
}

function mostLanes(request: PlanRequest): number {
  return Math.min(request.lanes ?? usefulLanes(request), request.chunks.length);
}

/** Frame threads beyond this many wait for each other more than they code (x264 and x265 on pictures of 1080 lines and fewer). */
const USEFUL_FRAME_THREADS = 6;

/**
 * How many chunks at once make a job shorter on these cores. One x264 leaves a core idle now and then, and two hardly do (1080p medium on two
 * cores: 0.95 to 0.99 of ffmpeg's own time, one lane 0.98 to 1.06); x265 with two pictures at once does not (1.03 with two lanes, 0.99 with one).
 */
function usefulLanes({ choice, threads }: PlanRequest): number {
  if (threads < 2 || choice.encoder === "libsvtav1") return 1;
  if (choice.codec === "other") return choice.other.takesThreads ? 1 : Math.min(threads, MOST_OTHER_THREADS);
  return Math.max(choice.codec === "hevc" ? 1 : 2, Math.ceil((1.5 * threads) / USEFUL_FRAME_THREADS));
}

/** The user's own arguments in place of the preset's. */
function withOptions(settings: EncoderSettings, options: EncoderOptions): EncoderSettings {
  const known = Object.entries(options.settings).filter(([name]) => Object.hasOwn(settings, name));
  return { ...settings, ...Object.fromEntries(known) };
}

/** Each may hold pictures of its own. */
const MOST_OTHER_THREADS = 4;

/**
 * Frame threads of x264: as it would choose them for a job of one chunk, but never by the host's core count. Where lanes share the cores, two
 * for each core, on all lanes together: two lanes of two threads on two cores take 0.98 of the time of two lanes of three and a twelfth less
 * memory, and one lane alone is as fast with two (1080p medium). The input and the cores decide, never the lanes there is memory for.
 */
function x264Threads(request: PlanRequest): number {
  const lanes = Math.min(usefulLanes(request), request.chunks.length);
  return lanes === 1 ? Math.max(1, Math.floor(1.5 * request.threads)) : Math.ceil((2 * request.threads) / lanes);
}

/** What the preset means on this many cores. */
function wantedSettings(request: PlanRequest): EncoderSettings {
  const { engine, picture, choice, preset, threads, rate } = request;
  const { frameRate, bitDepth } = picture;
  const { codec } = choice;
  switch (codec) {
    case "hevc":
      return { codec, ...x265Settings(preset, threads), frameRate };
    case "vp9":
      return { codec, ...vp9Settings(preset, threads, rate.kind === "bitrate" ? rate.passes : 1) };
    case "av1":
      if (choice.encoder === "libsvtav1") return { codec, encoder: "libsvtav1", ...svtSettings(preset, threads) };
      return { codec, encoder: "libaom-av1", ...aomSettings(preset, threads, engine) };
    case "other": {
      const { name, makes, takesThreads } = choice.other;
      return { codec, encoder: name, makes, threads: takesThreads ? Math.min(threads, MOST_OTHER_THREADS) : 1 };
    }
    case "h264": {
      const fields = hasFields(picture) ? { interlaced: true as const } : {};
      const settings = { codec, ...x264Settings(preset, x264Threads(request)), ...fields, frameRate };
      return rate.kind === "quality" && rate.crf === 0 && bitDepth === 8 ? losslessX264(settings) : settings;
    }
  }
}

type Shape = Pick<Candidate, "settings" | "decoderThreads" | "lanes">;

function candidate(request: PlanRequest, wanted: EncoderSettings, { settings, decoderThreads, lanes }: Shape): Candidate {
  const used = withLookahead(request, settings, lanes);
  const shape = laneShape(request, used, decoderThreads);
  const whole = wholeForecast(request, shape);
  const alone = predictLane(shape);
  const lane = whole === undefined ? alone : withLine(alone, whole.line);
  const asked = { ...shape, encoder: withLookahead(request, wanted, lanes) };
  const savedBytes = predictLane(asked).totalBytes - alone.totalBytes;
  const lowered = describeLowering(wanted, settings);
  const proof = proofForecast(request, settings, lanes * lane.totalBytes);
  const joinBytes = predictRemux(request.engine, sampleCount(request.index), {
    ...remuxLoad(request.index, request.carry, request.format, whole === undefined ? MOST_BYTES_PER_SECOND : 0),
    packetBytes: meanPacketBytes(request.index) + largestPictureBytes(shape, settings, request.rate),
  });
  const indexOutputBytes = joinBytes + OUTPUT_WINDOW_BYTES;
  const peakBytes = Math.max(lanes * lane.totalBytes + moreKernelBytes(lanes), proof.totalBytes, indexOutputBytes);
  return {
    settings: used,
    decoderThreads,
    lanes,
    usefulLanes: mostLanes(request),
    lane,
    whole,
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
 * What the lane holds more when it writes the output itself, whatever the limit: joined, the first packets of H.264 would be other ones, since
 * a join puts parameter sets into them.
 */
function wholeForecast(request: PlanRequest, shape: LaneShape): WholeForecast | undefined {
  if (!canWriteWhole(request) || shape.encoder.codec === "other") return undefined;
  const { engine, index, picture, carry, rate } = request;
  const { num, den } = picture.frameRate;
  const videoBytesPerSecond = Math.min(MOST_BYTES_PER_SECOND, (noisePictureBytes(shape, qualityOf(rate)) * num) / den);
  const load = { videoBytesPerSecond, packetBytes: meanPacketBytes(index) };
  return predictWhole(engine, sampleCount(index), carry.streams.length === 0 ? undefined : load);
}

function withLine(lane: LaneForecast, line: LaneForecast["lines"][number]): LaneForecast {
  return { ...lane, totalBytes: lane.totalBytes + line.bytes, lines: [...lane.lines, line] };
}

/** The limit has set kernel memory aside for the children of the proof. */
export function moreKernelBytes(lanes: number): number {
  return Math.max(0, lanes - FEWEST_CHILDREN) * KERNEL_CHILD_BYTES;
}

/**
 * x264's lookahead thread changes no packet, fills pauses that a second lane fills as well (7.2 s with it and without, two lanes of 1080p on
 * two cores; one lane 4 % slower without), and holds 34 MiB more at 1080p. With small pictures it is a race that changes bytes from run to
 * run (x264 164 with AVX-512: 2 to 4 results in 24 runs at 180 and 192 lines, one in 12 at 360, one in 30 at 480).
 */
function withLookahead({ picture }: PlanRequest, settings: EncoderSettings, lanes: number): EncoderSettings {
  if (settings.codec !== "h264" || (lanes === 1 && picture.height >= SMALL_LINES)) return settings;
  return { ...settings, syncLookahead: 0 };
}

function laneShape(request: PlanRequest, encoder: EncoderSettings, decoderThreads: number): LaneShape {
  const { engine, index, picture, chunks, rate } = request;
  const frames = Math.max(...chunks.map((chunk) => chunk.endFrame - chunk.firstFrame));
  return {
    engine,
    ...pictureOf(picture),
    crf: qualityOf(rate),
    hasAlpha: layoutOf(picture.pixelFormat).hasAlpha,
    filterFrames: picture.filterFrames,
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

function pictureOf(video: Pick<VideoTrack, "width" | "height" | "bitDepth" | "chroma">): {
  width: number;
  height: number;
  bitDepth: number;
  chroma: Chroma;
} {
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
  const dpbFrames = decodedPictures(settings);
  const picture = pictureOf(request.picture);
  const packetBytes = largestPictureBytes(picture, settings, request.rate);
  const codec = sourceCodec(codecMade(settings), engine.decoders);
  const encoded: DecoderShape = { ...picture, codec, dpbFrames, threads: 1, packetBytes };
  const chunk = predictDecode({ ...encoded, engine, rawOutput: true });
  const slotCount = proofSlotCount();
  const poolBytes = slotCount * proofFrameBytes(request.picture);
  const sideBySide = source + chunk + poolBytes;
  const mode = sideBySide <= laneBytes || !request.canPark ? "side-by-side" : "parked";
  const totalBytes = mode === "side-by-side" ? sideBySide : Math.max(source, chunk) + poolBytes + SPILL_BLOCK_BYTES;
  return { mode, sourceDecoderBytes: source, chunkDecoderBytes: chunk, slotCount, poolBytes, totalBytes };
}

/** Of a coded picture. Encoders nobody knows may lose nothing, and save nothing either. */
function largestPictureBytes(picture: PictureShape, { codec }: EncoderSettings, rate: Rate): number {
  return codec === "other" ? pictureBytes(picture) : noisePictureBytes(picture, qualityOf(rate));
}

/** The quality that decides how large coded pictures may get; with a bitrate they are as at the quality the model was measured at. */
function qualityOf(rate: Rate): number {
  return rate.kind === "quality" ? rate.crf : 23;
}

/** The settings in one line for people. */
export function describeSettings(settings: EncoderSettings, rate: Rate): string {
  return describeEncoder(settings, describeRate(rate));
}

/** The proof in one line for people. */
export function describeProof(proof: ProofForecast): string {
  const how = proof.mode === "side-by-side" ? "source and result decoded side by side" : "source frames parked on disk, then compared";
  return `${formatBytes(proof.totalBytes)}: ${how}, ${proof.slotCount} frames in the pool`;
}
