import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { indexMedia, type MediaIndex } from "../../src/media/container/index.ts";
import { listEngines } from "../../src/media/engine/index.ts";
import { fileInput } from "../media/byte-input.ts";
import { runTool } from "../media/run-tool.ts";
import { engines, FIXTURES, MmSession } from "./run-mm.ts";

const found = engines();
if (found.length === 0) console.log("skipped: options of the picture, because no ffmpeg is installed");

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
});
afterAll(() => mm[Symbol.dispose]());

/** 300 frames at 25 per second, 320x192, in two groups of pictures of 6 s; sound. */
const clip = join(FIXTURES, "chunks.mp4");

describe.each(found)("options of the picture with $name", ({ path }) => {
  const transcode = (...more: string[]) => {
    const args = ["transcode", clip, "out.mp4", "-y", "-q", "--preset", "ultrafast", "--report", "r.json", "--ffmpeg", path, ...more];
    const run = mm.run(args);
    return { ...run, result: () => JSON.parse(readFileSync(mm.path("r.json"), "utf8")).result };
  };
  const output = async (): Promise<MediaIndex> => {
    const [listing] = await listEngines({ explicit: { path, origin: "--ffmpeg" }, searchPath: "", run: runTool });
    if (listing?.engine === undefined) throw new Error(listing?.problem);
    return await indexMedia(fileInput(mm.path("out.mp4")), mm.path("out.mp4"), { engine: listing.engine, run: runTool });
  };

  it("a part, smaller and at another rate, has the frames that were asked for", async () => {
    const asked = ["--start", "0:01.2", "--duration", "10.5", "--fps", "29.97", "--scale", "-2x96"];
    const two = transcode(...asked, "--lanes", "2");
    expect(two.code, two.stderr).toBe(0);
    const { video, audio } = await output();
    // 10.5 s at 30000/1001 per second.
    expect(video.ticks).toHaveLength(315);
    expect(video).toMatchObject({ width: 160, height: 96, frameRate: { num: 30_000, den: 1001 }, isVariableRate: false });
    expect(audio).toHaveLength(1);
    expect(two.result()).toMatchObject({ framesIn: 315, framesOut: 315 });
  });

  it.each([
    ["out.mp4", "2", []],
    ["out.mkv", "1.3", []],
    ["out.mkv", "0", ["--duration", "2"]],
  ] as const)("a part that begins or ends at a mark, into %s from %s s %j, has its picture and sound together", (name, start, more) => {
    const input = join(FIXTURES, "clip.mp4");
    const words = ["--start", start, ...more, "-y", "-q", "--ffmpeg", path, "--preset", "ultrafast"];
    const run = mm.run(["transcode", input, name, ...words]);
    expect(run.code, run.stderr).toBe(0);
    const listed = execFileSync(path, ["-v", "error", "-i", mm.path(name), "-map", "0:a", "-c", "copy", "-f", "framecrc", "-"]);
    const [first = ""] = listed
      .toString()
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    const [, , ticks = "0"] = first.split(",").map((word) => word.trim());
    // A movie has packets before the start, and a list that hides them. Else at most one is behind it, and one of the codec's own before.
    if (name === "out.mp4") return;
    expect(Math.abs(Number(ticks))).toBeLessThan(2100);
  });

  it("filters of the user come before the size, and the picture is proved against what they make", async () => {
    const run = transcode("--vf", "crop=200:100,hflip,format=yuv444p", "--scale", "100x50", "--verify");
    expect(run.code, run.stderr).toBe(0);
    expect((await output()).video).toMatchObject({ width: 100, height: 50, pixelFormat: "yuv444p" });
    expect(run.result().framesCompared).toBe(300);
    expect(run.result().psnr).toBeGreaterThan(30);
  });

  it("a filter that looks back makes one chunk", () => {
    const run = transcode("--vf", "hqdn3d");
    expect(run.code, run.stderr).toBe(0);
    expect(run.result()).toMatchObject({ chunks: 1, framesOut: 300 });
  });

  it.each([
    ["one pass", []],
    ["two passes", ["--two-pass"]],
  ])("a bitrate in %s is kept to", (_name, more) => {
    const run = transcode("--bitrate", "600k", "--audio", "none", ...more);
    expect(run.code, run.stderr).toBe(0);
    const { chunks, outputBytes, durationSeconds } = run.result();
    expect(chunks).toBe(1);
    expect((outputBytes * 8) / durationSeconds / 600_000).toBeGreaterThan(0.85);
    expect((outputBytes * 8) / durationSeconds / 600_000).toBeLessThan(1.15);
  });

  it("encoder arguments reach the encoder, those that decide memory as settings", () => {
    const run = transcode("--", "-bf", "7", "-tune", "grain");
    expect(run.code, run.stderr).toBe(0);
    expect(run.result().encoderArgs.join(" ")).toMatch(/bframes=7.* -tune grain/);
  });

  it.each(["vp9", "av1"])("%s in WebM, with nothing to complain of", async (codec) => {
    const [listing] = await listEngines({ explicit: { path, origin: "--ffmpeg" }, searchPath: "", run: runTool });
    // libaom of ffmpeg 4.1 codes about one picture a second.
    if (codec === "av1" && listing?.engine?.encoders.includes("libsvtav1") !== true)
      return console.log(`skipped: av1 with ${path}, no libsvtav1`);
    const words = ["transcode", clip, `out-${codec}.webm`, "-q", "--preset", "ultrafast", "--codec", codec, "--duration", "2"];
    const run = mm.run([...words, "-y", "--report", "r.json", "--ffmpeg", path]);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr.split("\n").filter((line) => !line.includes("is years old"))).toEqual([""]);
    const { framesOut, encoderArgs } = JSON.parse(readFileSync(mm.path("r.json"), "utf8")).result;
    expect(framesOut).toBe(50);
    expect(encoderArgs[1]).toBe(codec === "av1" ? "libsvtav1" : "libvpx-vp9");
  });

  it("VP9 keeps to a bitrate in two passes", () => {
    const words = [
      "transcode",
      clip,
      "out.webm",
      "-y",
      "-q",
      "--preset",
      "ultrafast",
      "--duration",
      "3",
      "--audio",
      "none",
      "--bitrate",
      "300k",
      "--two-pass",
    ];
    const run = mm.run([...words, "--report", "r.json", "--ffmpeg", path]);
    expect(run.code, run.stderr).toBe(0);
    const { outputBytes, durationSeconds } = JSON.parse(readFileSync(mm.path("r.json"), "utf8")).result;
    expect((outputBytes * 8) / durationSeconds / 300_000).toBeGreaterThan(0.7);
  });

  it.each([
    [["--start", "60"], 64, "the input has no frames after 60 s"],
    [["--vf", "fps=10"], 69, "cannot use the filter fps"],
    [["--vf", "crop=9999:9999"], 64, "does not take --vf"],
    [["--vf", "[in]hflip[out]"], 64, "one linear chain"],
    [["--scale", "101x50"], 69, "needs an even size"],
    [["--crf", "60"], 64, "--crf goes from 0 to 51"],
  ])("%j is refused", (more, code, words) => {
    const run = transcode(...more);
    expect(run.code, run.stderr).toBe(code);
    expect(run.stderr).toContain(words);
  });
});
