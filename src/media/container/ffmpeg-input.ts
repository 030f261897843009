/** The runs of ffmpeg that index a file. None writes anything but text, opens anything but the file, or uses more than one thread. */
import type { Engine, RunTool, ToolOutput } from "../engine/index.ts";
import { type FirstFrames, parseFirstFrames } from "./first-frames.ts";
import { FrameCrcReader } from "./framecrc.ts";
import { PacketTable } from "./packet-table.ts";
import { clockSetBack, stopped } from "./refusals.ts";
import type { Rational } from "./types.ts";

export type FfmpegInput = {
  readonly engine: Engine;
  readonly run: RunTool;
  readonly path: string;
  /** Demuxers that may open the file. */
  readonly demuxers: string;
  /** n in `0:v:n`; undefined = the first video stream that is no attached picture. */
  readonly videoIndex: number | undefined;
};

/** Packets of each audio stream looked at for the first that is heard: edit lists hide a few before it. */
const AUDIO_PACKETS = 64;
/** Captions and HDR metadata come with every frame, fields with the first few at the latest. */
const FRAMES_LOOKED_AT = 8;
/** Fixes the muxer makes on its own, and says so. */
const MENDED = /non-monoton\w+ dts|invalid dts:/i;
/** In the words of MP4's demuxer, and of Matroska's in 5.1 and 4.1. */
const CUT_SHORT = /partial file|File ended prematurely|\[matroska,webm @ \w+\] Read error/;
/** "New video stream 0:2 at pos:999596 and DTS:31.3333s". */
const LATE_VIDEO = /New video stream \d+:\d+ at .*DTS:(-?[\d.]+)s/;
/** "Non-monotonous DTS in output stream 0:0; previous: 489600, current: 133200; changing to 489600." */
const STEP_BACK = /previous: (-?\d+), current: (-?\d+);/g;
/** Frames in the wrong order step back by a few; a clock set back, or a second recording behind the first, by more. */
const CLOCK_STEP_SECONDS = 1;

export type AudioStart = { readonly timeBase: Rational; readonly startTicks: number };

export type Probe = { readonly output: ToolOutput; readonly audioStarts: readonly AudioStart[] };

/** What the file contains, and when each audio stream starts, in the order of `0:a`. */
export async function probeInput(input: FfmpegInput): Promise<Probe> {
  const starts = new Map<number, { tick: number; isHeard: boolean }>();
  const reader = new FrameCrcReader(({ stream, tick, isHidden }) => {
    if (tick !== undefined && starts.get(stream)?.isHeard !== true) starts.set(stream, { tick, isHeard: !isHidden });
  });
  // Without -vn ffmpeg would take the video of files that have no audio; without -map_metadata it would print the description twice.
  const wanted = ["-vn", "-sn", "-dn", "-map", "0:a?", "-c", "copy", "-frames:a", String(AUDIO_PACKETS), "-max_interleave_delta", "1"];
  const output = await runLines(input, ["-v", "verbose"], [...wanted, "-map_metadata", "-1", "-map_chapters", "-1", ...FRAMECRC], (line) =>
    reader.add(line),
  );
  const audioStarts = [...reader.timeBases]
    .sort(([a], [b]) => a - b)
    .map(([stream, timeBase]) => ({ timeBase, startTicks: starts.get(stream)?.tick ?? 0 }));
  return { output, audioStarts };
}

export type PacketTimes = {
  readonly table: PacketTable;
  readonly timeBase: Rational;
  readonly isCutShort: boolean;
  /** The last packet is not whole. */
  readonly endsDamaged: boolean;
  /** When a video stream begins of which the head of the file knows nothing, in seconds; undefined when none does. */
  readonly lateVideoSeconds: number | undefined;
  /** The most seconds by which a keyframe is shown after the packet behind it is decoded; 0 or less without B-frames. */
  readonly keyDelaySeconds: number;
};

/**
 * Every packet of the video.
 *
 * @throws UnsupportedError when the clock of the stream is set back
 */
