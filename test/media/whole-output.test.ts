import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatList, encodeChunkArguments, encodeWholeArguments, joinArguments } from "../../src/media/arguments/index.ts";
import { type Carry, planCarry } from "../../src/media/carry.ts";
import { cutChunks } from "../../src/media/chunks.ts";
import { indexMedia, type MediaIndex } from "../../src/media/container/index.ts";
import { parseEncoderOptions } from "../../src/media/encoder-options.ts";
import { type Engine, listEngines } from "../../src/media/engine/index.ts";
import { planLastDuration } from "../../src/media/last-duration.ts";
import { type EncoderSettings, x264Settings, x265Settings } from "../../src/media/model/index.ts";
import { editMovie } from "../../src/media/movie-edit.ts";
import { type FormatName, outputFormatOf } from "../../src/media/output-format.ts";
import { planPicture } from "../../src/media/picture.ts";
import { pictureTicks } from "../../src/media/picture-length.ts";
import { selectStreams } from "../../src/media/selection.ts";
import { canWriteWhole } from "../../src/media/whole-output.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { fileInput } from "./byte-input.ts";
import { runTool } from "./run-tool.ts";
import { makeClips } from "./synthetic-clips.ts";

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const engines = listings.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));
if (engines.length === 0) console.log("skipped: outputs written whole, because no ffmpeg is installed");

const WHOLE_PICTURE = {
  startSeconds: 0,
  durationSeconds: undefined,
  frameRate: undefined,
  size: undefined,
  filtered: undefined,
  dropped: [],
};
const COPIED = { audio: undefined, audioBitsPerSecond: undefined, keepsSound: true, keepsSubtitles: false, isRetimed: false };

/** A job for the whole of a clip, as far as arguments go. */
async function decide(engine: Engine, path: string, name: FormatName) {
  const index: MediaIndex = await indexMedia(fileInput(path), path, { engine, run: runTool });
  const picture = planPicture(index, WHOLE_PICTURE);
  const format = outputFormatOf("o", name);
  const carry: Carry = planCarry(index, selectStreams(index, []), format, engine, COPIED);
  const chunks = cutChunks(index.video, { ...picture, canSeek: index.canSeek });
  return { engine, index, picture, format, carry, chunks };
}

type Job = Awaited<ReturnType<typeof decide>>;

/** Both ways to the same output. */
function write(job: Job, codec: "h264" | "hevc", folder: string): { readonly joined: string; readonly whole: string } {
  const { engine, index, picture, carry, format, chunks } = job;
  const [chunk] = chunks;
  if (chunk === undefined) throw new Error("no chunk");
  const settings: EncoderSettings =
    codec === "h264" ? { codec, ...x264Settings("veryfast", 1) } : { codec, ...x265Settings("ultrafast", 1) };
  const options = parseEncoderOptions(codec === "h264" ? "libx264" : "libx265", []);
  const request = { engine, index, picture, settings, rate: { kind: "quality" as const, crf: 30 }, options, decoderThreads: 1 };
  const [joined, whole] = [join(folder, `joined.${format.name}`), join(folder, `whole.${format.name}`)];
  const run = (args: readonly string[]) => execFileSync(engine.path, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe", "ignore"] });
  run(encodeChunkArguments(request, chunk, { video: join(folder, "chunk.mp4"), stats: join(folder, "stats") }, undefined));
  writeFileSync(join(folder, "list"), concatList(picture, chunks, ["chunk.mp4"]));
  const beside = { engine, index, picture, carry, format, codec, soundLeadSeconds: 0, interleaveSeconds: 1 };
  run(joinArguments(beside, "list", joined));
  run(encodeWholeArguments({ ...request, ...beside }, chunk, { video: whole, stats: join(folder, "stats") }, undefined));
  return { joined, whole };
}

/** As every output is. */
function mend(path: string, { index, picture }: Job): void {
  const { num, den } = picture.timeBase;
  const length = pictureTicks(index, picture, fileInput(index.path));
  const lastFrameTicks = (picture.ticks[0] ?? 0) + length - (picture.ticks.at(-1) ?? 0);
  const edit = planLastDuration(fileInput(path), { ticksPerSecond: den / num, pictureTicks: length, lastFrameTicks });
  if (edit === undefined) throw new Error("cannot be mended");
  editMovie(path, edit, roomyBudget());
}

/** Every packet of every stream with its times and its bytes, stream by stream, as it is shown and as it is stored. */
function packetsOf(engine: Engine, path: string, codec: "h264" | "hevc"): string[] {
  // The join puts parameter sets in front of each IDR picture of H.264.
  const filter = codec === "h264" ? ["-bsf:v", "filter_units=remove_types=7-8"] : [];
  const args = ["-map", "0", "-c", "copy", ...filter, "-copyinkf", "-avoid_negative_ts", "disabled", "-f", "framecrc", "-"];
  const list = (...before: string[]): string[] => {
    const text = execFileSync(engine.path, ["-v", "error", "-copyts", ...before, "-i", path, ...args], { encoding: "utf8" });
    return text.split("\n").filter((line) => !line.startsWith("#software"));
  };
  const byStream = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);
  return [...list().sort(byStream), ...list("-ignore_editlist", "1").sort(byStream)];
}

