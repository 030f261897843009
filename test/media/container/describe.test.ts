import { describe, expect, it } from "vitest";
import { codecOf, parseDescription, splitFields } from "../../../src/media/container/describe.ts";
import { describeSound, isTextSubtitle } from "../../../src/media/container/describe-sound.ts";
import { describeVideo } from "../../../src/media/container/describe-video.ts";

const NEW = `[h264 @ 0x55c4132a1e80] Reinit context to 1088x720, pix_fmt: yuv420p
Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:a, from 'b'.mp4':
  Metadata:
    major_brand     : isom
    title           : Stream #0:7: Video: h264, yuv420p, 1x1
                    : a second line
  Duration: 00:00:01.09, start: -0.021333, bitrate: 2308 kb/s
  Chapters:
    Chapter #0:0: start 0.000000, end 0.201000
      Metadata:
        title           : Chapter 1
    Chapter #0:1: start 0.201000, end 0.800000
      Metadata:
        title           : Chapter 2
  Stream #0:0[0x1](eng): Video: hevc (Main 10), 1 reference frame (hvc1 / 0x31637668), yuv420p10le(tv, bt2020nc/bt2020/smpte2084, left), 1080x720 (1088x720), 2408 kb/s, SAR 4:3 DAR 2:1, 29.97 fps, 29.97 tbr, 90k tbn (default)
    Metadata:
      handler_name    : VideoHandle
    Side data:
      Mastering Display Metadata, has_primaries:1 has_luminance:1 r(0.7080,0.2920)
      DOVI configuration record: version: 1.0, profile: 8, level: 4
      displaymatrix: rotation of -90.00 degrees
  Stream #0:1[0x2](und): Audio: aac (LC) (mp4a / 0x6134706D), 44100 Hz, 5.1(side), fltp, 70 kb/s (default)
  Stream #0:2[0x0]: Video: png, 1 reference frame, rgb24(pc), 64x64 [SAR 1:1 DAR 1:1], 90k tbr, 90k tbn (attached pic)
  Stream #0:3: Subtitle: subrip
Output #0, framecrc, to 'pipe:':
  Stream #0:0(und): Audio: aac
`;

/** ffmpeg 4.1: streams and their metadata stand at one indentation, field order and attached pictures are not named. */
const OLD = `Input #0, matroska,webm, from 'b.mkv':
  Metadata:
    title           : T
  Duration: N/A, start: 1.480000, bitrate: N/A
    Chapter #0:0: start 0.000000, end 2.000000
    Metadata:
      title           : one
    Stream #0:0(eng): Video: h264 (High), 1 reference frame, yuvj420p(pc, bt470bg/unknown/bt470m, top first), 320x240 [SAR 1:1 DAR 4:3], 25 fps, 25 tbr, 1k tbn, 50 tbc
    Metadata:
      alpha_mode      : 1
    Stream #0:1: Video: mjpeg (Baseline), 1 reference frame, yuvj420p(pc, bt470bg/unknown/unknown), 64x64, 90k tbr, 90k tbn, 90k tbc
At least one output file must be specified
`;

describe("parseDescription", () => {
  it("reads demuxer, start, chapters, metadata and streams", () => {
    const description = parseDescription(NEW);
    expect(description).toMatchObject({ demuxer: "mov,mp4,m4a,3gp,3g2,mj2", startMicroseconds: -21_333 });
    expect(description?.chapters).toEqual([
      { startSeconds: 0, endSeconds: 0.201 },
      { startSeconds: 0.201, endSeconds: 0.8 },
    ]);
    expect([...(description?.metadata.keys() ?? [])]).toEqual(["major_brand", "title"]);
    expect(description?.metadata.get("title")).toBe("Stream #0:7: Video: h264, yuv420p, 1x1\na second line");
    expect(description?.streams.map(({ language }) => language)).toEqual(["eng", undefined, undefined, undefined]);
    expect(description?.streams.map((stream) => [stream.index, stream.kind, codecOf(stream)])).toEqual([
      [0, "Video", "hevc"],
      [1, "Audio", "aac"],
      [2, "Video", "png"],
      [3, "Subtitle", "subrip"],
    ]);
  });

  it("reads the layout of ffmpeg 4.1 too", () => {
    const description = parseDescription(OLD);
    expect(description).toMatchObject({ demuxer: "matroska,webm", startMicroseconds: 1_480_000 });
    expect(description?.chapters).toEqual([{ startSeconds: 0, endSeconds: 2 }]);
    expect([...(description?.metadata.keys() ?? [])]).toEqual(["title"]);
    expect(description?.streams).toHaveLength(2);
    expect(description?.streams[0]?.metadata.get("alpha_mode")).toBe("1");
  });

  it("takes no stream from the words of a title", () => {
    expect(parseDescription(NEW)?.streams.some(({ index }) => index === 7)).toBe(false);
  });

  it("is undefined when ffmpeg did not open the input", () => {
    expect(parseDescription("file:x.mp4: Invalid data found when processing input\n")).toBeUndefined();
    expect(parseDescription("")).toBeUndefined();
  });
});

