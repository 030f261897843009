import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexMedia, readWritten, type WrittenIndex } from "../../../src/media/container/index.ts";
import { listEngines } from "../../../src/media/engine/index.ts";
import { byteInput } from "../byte-input.ts";
import { runTool } from "../run-tool.ts";
import { makeClips } from "../synthetic-clips.ts";

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const engines = listings.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));
const folder = mkdtempSync(join(tmpdir(), "mm-written-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RED = ["-f", "lavfi", "-i", "color=red:s=96x64:r=25:d=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
const SINE = ["-f", "lavfi", "-i", "sine=d=1"];

/** Clips whose boxes say it all, made by every engine; `{name}` is one of the clips that other tests share. */
const PLAIN: Readonly<Record<string, readonly string[]>> = {
  "sound.mp4": [...SINE, ...RED, "-map", "1", "-map", "0", "-c:a", "aac", "-ac", "2", "-metadata:s:a:0", "language=fra"],
  "sound.mov": [...SINE, ...RED, "-map", "1", "-map", "0", "-c:a", "aac", "-ar", "32000", "-metadata:s:a:0", "language=eng"],
  "six.mp4": [...SINE, ...RED, "-map", "1", "-map", "0", "-c:a", "aac", "-af", "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"],
  "opus.mp4": [...SINE, ...RED, "-map", "1", "-map", "0", "-c:a", "libopus", "-strict", "-2"],
  "late-sound.mp4": ["-itsoffset", "0.3", ...SINE, ...RED, "-map", "1", "-map", "0", "-c:a", "aac"],
  "late-picture.mp4": [...SINE, "-itsoffset", "0.3", ...RED, "-map", "1", "-map", "0", "-c:a", "aac"],
  "tags.mp4": [...RED, "-metadata", "title=T", "-metadata", "artist=A", "-metadata", "comment=C", "-metadata", "composer=W"],
  "tags.mov": [...RED, "-metadata", "title=T", "-metadata", "artist=A", "-metadata", "album=L", "-metadata", "genre=G"],
  "words.mp4": ["-i", "{words.mp4}", "-map", "0:v", "-map", "0:a", "-map", "0:s", "-c", "copy"],
  "titles.mov": ["-i", "{words.mp4}", "-map", "0:v", "-map", "0:a", "-c", "copy"],
  "full-range.mp4": [...RED, "-color_range", "pc"],
  "colours.mov": [...RED, "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
  "shape.mp4": [...RED, "-vf", "setsar=4/3,pad=98:66", "-pix_fmt", "yuv444p"],
  "fields.mp4": ["-i", "{interlaced.mp4}", "-c", "copy"],
  "hdr10.mp4": ["-i", "{hdr10.mp4}", "-c", "copy", "-tag:v", "hvc1"],
  "deep.mp4": ["-i", "{h264-422-10.mp4}", "-c", "copy"],
  "uneven.mp4": ["-i", "{uneven.mp4}", "-c", "copy"],
};

/** Clips of which boxes alone do not say enough. */
const ASKED: Readonly<Record<string, readonly string[]>> = {
  "cover.mp4": ["-i", "{cover.mp4}", "-map", "0", "-c", "copy"],
  "two-videos.mp4": ["-i", "{two-videos.mp4}", "-map", "0", "-c", "copy"],
  "fragments.mp4": ["-i", "{base.mp4}", "-c", "copy", "-movflags", "+frag_keyframe+empty_moov"],
  "cut.mp4": ["-ss", "0.7", "-i", "{base.mp4}", "-c", "copy"],
  "mpeg4.mp4": ["-i", "{mpeg4.avi}", "-c", "copy"],
  "gray.mp4": [...RED, "-pix_fmt", "gray"],
  "ac3.mp4": [...SINE, ...RED, "-map", "1", "-map", "0", "-c:a", "ac3"],
  "timecode.mov": [...RED, "-timecode", "01:00:00:00"],
  "plain.mkv": ["-i", "{base.mp4}", "-c", "copy"],
};

const FACTS = ["streamIndex", "codec", "width", "height", "rotation", "isMirrored", "fieldOrder", "timeBase", "ticks"] as const;
const MORE_FACTS = ["lastDurationTicks", "reorderFrames", "sideData", "masteringDisplay", "contentLight"] as const;

/** The facts that the proofs compare, in one spelling of pixel format, ratio and range. */
function factsOf({ video, audio, chapters, words, ...rest }: WrittenIndex): object {
  const { sar, pixelFormat, color } = video;
  return {
    video: Object.fromEntries([...FACTS, ...MORE_FACTS].map((name) => [name, video[name]])),
    ratio: sar.num === 0 ? 1 : sar.num / sar.den,
    pixelFormat: pixelFormat.replace("yuvj", "yuv"),
    color: { ...color, range: color.range ?? "tv", chromaLocation: color.chromaLocation ?? "left" },
    audio: audio.map(({ streamIndex, codec, sampleRate, channels, timeBase, startTicks }) => {
      return { streamIndex, codec, sampleRate, channels, timeBase, startTicks };
    }),
    chapters: chapters.map(({ startSeconds }) => startSeconds),
    languages: words.map(({ language }) => language),
    tags: rest.metadataKeys.filter((key) => /^(title|artist|album|composer|comment|genre)$/.test(key)),
    subtitles: rest.subtitles,
    others: [rest.container, rest.data, rest.attachedPictures],
  };
}

describe.each(engines.map((engine) => ({ engine, version: engine.version })))("a file of ffmpeg $version", ({ engine, version }) => {
  const own = join(folder, version);
  const pathOf = (name: string): string => join(own, name);
  beforeAll(() => {
    execFileSync("mkdir", [own]);
    const shared = makeClips(engine.path, mkdtempSync(join(folder, "shared-")), writeFileSync);
    for (const [name, args] of Object.entries({ ...PLAIN, ...ASKED })) {
      const filled = args.map((arg) => shared.get(arg.replace(/[{}]/g, "")) ?? arg);
      execFileSync(engine.path, ["-v", "error", "-nostdin", "-y", ...filled, pathOf(name)], { stdio: ["ignore", "ignore", "pipe"] });
    }
  }, 120_000);

  it.each(Object.keys(PLAIN))("%s says by its boxes what ffmpeg says of it", async (name) => {
    const input = byteInput(readFileSync(pathOf(name)));
    const written = readWritten(input);
    if (written === undefined) throw new Error("its boxes are not enough");
    expect(factsOf(written)).toEqual(factsOf(await indexMedia(input, pathOf(name), { engine, run: runTool })));
  });

  it.each(Object.keys(ASKED))("%s is left to ffmpeg", (name) => {
    expect(readWritten(byteInput(readFileSync(pathOf(name))))).toBeUndefined();
  });
});
