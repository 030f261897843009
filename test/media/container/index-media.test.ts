import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPackets } from "../../../src/media/container/ffmpeg-input.ts";
import { indexMedia, type MediaIndex } from "../../../src/media/container/index.ts";
import { type Engine, listEngines } from "../../../src/media/engine/index.ts";
import { fileInput } from "../byte-input.ts";
import { runTool } from "../run-tool.ts";
import { makeClips, RECIPES } from "../synthetic-clips.ts";
import { decodedTicks } from "./truth.ts";

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const engines = listings.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));
const maker = engines[0];
const folder = mkdtempSync(join(tmpdir(), "mm-index-"));
let clips = new Map<string, string>();

beforeAll(() => {
  if (maker !== undefined) clips = makeClips(maker.path, folder, writeFileSync);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pathOf(name: string): string {
  const path = clips.get(name);
  if (path === undefined) throw new Error(`no clip ${name}`);
  return path;
}

function indexOf(engine: Engine, name: string): Promise<MediaIndex> {
  return indexMedia(fileInput(pathOf(name)), pathOf(name), { engine, run: runTool });
}

it("has an engine to test", () => expect(engines.length).toBeGreaterThan(0));

describe.each(engines.map((engine) => ({ engine, version: engine.version })))("index with ffmpeg $version", ({ engine }) => {
  it.each(RECIPES)("lists the frames that $name shows, each at its tick", async ({ name }) => {
    const { video } = await indexOf(engine, name);
    expect([...video.ticks]).toEqual(decodedTicks(engine, pathOf(name), video.timeBase));
    for (const key of video.keyframes) expect(video.keySeekTicks).toContain(video.ticks[key]);
  });

  it.each(RECIPES)("gets the same from tables and from packets for $name", async ({ name }) => {
    const { video, indexedBy, demuxer } = await indexOf(engine, name);
    if (indexedBy !== "tables") return expect(["ffmpeg", "decoding"]).toContain(indexedBy);
    const { table, timeBase } = await readPackets({ engine, run: runTool, path: pathOf(name), demuxers: demuxer, videoIndex: undefined });
    const packets = table.finish();
    expect(timeBase).toEqual(video.timeBase);
    expect(packets.ticks).toEqual(video.ticks);
    expect(packets.keyframes).toEqual(video.keyframes);
    expect(packets.keySeekTicks).toEqual(video.keySeekTicks);
    // With B-frames at an uneven rate no table says how long the last frame is shown, and ffmpeg releases guess differently.
    if (!video.isVariableRate) expect(packets.lastDurationTicks).toBe(video.lastDurationTicks);
  });

  it("reads sample tables itself where they say it all, and asks ffmpeg where they do not", async () => {
    const by = async (name: string) => (await indexOf(engine, name)).indexedBy;
    for (const name of ["base.mp4", "open-gop.mp4", "late.mp4", "uneven.mp4", "hdr10.mp4", "prores.mov"])
      expect([name, await by(name)]).toEqual([name, "tables"]);
    for (const name of ["cut.mp4", "fragments.mp4", "half-fragments.mp4", "stream.ts", "ntsc.mkv"])
      expect([name, await by(name)]).toEqual([name, "ffmpeg"]);
    expect(await by("mpeg4.avi")).toBe("decoding");
  });

  it("describes the picture as it is coded", async () => {
    expect((await indexOf(engine, "base.mp4")).video).toMatchObject({
      videoIndex: 0,
      streamIndex: 0,
      codec: "h264",
      profile: 100,
      width: 96,
      height: 64,
      bitDepth: 8,
      chroma: "4:2:0",
      pixelFormat: "yuv420p",
      fieldOrder: "progressive",
      sar: { num: 1, den: 1 },
      rotation: 0,
      isMirrored: false,
      timeBase: { num: 1, den: 12_800 },
      frameRate: { num: 25, den: 1 },
      isVariableRate: false,
      lastDurationTicks: 512,
      dpbFrames: 4,
      refFrames: 4,
      reorderFrames: 2,
      sideData: [],
    });
    expect((await indexOf(engine, "h264-422-10.mp4")).video).toMatchObject({ bitDepth: 10, chroma: "4:2:2", pixelFormat: "yuv422p10le" });
    expect((await indexOf(engine, "sar.mp4")).video.sar).toEqual({ num: 4, den: 3 });
    expect((await indexOf(engine, "interlaced.mp4")).video.fieldOrder).toBe("tff");
    expect((await indexOf(engine, "no-b-frames.mp4")).video.reorderFrames).toBe(0);
    expect((await indexOf(engine, "turned.mp4")).video).toMatchObject({ rotation: 90, isMirrored: false });
    expect((await indexOf(engine, "bt2020.mp4")).video.color).toMatchObject({
      range: "tv",
      primaries: "bt2020",
      transfer: "arib-std-b67",
      matrix: "bt2020nc",
    });
  });

  it("names static HDR metadata and gives its numbers", async () => {
    const { video } = await indexOf(engine, "hdr10.mp4");
    expect(video).toMatchObject({ codec: "hevc", pixelFormat: "yuv420p10le", bitDepth: 10, profile: 2 });
    expect(video.sideData).toEqual(["content light level", "mastering display"]);
    expect(video.contentLight).toEqual({ maxCll: 1000, maxFall: 400 });
    expect(video.masteringDisplay).toMatchObject({
      maxLuminance: 10_000_000,
      minLuminance: 1,
      primaries: [
        [34_000, 16_000],
        [13_250, 34_500],
        [7500, 3000],
        [15_635, 16_450],
      ],
    });
  });

  it("tells steady from uneven rates, through the rounding of Matroska too", async () => {
    const rate = async (name: string) => {
      const { frameRate, isVariableRate } = (await indexOf(engine, name)).video;
      return [frameRate.num, frameRate.den, isVariableRate];
    };
    expect(await rate("ntsc.mp4")).toEqual([24_000, 1001, false]);
    expect(await rate("ntsc.mkv")).toEqual([24_000, 1001, false]);
    expect((await rate("uneven.mp4"))[2]).toBe(true);
    expect((await rate("uneven.mkv"))[2]).toBe(true);
  });

  it("numbers the streams beside the video as ffmpeg maps them", async () => {
    expect(await indexOf(engine, "two-videos.mp4")).toMatchObject({ otherVideoStreams: [1], attachedPictures: [] });
    expect(await indexOf(engine, "cover.mp4")).toMatchObject({ otherVideoStreams: [], attachedPictures: [2], video: { videoIndex: 0 } });
    expect(await indexOf(engine, "cover.mkv")).toMatchObject({ otherVideoStreams: [], attachedPictures: [2] });
    const soundFirst = await indexOf(engine, "sound-first.mp4");
    expect(soundFirst.video).toMatchObject({ videoIndex: 0, streamIndex: 1 });
    expect(soundFirst.audio).toMatchObject([
      { streamIndex: 0, audioIndex: 0, codec: "aac", sampleRate: 44_100, channels: 1, startTicks: 0 },
    ]);
  });

  it.each(["two-videos.mp4", "two-videos.mkv", "two-videos.ts"])("looks at the track asked for in %s", async (name) => {
    const index = await indexMedia(fileInput(pathOf(name)), pathOf(name), { engine, run: runTool, videoIndex: 1 });
    expect(index).toMatchObject({ otherVideoStreams: [0], video: { videoIndex: 1, streamIndex: 1, width: 64, frameRate: { num: 30 } } });
    expect([...index.video.ticks]).toEqual(decodedTicks(engine, pathOf(name), index.video.timeBase, "0:v:1"));
    const first = await indexOf(engine, name);
    expect(first).toMatchObject({ otherVideoStreams: [1], video: { videoIndex: 0, streamIndex: 0, width: 96, frameRate: { num: 25 } } });
  });

  it("names the tracks there are when another one is asked for", async () => {
    const asked = (name: string, videoIndex: number) =>
      indexMedia(fileInput(pathOf(name)), pathOf(name), { engine, run: runTool, videoIndex });
    await expect(asked("two-videos.mp4", 2)).rejects.toMatchObject({
      exitCode: 64,
      message: expect.stringMatching(/no video track 0:v:2 .* it has 0:v:0 \(96x64, h264\), 0:v:1 \(64x64, h264\)$/),
      hint: "--map 0:v:0",
    });
    // A picture attached to the file is no track to transcode.
    await expect(asked("cover.mp4", 1)).rejects.toMatchObject({
      exitCode: 64,
      message: expect.stringContaining("it has 0:v:0 (96x64, h264)"),
    });
  });

  it("finds subtitles and chapters, and does not take chapter titles for a stream of their own", async () => {
    for (const [name, codec] of [
      ["words.mp4", "mov_text"],
      ["words.mkv", "subrip"],
    ] as const) {
      const index = await indexOf(engine, name);
      expect(index).toMatchObject({
        chapters: [{ startSeconds: 0 }, { startSeconds: 1, endSeconds: 2 }],
        subtitles: [{ streamIndex: 2, subtitleIndex: 0, codec, isText: true }],
        data: [],
      });
      expect(index.metadataKeys).toContain("title");
    }
  });

  it("tells when sound and picture start", async () => {
    const late = await indexOf(engine, "late.mp4");
    expect(late.video.ticks[0]).toBe(20_480);
    expect(late.startMicroseconds).toBe(0);
    expect((await indexOf(engine, "cut.mp4")).audio[0]?.startTicks).toBe(0);
    const stream = await indexOf(engine, "stream.ts");
    expect(stream).toMatchObject({ container: "mpegts", demuxer: "mpegts" });
    const soundStart = (stream.audio[0]?.startTicks ?? 0) / 0.09;
    expect(Math.abs(soundStart - (stream.startMicroseconds ?? 0))).toBeLessThan(25_000);
  });
});