describe("describeVideo", () => {
  const videos = (text: string) =>
    parseDescription(text)
      ?.streams.filter(({ kind }) => kind === "Video")
      .map(describeVideo) ?? [];

  it("reads picture, colour, aspect ratio, turn and side data", () => {
    expect(videos(NEW)[0]).toEqual({
      codec: "hevc",
      pixelFormat: "yuv420p10le",
      color: { range: "tv", primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc", chromaLocation: "left" },
      fieldOrder: "unknown",
      width: 1080,
      height: 720,
      sar: { num: 4, den: 3 },
      framesPerSecond: 29.97,
      rotation: 90,
      isAttachedPicture: false,
      features: ["mastering display", "Dolby Vision"],
    });
  });

  it("names transfers and matrices as the encoder options take them, and leaves unknown ones out", () => {
    expect(videos(OLD)[0]).toMatchObject({
      color: { range: "pc", matrix: "bt470bg", transfer: "gamma22" },
      fieldOrder: "tff",
      features: ["alpha"],
    });
    expect(videos(OLD)[0]?.color.primaries).toBeUndefined();
  });

  it("knows attached pictures whether ffmpeg says so or not", () => {
    expect(videos(NEW).map(({ isAttachedPicture }) => isAttachedPicture)).toEqual([false, true]);
    expect(videos(OLD).map(({ isAttachedPicture }) => isAttachedPicture)).toEqual([false, true]);
  });

  it("admits what ffmpeg could not find out", () => {
    const [video] = videos(
      "Input #0, mpegts, from 'x':\n  Stream #0:0[0x100]: Video: h264 ([27][0][0][0] / 0x001B), none, 90k tbr, 90k tbn\n",
    );
    expect(video).toMatchObject({ codec: "h264", pixelFormat: undefined, width: 0, height: 0, sar: { num: 0, den: 1 } });
  });

  it("does not take an odd angle for one it can turn", () => {
    const line = (angle: string) =>
      `Input #0, avi, from 'x':\n  Stream #0:0: Video: h264, yuv420p, 8x8\n    Side data:\n      displaymatrix: rotation of ${angle} degrees\n`;
    expect(videos(line("-180.00"))[0]?.rotation).toBe(180);
    expect(videos(line("90.00"))[0]?.rotation).toBe(270);
    expect(videos(line("-0.00"))[0]?.rotation).toBe(0);
    expect(videos(line("nan"))[0]?.rotation).toBe(0);
    expect(videos(line("45.00"))[0]?.rotation).toBeUndefined();
  });
});

describe("describeSound", () => {
  it("counts the channels of every layout", () => {
    const channels = (layout: string) =>
      describeSound({
        index: 0,
        kind: "Audio",
        fields: ["aac", "48000 Hz", layout, "fltp"],
        language: undefined,
        metadata: new Map(),
        sideData: [],
      });
    for (const [layout, count] of [
      ["mono", 1],
      ["stereo", 2],
      ["5.1", 6],
      ["5.1(side)", 6],
      ["7.1.4", 12],
      ["quad(side)", 4],
      ["16 channels", 16],
      ["4 channels (FL+FR+BL+BR)", 4],
      ["odd", 0],
    ] as const) {
      expect([layout, channels(layout)]).toEqual([layout, { sampleRate: 48_000, channels: count, layout }]);
    }
  });

  it("tells text subtitles from pictures", () => {
    expect(["subrip", "mov_text", "ass", "webvtt"].map(isTextSubtitle)).toEqual([true, true, true, true]);
    expect(["hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"].map(isTextSubtitle)).toEqual([false, false, false]);
  });
});

describe("splitFields", () => {
  it("splits at commas outside brackets and survives brackets that do not match", () => {
    expect(splitFields("h264 (a, b) (c / d), yuv420p(tv, x), 8x8 [SAR 1:1, y], z")).toEqual([
      "h264 (a, b) (c / d)",
      "yuv420p(tv, x)",
      "8x8 [SAR 1:1, y]",
      "z",
    ]);
    expect(splitFields("a), b")).toEqual(["a)", "b"]);
    expect(splitFields("")).toEqual([""]);
  });
});