/** What ffmpeg says of a file, without its name, the rate it rounds, and the encoder that QuickTime has a place for. */
function describeFile(engine: Engine, path: string): string {
  const { stderr } = spawnSync(engine.path, ["-hide_banner", "-i", path], { encoding: "utf8" });
  return stderr
    .replaceAll(path, "")
    .replace(/bitrate: \d+/, "")
    .replace(/^ *encoder +: Lavc.*\n/m, "");
}

const CLIPS: readonly (readonly [clip: string, format: FormatName, codec: "h264" | "hevc"])[] = [
  ["base.mp4", "mp4", "h264"],
  ["base.mp4", "mov", "h264"],
  ["base.mp4", "mp4", "hevc"],
  ["words.mp4", "mp4", "h264"],
  ["sound-first.mp4", "mp4", "h264"],
  ["late-picture.mp4", "mp4", "h264"],
  ["late-sound.mp4", "mov", "h264"],
  ["open-gop.mp4", "mp4", "h264"],
  ["late.mp4", "mp4", "h264"],
  ["no-b-frames.mp4", "mov", "hevc"],
  ["turned.mp4", "mp4", "h264"],
  ["sar.mp4", "mp4", "h264"],
  ["hdr10.mp4", "mp4", "hevc"],
  ["prores.mov", "mov", "h264"],
];

describe.each(engines.map((engine) => ({ engine, version: engine.version })))("an output of ffmpeg $version", ({ engine, version }) => {
  const folder = mkdtempSync(join(tmpdir(), "mm-whole-"));
  let clips = new Map<string, string>();
  beforeAll(() => {
    clips = makeClips(engine.path, folder, writeFileSync);
    const base = clips.get("base.mp4") ?? "";
    for (const [name, ...delayed] of [["late-picture.mp4", "0:v", "1:a"] as const, ["late-sound.mp4", "1:v", "0:a"] as const]) {
      const maps = delayed.flatMap((map) => ["-map", map]);
      const inputs = ["-itsoffset", "0.32", "-i", base, "-i", base];
      execFileSync(engine.path, ["-v", "error", "-y", ...inputs, ...maps, "-c", "copy", join(folder, name)]);
      clips.set(name, join(folder, name));
    }
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const pathOf = (name: string): string => clips.get(name) ?? "";

  it.each(CLIPS)("of %s as %s in %s is the same whole as joined", async (clip, format, codec) => {
    const job = await decide(engine, pathOf(clip), format);
    expect(canWriteWhole(job)).toBe(true);
    const own = join(folder, `${clip}-${format}-${codec}-${version.length}`);
    mkdirSync(own);
    const { joined, whole } = write(job, codec, own);
    for (const file of [joined, whole]) mend(file, job);
    expect(packetsOf(engine, whole, codec)).toEqual(packetsOf(engine, joined, codec));
    expect(describeFile(engine, whole)).toBe(describeFile(engine, joined));
  });

  it("is joined where times would change on the way, or there is more than copied sound", async () => {
    for (const clip of ["uneven.mp4", "stream.ts", "uneven.mkv"])
      expect([clip, canWriteWhole(await decide(engine, pathOf(clip), "mp4"))]).toEqual([clip, false]);
    const job = await decide(engine, pathOf("base.mp4"), "mp4");
    const [sound] = job.carry.streams;
    if (sound === undefined) throw new Error("no sound");
    const subtitle = { ...sound, kind: "subtitle" as const };
    const changes = [
      { format: outputFormatOf("o.mkv", undefined) },
      { chunks: [...job.chunks, ...job.chunks] },
      { picture: { ...job.picture, startSeconds: 1 } },
      { picture: { ...job.picture, durationSeconds: 1 } },
      { carry: { ...job.carry, streams: [{ ...sound, codec: "aac" }] } },
      { carry: { ...job.carry, streams: [sound, subtitle] } },
      { engine: { ...engine, major: 6 } },
    ];
    for (const change of changes) expect(canWriteWhole({ ...job, ...change })).toBe(false);
  });
});
