import { describe, expect, it } from "vitest";
import { chooseEncoder } from "../../src/media/encoder-choice.ts";
import type { RunTool } from "../../src/media/engine/index.ts";
import { outputFormatOf } from "../../src/media/output-format.ts";
import { engineWith } from "./plain-video.ts";

const engine = { ...engineWith({ libx264: ["yuv420p"], "libaom-av1": ["yuv420p"], libsvtav1: ["yuv420p"] }), encoders: ["mpeg4", "ffv1"] };

const ENCODERS = ` V..... = Video
 ------
 V.S... mpeg4                MPEG-4 part 2
 V..... libxvid              libxvidcore MPEG-4 part 2 (codec mpeg4)
 V....D h264_nvenc           NVIDIA NVENC H.264 encoder (codec h264)
 V....D rawvideo             raw video
 V....D libx264rgb           libx264 RGB (codec h264)
 A....D mpeg4sound           no picture
`;
const HELP = `Encoder x [y]:
    General capabilities: delay threads
    Threading capabilities: slice
    Supported pixel formats: yuv420p yuva420p yuv422p10le
x AVOptions:
  -crf               <float>      E..V....... Select the quality
`;

/** Answers as ffmpeg does. */
const run: RunTool = async (_file, args) => ({ code: 0, stderr: "", stdout: answer(args) });
const answer = (args: readonly string[]): string => (args.includes("-encoders") ? ENCODERS : args.includes("encoder=rawvideo") ? "" : HELP);
const choose = (encoder: string, output: string, codec?: "h264" | "av1") =>
  chooseEncoder(engine, run, { encoder, codec }, outputFormatOf(output, undefined));

describe("an encoder by its name", () => {
  it("is one that mm has a model of, even where mm would take another for its codec", async () => {
    expect(await choose("libaom-av1", "a.mp4")).toEqual({ codec: "av1", encoder: "libaom-av1", other: undefined });
    expect(await chooseEncoder(engine, run, { encoder: undefined, codec: "av1" }, outputFormatOf("a.mp4", undefined))).toMatchObject({
      encoder: "libsvtav1",
    });
  });

  it("is else asked what it makes and takes, alpha aside", async () => {
    expect(await choose("libxvid", "a.mkv")).toEqual({
      codec: "other",
      encoder: "libxvid",
      other: { name: "libxvid", makes: "mpeg4", pixelFormats: ["yuv420p", "yuv422p10le"], takesThreads: true, hasCrf: true },
    });
    expect(await choose("libx264rgb", "a.mkv", "h264")).toMatchObject({ codec: "other", other: { makes: "h264" } });
  });

  it.each([
    ["mpeg4", "a.mp4", "h264", 64, "--encoder mpeg4 makes mpeg4, and --codec says h264", "leave one"],
    ["libx264", "a.mp4", "av1", 64, "--encoder libx264 makes h264, and --codec says av1", "leave one"],
    ["libx265", "a.mp4", undefined, 69, "has no encoder libx265", "another --encoder (mpeg4, ffv1, ...)"],
    ["nosuch", "a.mp4", undefined, 69, "has no encoder nosuch", "another --encoder (mpeg4, ffv1, ...)"],
    ["mpeg4sound", "a.mp4", undefined, 69, "has no encoder mpeg4sound for video", "--ffmpeg"],
    ["h264_nvenc", "a.mp4", undefined, 69, "memory of a device", "another --encoder"],
    ["rawvideo", "a.mkv", undefined, 69, "does not say which pixel formats", "another --encoder"],
    ["mpeg4", "a.webm", undefined, 69, "mpeg4 makes mpeg4, which does not go into webm", "an output named .mp4 or .mov or .mkv"],
    ["libx264", "a.webm", undefined, 69, "libx264 makes h264, which does not go into webm", ".mkv"],
  ] as const)("%s into %s with --codec %s ends with %i %s: %s", async (encoder, output, codec, exitCode, words, hint) => {
    await expect(choose(encoder, output, codec)).rejects.toMatchObject({
      exitCode,
      message: expect.stringContaining(words),
      hint: expect.stringContaining(hint),
    });
  });
});
