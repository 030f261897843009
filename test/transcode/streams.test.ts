/** What goes along with the picture: every kind of stream, chosen with --map, in every container that takes it. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, MmSession } from "./run-mm.ts";

const found = engines();
const ffprobe = spawnSync("ffprobe", ["-version"]).status === 0;
if (found.length === 0) console.log("skipped: streams beside the picture, because no ffmpeg is installed");
if (!ffprobe) console.log("skipped: streams beside the picture as ffprobe sees them, because it is not installed");

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
  if (found[0] !== undefined) makeRich(found[0].path);
});
afterAll(() => mm[Symbol.dispose]());

/** Four sound tracks, two of subtitles, chapters, a font and a cover; and a QuickTime file with a timecode. */
function makeRich(engine: string): void {
  const make = (...args: string[]) => execFileSync(engine, ["-v", "error", "-nostdin", "-y", ...args], { cwd: mm.folder });
  writeFileSync(mm.path("words.srt"), "1\n00:00:00,200 --> 00:00:00,900\nhello\n");
  writeFileSync(mm.path("font.ttf"), "no font");
  writeFileSync(
    mm.path("chapters.txt"),
    ";FFMETADATA1\ntitle=Rich\nodd=1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=one\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1000\ntitle=two\n",
  );
  make("-i", "words.srt", "words.ass");
  make("-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1", "cover.png");
  const inputs = [
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=96x64:r=25:d=1",
    "-f",
    "lavfi",
    "-i",
    "sine=d=1:r=44100",
    "-i",
    "words.srt",
    "-i",
    "words.ass",
  ];
  const maps = ["-i", "chapters.txt", "-map", "0", "-map", "1", "-map", "1", "-map", "1", "-map", "1", "-map", "2", "-map", "3"];
  const six = "pan=5.1(side)|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0";
  make(
    ...[...inputs, ...maps, "-map_metadata", "4", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
    ...["-c:a:0", "aac", "-c:a:1", "flac", "-c:a:2", "ac3", "-filter:a:2", six, "-c:a:3", "pcm_s16le", "-c:s:0", "srt", "-c:s:1", "ass"],
    ...[
      "-metadata:s:v:0",
      "language=fra",
      "-metadata:s:a:0",
      "language=eng",
      "-metadata:s:a:0",
      "title=Main",
      "-metadata:s:a:1",
      "language=deu",
    ],
    ...["-metadata:s:s:0", "language=eng", "-attach", "font.ttf", "-metadata:s:t:0", "mimetype=application/x-truetype-font"],
    ...["-attach", "cover.png", "-metadata:s:t:1", "mimetype=image/png", "rich.mkv"],
  );
  make(
    ...inputs.slice(0, 8),
    "-timecode",
    "01:00:00:00",
    "-c:v",
    "libx264",
    "-preset",
    "ultrafast",
    "-pix_fmt",
    "yuv420p",
    "-c:a",
    "aac",
    "time.mov",
  );
}

function transcode(engine: string, input: string, output: string, ...more: string[]) {
  return mm.run(["transcode", input, output, "-y", "--preset", "ultrafast", "-q", "--ffmpeg", engine, ...more]);
}

type Stream = { codec_type: string; codec_name?: string; sample_rate?: string; channels?: number; tags?: Record<string, string> };

/** The streams of an output: "audio aac eng", without the track MP4 keeps chapter titles in. */
function streamsOf(name: string): { words: string[]; streams: Stream[]; chapters: number[]; title: string | undefined } {
  const args = ["-v", "error", "-show_streams", "-show_chapters", "-show_format", "-of", "json", mm.path(name)];
  const { streams, chapters, format } = JSON.parse(spawnSync("ffprobe", args, { encoding: "utf8" }).stdout);
  const kept: Stream[] = streams.filter(({ codec_name }: Stream) => codec_name !== "bin_data");
  return {
    words: kept.map(({ codec_type, codec_name, tags }) =>
      [codec_type, codec_name, tags?.language?.replace("und", "")].filter(Boolean).join(" "),
    ),
    streams: kept,
    chapters: chapters.map(({ start_time }: { start_time: string }) => Number(start_time)),
    title: format.tags?.title,
  };
}

describe.runIf(ffprobe).each(found)("with $name", ({ path: engine }) => {
  it("MP4 takes all but the font, and says what of the rest is lost", () => {
    const run = transcode(engine, "rich.mkv", "rich.mp4", "--map", "-t");
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("its styles are lost");
    expect(run.stderr).toContain("no place for the tag odd");
    const { words, streams, chapters, title } = streamsOf("rich.mp4");
    expect(words).toEqual([
      ...["video h264 fra", "audio aac eng", "audio flac deu", "audio ac3", "audio aac"],
      ...["subtitle mov_text eng", "subtitle mov_text", "video png"],
    ]);
    expect(streams.map(({ channels }) => channels).slice(1, 5)).toEqual([1, 1, 6, 1]);
    expect(streams[1]?.tags?.handler_name).toBe("Main");
    expect([chapters, title]).toEqual([[0, 0.5], "Rich"]);
  });

  it("Matroska takes all but the cover, fonts and styles among it", () => {
    const run = transcode(engine, "rich.mkv", "rich2.mkv", "--map", "-0:8");
    expect(run.code, run.stderr).toBe(0);
    const { words, streams } = streamsOf("rich2.mkv");
    expect(words.slice(1)).toEqual([
      ...["audio aac eng", "audio flac deu", "audio ac3", "audio pcm_s16le", "subtitle subrip eng", "subtitle ass", "attachment ttf"],
    ]);
    expect(streams[1]?.tags?.title).toBe("Main");
    expect(streams.at(-1)?.tags?.filename).toBe("font.ttf");
  });

  it("QuickTime keeps the languages it has numbers for, and takes what it can", () => {
    const run = transcode(engine, "rich.mkv", "rich.mov", "--map", "v:0", "--map", "a:1", "--map", "a:3", "--map", "s:0");
    expect(run.code, run.stderr).toBe(0);
    const { words } = streamsOf("rich.mov");
    expect(words.map((word) => word.replace(/ eng$/, ""))).toEqual([
      "video h264 fra",
      "audio aac ger",
      "audio pcm_s16le",
      "subtitle mov_text",
    ]);
  });

  it("--audio opus resamples and names six channels as Opus does, --audio-bitrate is kept to", () => {
    const run = transcode(
      engine,
      "rich.mkv",
      "opus.mkv",
      "--map",
      "v:0",
      "--map",
      "a:2",
      "--map",
      "a:0",
      "--audio",
      "opus",
      "--audio-bitrate",
      "96k",
    );
    expect(run.code, run.stderr).toBe(0);
    const { words, streams } = streamsOf("opus.mkv");
    expect(words).toEqual(["video h264 fra", "audio opus", "audio opus eng"]);
    expect(streams.slice(1).map(({ channels, sample_rate }) => [channels, sample_rate])).toEqual([
      [6, "48000"],
      [1, "48000"],
    ]);
  });

  it("Opus in MP4 starts when the sound of the input did, and the timecode goes along", () => {
    const run = transcode(engine, "time.mov", "opus.mp4", "--audio", "opus");
    expect(run.code, run.stderr).toBe(0);
    const { words, streams } = streamsOf("opus.mp4");
    expect(words.slice(0, 2)).toEqual(["video h264", "audio opus"]);
    expect(streams[0]?.tags?.timecode).toBe("01:00:00:00");
  });

  it("chapters of a part are those that are in it", () => {
    const run = transcode(engine, "rich.mkv", "part.mp4", "--map", "v:0", "--map", "a:0", "--duration", "0.4");
    expect(run.code, run.stderr).toBe(0);
    expect(streamsOf("part.mp4").chapters).toEqual([0]);
  });
});

describe.runIf(ffprobe && found.length > 0)("what nobody asked for", () => {
  it("WebM is VP9, Opus and WebVTT", () => {
    const run = transcode(found[0]?.path ?? "", "rich.mkv", "rich.webm", "--map", "-t", "--map", "-v:1");
    expect(run.code, run.stderr).toBe(0);
    expect(streamsOf("rich.webm").words).toEqual([
      ...["video vp9 fra", "audio opus eng", "audio opus deu", "audio opus", "audio opus"],
      ...["subtitle webvtt eng", "subtitle webvtt"],
    ]);
  });
});

describe.runIf(ffprobe && found.length > 0)("what is left out", () => {
  it("is not there: a timecode, with the tag the picture has of it", () => {
    const run = transcode(found[0]?.path ?? "", "time.mov", "without.mp4", "--map", "-d");
    expect(run.code, run.stderr).toBe(0);
    expect(streamsOf("without.mp4").words).toEqual(["video h264", "audio aac"]);
  });
});

describe.runIf(found.length > 0)("one picture of several", () => {
  const engine = found[0]?.path ?? "";

  /** Transcodes with an engine that counts how often it lists the packets of a picture. */
  function listings(output: string, ...args: string[]): { code: number; stderr: string; count: number } {
    const log = mm.path("listings");
    rmSync(log, { recursive: true, force: true });
    mkdirSync(log);
    // Such a run may write no file.
    const script = `#!/bin/sh\ncase "$*" in *two.mkv*-copyinkf*) mkdir ${log}/$$;; esac\nexec ${engine} "$@"\n`;
    writeFileSync(mm.path("counting"), script, { mode: 0o755 });
    return { ...transcode(mm.path("counting"), "two.mkv", output, ...args), count: readdirSync(log).length };
  }

  it("is looked at once when it is named by its place, and refused in the same words when it is not there", () => {
    const pictures = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1", "-f", "lavfi", "-i", "testsrc2=s=64x96:r=25:d=1"];
    const maps = ["-map", "0", "-map", "1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
    execFileSync(engine, ["-v", "error", "-nostdin", "-y", ...pictures, ...maps, "two.mkv"], { cwd: mm.folder });
    expect(listings("second.mkv", "--map", "v:1")).toMatchObject({ code: 0, count: 1 });
    expect(execFileSync(engine, ["-v", "error", "-i", mm.path("second.mkv"), "-f", "framecrc", "-"], { encoding: "utf8" })).toContain(
      "64x96",
    );
    expect(listings("first.mkv", "--map", "-v:1")).toMatchObject({ code: 0, count: 1 });
    expect(listings("other.mkv", "--map", "-v:0")).toMatchObject({ code: 0, count: 2 });
    const missing = listings("none.mkv", "--map", "v:2");
    expect(missing.code, missing.stderr).toBe(64);
    expect(missing.stderr).toContain("--map v:2 names no stream: the input has v:0 (0:0), v:1 (0:1)");
  });
});

describe.runIf(found.length > 0)("what cannot be carried is refused with what to type", () => {
  it.each([
    ["rich.mkv", [], 69, /stream 8 is an attached picture[\s\S]*--map -0:8 to leave it out/],
    ["rich.mkv", ["--format", "mp4"], 69, /stream 7 is an attached file \(ttf, font.ttf\)[\s\S]*--map -0:7 to leave it out/],
    ["rich.mkv", ["--format", "mov"], 69, /and 1 more like it[\s\S]*--map -0:7 --map -0:8 to leave them out/],
    ["rich.mkv", ["--map", "s:4"], 64, /--map s:4 names no stream: the input has v:0 \(0:0\), a:0 \(0:1\)/],
    ["rich.mkv", ["--map", "a"], 69, /--map leaves no video/],
    ["rich.mkv", ["--audio", "opus", "--format", "mov"], 64, /--audio opus does not go into mov/],
    ["rich.mkv", ["--audio", "copy", "--format", "mov", "--map", "v:0", "--map", "a"], 69, /is flac, which mov cannot hold unchanged/],
    ["time.mov", ["--start", "0.5"], 69, /begins at the timecode 01:00:00:00[\s\S]*--map -0:2 to leave the timecode out/],
  ])("%s %j ends with %d", (input, args, code, message) => {
    const run = transcode(found[0]?.path ?? "", input, "out.mkv", ...args);
    expect(run.stderr).toMatch(message);
    expect(run.code).toBe(code);
  });
});
