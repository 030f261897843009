/** The runs of ffmpeg that index a file. None writes anything but text, opens anything but the file, or uses more than one thread. */
import type { Engine, RunTool, ToolOutput } from "../engine/index.ts";
import { FrameCrcReader } from "./framecrc.ts";
import { PacketTable } from "./packet-table.ts";
import { stopped } from "./refusals.ts";
import type { Rational } from "./types.ts";

export type FfmpegInput = {
  readonly engine: Engine;
  readonly run: RunTool;
  readonly path: string;
  /** Demuxers that may open the file. */
  readonly demuxers: string;
};

/** Packets of each audio stream looked at for the first that is heard: edit lists hide a few before it. */
const AUDIO_PACKETS = 64;
/** Fixes the muxer makes on its own, and says so. */
const MENDED = /non-monoton\w+ dts|invalid dts:/i;
const CUT_SHORT = /partial file/;

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

export type PacketTimes = { readonly table: PacketTable; readonly timeBase: Rational | undefined; readonly isCutShort: boolean };

/** Every packet of the first video stream that is no attached picture. */
export async function readPackets(input: FfmpegInput): Promise<PacketTimes> {
  const table = new PacketTable();
  const reader = new FrameCrcReader(({ tick, isKey, isHidden, isDamaged, durationTicks }) => {
    table.add(tick, isKey, isHidden, durationTicks);
    if (isDamaged) table.addDoubt("damaged packets");
  });
  const wanted = ["-map", "0:V:0", "-c", "copy", "-copyinkf", "-avoid_negative_ts", "disabled"];
  const output = await runLines(input, ["-v", "warning"], [...wanted, ...FRAMECRC], (line) => reader.add(line));
  const { stderr } = output;
  if (output.code !== 0 && table.length > 0) throw stopped(output, `listing packets, ${table.length} so far`);
  if (MENDED.test(stderr)) table.addDoubt("times the muxer had to mend");
  return { table, timeBase: reader.timeBases.get(0), isCutShort: CUT_SHORT.test(stderr) };
}

/** Decodes the stream and lists the frames that come out: as long as a decode takes, and right by definition. */
export async function readDecodedTicks(input: FfmpegInput, timeBase: Rational): Promise<Float64Array> {
  const table = new PacketTable();
  const reader = new FrameCrcReader(({ tick, durationTicks }) => table.add(tick, true, false, durationTicks));
  const wanted = ["-map", "0:V:0", input.engine.caps.frameSync, "passthrough", "-enc_time_base", `${timeBase.num}:${timeBase.den}`];
  const raw = ["-filter_threads", "1", "-c:v", "rawvideo", ...FRAMECRC];
  const output = await runLines(input, ["-v", "fatal", "-noautorotate"], [...wanted, ...raw], (line) => reader.add(line));
  if (output.code !== 0 && table.length > 0) throw stopped(output, `counting frames, ${table.length} so far`);
  return table.finish().ticks;
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