export async function readPackets(input: FfmpegInput): Promise<PacketTimes> {
  const table = new PacketTable();
  let endsDamaged = false;
  let keyTick: number | undefined;
  let keyDelayTicks = Number.NEGATIVE_INFINITY;
  const reader = new FrameCrcReader(({ decodeTick, tick, isKey, isHidden, isDamaged, durationTicks }) => {
    table.add(tick, isKey, isHidden, durationTicks);
    endsDamaged = isDamaged;
    if (isDamaged) table.addDoubt("damaged packets");
    if (keyTick !== undefined) keyDelayTicks = Math.max(keyDelayTicks, keyTick - decodeTick);
    keyTick = isKey ? tick : undefined;
  });
  const wanted = [...mapOf(input), "-c", "copy", "-copyinkf", "-avoid_negative_ts", "disabled"];
  const output = await runLines(input, ["-v", "warning"], [...wanted, ...FRAMECRC], (line) => reader.add(line));
  const { stderr } = output;
  if (output.code !== 0 && table.length > 0) throw stopped(output, `listing packets, ${table.length} so far`);
  const timeBase = reader.timeBases.get(0) ?? { num: 1, den: 1 };
  const secondsPerTick = timeBase.num / timeBase.den;
  if (MENDED.test(stderr)) table.addDoubt("times the muxer had to mend");
  const setBackSeconds = longestStepBack(stderr) * secondsPerTick;
  if (setBackSeconds > CLOCK_STEP_SECONDS) throw clockSetBack(setBackSeconds);
  const late = LATE_VIDEO.exec(stderr)?.[1];
  return {
    table,
    timeBase,
    isCutShort: CUT_SHORT.test(stderr),
    endsDamaged,
    lateVideoSeconds: late === undefined ? undefined : Number(late),
    keyDelaySeconds: keyDelayTicks * secondsPerTick,
  };
}

/** Ticks of the muxer's clock; 0 when packets come in order. */
function longestStepBack(stderr: string): number {
  const steps = [...stderr.matchAll(STEP_BACK)].map(([, previous, current]) => Number(previous) - Number(current));
  return steps.reduce((longest, step) => Math.max(longest, step), 0);
}

function mapOf({ videoIndex }: FfmpegInput): [string, string] {
  return ["-map", videoIndex === undefined ? "0:V:0" : `0:v:${videoIndex}`];
}

/**
 * Decodes the stream and lists the frames that come out: as long as a decode takes, and right by definition.
 *
 * @param fromSeconds - where to send the demuxer first; frames around that time may be missing or of no use
 */
export async function readDecodedTicks(input: FfmpegInput, timeBase: Rational, fromSeconds?: number): Promise<Float64Array> {
  const table = new PacketTable();
  const reader = new FrameCrcReader(({ tick, durationTicks }) => table.add(tick, true, false, durationTicks));
  const wanted = [...mapOf(input), input.engine.caps.frameSync, "passthrough", "-enc_time_base", `${timeBase.num}:${timeBase.den}`];
  const raw = ["-filter_threads", "1", "-c:v", "rawvideo", ...FRAMECRC];
  const seek = fromSeconds === undefined ? [] : ["-seek_timestamp", "1", "-ss", fromSeconds.toFixed(6), "-noaccurate_seek"];
  const output = await runLines(input, ["-v", "fatal", "-noautorotate", ...seek], [...wanted, ...raw], (line) => reader.add(line));
  if (output.code !== 0 && table.length > 0) throw stopped(output, `counting frames, ${table.length} so far`);
  return table.finish().ticks;
}

/** What the first decoded frames say of themselves. Where none can be decoded, that is for others to find out. */
export async function readFirstFrames(input: FfmpegInput): Promise<FirstFrames> {
  const wanted = [...mapOf(input), "-frames:v", String(FRAMES_LOOKED_AT), "-filter_threads", "1", "-vf", "showinfo", "-f", "null", "-"];
  const output = await runLines(input, ["-v", "info", "-noautorotate"], wanted, () => {});
  return parseFirstFrames(output.stderr);
}

const FRAMECRC = ["-f", "framecrc", "pipe:1"];

/** Opens the file and nothing else, and hands over what is written to standard output line by line. */
export async function runLines(
  { engine, run, path, demuxers }: FfmpegInput,
  before: string[],
  after: string[],
  onLine: (line: string) => void,
): Promise<ToolOutput> {
  const whiteLists = ["-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers];
  const source = ["-threads", "1", "-copyts", ...whiteLists, "-i", `file:${path}`];
  const output = await run(engine.path, ["-nostdin", "-hide_banner", "-nostats", ...before, ...source, ...after], onLine);
  // Tools that do not pass lines on as they come hand over the whole text.
  if (output.stdout !== "") output.stdout.split("\n").forEach(onLine);
  return output;
}
