/** What belongs to the picture, through a whole transcode: kept as the output's own index shows it, or refused by name. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexMedia } from "../../src/media/container/index.ts";
import { findEngine } from "../../src/media/engine/index.ts";
import { planMatrix } from "../../src/media/movie-matrix.ts";
import { byteInput, fileInput } from "../media/byte-input.ts";
import { runTool } from "../media/run-tool.ts";
import { captionsOf, withCaptions } from "./captions.ts";
import { engines, MmSession } from "./run-mm.ts";

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
});
afterAll(() => mm[Symbol.dispose]());

const found = engines();
if (found.length === 0) console.log("skipped: properties of the picture, because no ffmpeg is installed");

const SIZE = "s=96x64:d=0.4";
const SOURCE = ["-f", "lavfi", "-i", `testsrc2=r=25:${SIZE}`];
const DISPLAY = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)";
const BT2020 = ["-color_range", "tv", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"];
const FIELDS = ["-f", "lavfi", "-i", `testsrc2=r=50:${SIZE}`, "-flags", "+ilme+ildct"];

describe.each(found)("with $name", ({ path: engine }) => {
  /** Makes a clip with the engine itself. */
  function make(name: string, ...args: string[]): string {
    const path = mm.path(name);
    execFileSync(engine, ["-v", "error", "-nostdin", "-y", ...args, path], { stdio: ["ignore", "ignore", "pipe"] });
    return path;
  }

  function transcode(input: string, output: string, ...more: string[]) {
    const run = mm.run(["transcode", input, output, "-y", "--json", "--verify", "--preset", "ultrafast", "--ffmpeg", engine, ...more]);
    return { code: run.code, stderr: run.stderr, report: JSON.parse(run.stdout || "{}") };
  }

  /** The video of the output, after a transcode that must succeed. */
  async function video(input: string, output: string, ...more: string[]) {
    const path = mm.path(output);
    const { code, stderr, report } = transcode(input, path, ...more);
    expect(code, stderr + JSON.stringify(report.error)).toBe(0);
    expect(report.result.framesCompared).toBe(report.result.framesIn);
    const used = await findEngine({ explicit: { path: engine, origin: "--ffmpeg" }, searchPath: "", run: runTool });
    return (await indexMedia(fileInput(path), path, { engine: used, run: runTool })).video;
  }

  function refusal(input: string, output: string, ...more: string[]): string {
    const { code, report } = transcode(input, mm.path(output), ...more);
    expect(code).toBe(69);
    return `${report.error.message}; ${report.error.hint}`;
  }

  it("a turned and mirrored picture stays so in MP4; Matroska refuses it, or gets the frames turned", async () => {
    const input = make("turned.mp4", ...SOURCE, "-c:v", "libx264", "-pix_fmt", "yuv420p");
    const bytes = readFileSync(input);
    for (const { offset, value } of planMatrix(byteInput(bytes), { rotation: 90, isMirrored: true })) bytes.writeUInt32BE(value, offset);
    writeFileSync(input, bytes);
    expect(await video(input, "turned.out.mp4")).toMatchObject({ rotation: 90, isMirrored: true, width: 96, height: 64 });
    expect(refusal(input, "turned.mkv")).toMatch(/turned by 90 degrees.*--vf hflip,transpose=1 --drop rotation/);
    const frames = await video(input, "turned.mkv", "--vf", "hflip,transpose=1", "--drop", "rotation");
    expect(frames).toMatchObject({ rotation: 0, isMirrored: false, width: 64, height: 96 });
  });

  it.each([
    ["tff", "interleave_top", "1"],
    ["bff", "interleave_bottom", "0"],
  ])("%s fields of MPEG-2 stay so in H.264, scaled too; HEVC refuses them", async (fieldOrder, mode, top) => {
    const input = make(`${fieldOrder}.ts`, ...FIELDS, "-vf", `tinterlace=${mode}`, "-c:v", "mpeg2video", "-top", top, "-q:v", "3");
    expect(await video(input, "fields.mp4")).toMatchObject({ codec: "h264", fieldOrder });
    if (fieldOrder === "bff") return;
    expect(await video(input, "fields.mkv", "--scale", "48x-2")).toMatchObject({ fieldOrder, width: 48 });
    expect(refusal(input, "fields.mp4", "--codec", "hevc")).toContain("--vf yadif");
  });

  it("HDR10 stays HDR10 in HEVC, number by number, and in H.264 where its x264 can", async () => {
    const parameters = `log-level=error:pools=1:master-display=${DISPLAY}:max-cll=1000,400:chromaloc=2`;
    const encoder = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", parameters, "-tag:v", "hvc1"];
    const input = make("hdr10.mp4", ...SOURCE, ...encoder, "-pix_fmt", "yuv420p10le", ...BT2020, "-color_trc", "smpte2084");
    const wanted = {
      pixelFormat: "yuv420p10le",
      color: { range: "tv", primaries: "bt2020", transfer: "smpte2084", matrix: "bt2020nc", chromaLocation: "topleft" },
      masteringDisplay: { maxLuminance: 10_000_000, minLuminance: 1 },
      contentLight: { maxCll: 1000, maxFall: 400 },
    };
    expect(await video(input, "hdr10.out.mp4", "--codec", "hevc")).toMatchObject(wanted);
    const { code, report } = transcode(input, mm.path("hdr10.out.mp4"));
    if (code !== 69) expect(await video(input, "hdr10.out.mp4")).toMatchObject(wanted);
    else expect(report.error.hint).toBe("--codec hevc, or --drop content-light-level,mastering-display");
    const dropped = await video(input, "hdr10.out.mp4", "--drop", "mastering-display,content-light-level");
    expect(dropped).toMatchObject({ color: wanted.color, sideData: [] });
  });

  it("captions stay with their frames over reordering and the border of chunks; HEVC refuses them", async () => {
    const stream = make(
      "plain.h264",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=r=25:s=96x64:d=5",
      "-c:v",
      "libx264",
      "-bf",
      "0",
      "-g",
      "25",
      "-pix_fmt",
      "yuv420p",
    );
    writeFileSync(mm.path("captions.h264"), withCaptions(readFileSync(stream)));
    const input = make("captions.mp4", "-r", "25", "-i", mm.path("captions.h264"), "-c", "copy");
    const before = captionsOf(engine, input);
    expect(new Set(before).size).toBe(125);
    const { reorderFrames, sideData } = await video(input, "captions.mkv", "--preset", "veryfast");
    expect([reorderFrames > 0, sideData]).toEqual([true, ["closed captions"]]);
    expect(captionsOf(engine, mm.path("captions.mkv"))).toEqual(before);
    expect(refusal(input, "captions.out.mp4", "--codec", "hevc")).toMatch(/closed captions.*--drop closed-captions/);
    expect(await video(input, "captions.out.mp4", "--drop", "closed-captions")).toMatchObject({ sideData: [] });
  });

  it("alpha of VP9 stays in Matroska, plane by plane; MP4 refuses it", async () => {
    const shape = ["-vf", "format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='2*X'"];
    const encoder = ["-c:v", "libvpx-vp9", "-auto-alt-ref", "0", "-cpu-used", "8", "-b:v", "400k", "-metadata:s:v:0", "alpha_mode=1"];
    const input = make("alpha.webm", ...SOURCE, ...shape, ...encoder);
    expect(await video(input, "alpha.mkv", "--codec", "vp9")).toMatchObject({ codec: "vp9", sideData: ["alpha"] });
    const alpha = ["-c:v", "libvpx-vp9", "-i", mm.path("alpha.mkv"), "-vf", "alphaextract", "-frames:v", "1", "-f", "rawvideo", "-"];
    const row = execFileSync(engine, ["-v", "error", ...alpha]).subarray(96 * 32, 96 * 33);
    expect(Math.max(...row.map((sample, at) => Math.abs(sample - 2 * at)))).toBeLessThan(20);
    expect(refusal(input, "alpha.mp4", "--codec", "vp9")).toMatch(/alpha.*--drop alpha/);
    expect(await video(input, "alpha.mp4", "--drop", "alpha")).toMatchObject({ codec: "h264", sideData: [] });
  });

  it.each([
    ["mpeg4.avi", ["-c:v", "mpeg4", "-bf", "2"], { pixelFormat: "yuv420p" }],
    ["prores.mov", ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"], { pixelFormat: "yuv422p10le" }],
    ["gray.mkv", ["-c:v", "ffv1", "-pix_fmt", "gray"], { pixelFormat: "yuvj420p", color: { range: "pc" } }],
    ["full.mov", ["-c:v", "mjpeg", "-pix_fmt", "yuvj420p"], { pixelFormat: "yuvj420p", color: { range: "pc" } }],
    ["wide.mp4", ["-vf", "setsar=32/27", "-c:v", "libx264", "-pix_fmt", "yuv420p"], { sar: { num: 32, den: 27 } }],
  ])("%s is read, and its picture is kept", async (name, args, wanted) => {
    expect(await video(make(name, ...SOURCE, ...args), "kept.mp4")).toMatchObject(wanted);
  });

  it("full range stays full range in HEVC, whose encoder may not have the format's name", async () => {
    const input = make("full.mp4", ...SOURCE, "-c:v", "libx264", "-pix_fmt", "yuvj420p");
    expect(await video(input, "full.out.mp4", "--codec", "hevc")).toMatchObject({ color: { range: "pc" } });
  });

  it("colours with no equal in the encoder are refused, and what the hint says works", async () => {
    const input = make("rgba.mov", ...SOURCE, "-c:v", "png", "-pix_fmt", "rgba");
    expect(refusal(input, "rgba.mp4")).toContain("--vf format=yuv420p");
    const converted = await video(input, "rgba.mp4", "--vf", "format=yuv420p");
    expect(converted).toMatchObject({ pixelFormat: "yuv420p", color: { range: "tv", matrix: "smpte170m" } });
  });
});
