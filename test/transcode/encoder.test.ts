import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, MmSession } from "./run-mm.ts";

const found = engines();
if (found.length === 0) console.log("skipped: encoders by name, because no ffmpeg is installed");

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
});
afterAll(() => mm[Symbol.dispose]());

/** 300 frames at 25 per second, 320x192, in two groups of pictures of 6 s; sound. */
const clip = join(FIXTURES, "chunks.mp4");

describe.each(found)("--encoder with $name", ({ path }) => {
  const transcode = (output: string, ...more: string[]) => {
    const run = mm.run(["transcode", clip, output, "-y", "--report", "r.json", "--ffmpeg", path, ...more]);
    return { ...run, result: () => JSON.parse(readFileSync(mm.path("r.json"), "utf8")).result };
  };

  it.each([
    ["mpeg4", "out.mp4", ["-q:v", "3"], 2, []],
    ["mpeg2video", "out.mp4", ["-q:v", "3"], 2, []],
    ["prores_ks", "out.mov", [], 2, ["--vf", "format=yuv422p10le"]],
    ["mjpeg", "out.mp4", ["-q:v", "3"], 2, ["--vf", "format=yuvj420p", "--drop", "chroma-location"]],
    ["huffyuv", "out.mkv", [], 2, ["--vf", "format=yuv422p"]],
    ["libvpx", "out.webm", ["-b:v", "300000"], 1, ["--bitrate", "300k"]],
  ])("%s is proved like any other, and its memory is estimated", (encoder, output, rate, chunks, more) => {
    const run = transcode(output, "--encoder", encoder, "--lanes", "2", ...more);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/^memory .* planned of .*, memory estimated$/m);
    const { encoderArgs, ...result } = run.result();
    expect(result).toMatchObject({ memoryEstimated: true, framesOut: 300, chunks });
    expect(encoderArgs.slice(0, 2)).toEqual(["-c:v", encoder]);
    expect(encoderArgs.join(" ")).toContain(rate.join(" "));
  });

  it("what loses nothing is equal to the bit", () => {
    const run = transcode("out.mkv", "--encoder", "ffv1", "--verify");
    expect(run.code, run.stderr).toBe(0);
    expect(run.result()).toMatchObject({ psnr: null, framesCompared: 300, chunks: 2 });
  });

  it.each([
    ["out.mp4", ["--encoder", "prores_ks"], 69, "prores_ks makes prores, which does not go into mp4"],
    ["out.mov", ["--encoder", "prores_ks"], 69, "--vf format=yuv422p10le"],
    ["out.mov", ["--encoder", "mjpeg", "--vf", "format=yuvj420p"], 69, "--drop chroma-location"],
    ["out.mov", ["--encoder", "h263"], 69, "Valid sizes are 128x96"],
    ["out.mp4", ["--encoder", "mpeg4", "--crf", "20"], 64, "mpeg4 has no --crf"],
    ["out.mp4", ["--encoder", "mpeg4", "--preset", "fast"], 64, "--preset means nothing to mpeg4"],
    ["out.mp4", ["--encoder", "mpeg4", "--", "-g", "10"], 64, "mm does not pass -g to mpeg4"],
    ["out.mp4", ["--encoder", "mpeg4", "--bitrate", "300k", "--two-pass"], 69, "no first pass"],
    ["out.mp4", ["--preset", "ultrafast", "--", "-tune", "nosuch"], 64, "invalid tune 'nosuch'"],
  ])("into %s %j is refused", (output, more, code, words) => {
    const run = transcode(output, ...more);
    expect(run.code, run.stderr).toBe(code);
    expect(run.stderr).toContain(words);
  });
});
