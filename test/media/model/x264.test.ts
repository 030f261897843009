import { describe, expect, it } from "vitest";
import { losslessX264, predictLane, x264Settings } from "../../../src/media/model/index.ts";
import type { PictureShape, X264Settings } from "../../../src/media/model/types.ts";
import { x264Memory } from "../../../src/media/model/x264.ts";

const debian = { major: 5, minor: 1, isStatic: false };
const wide480 = { width: 854, height: 480, bitDepth: 8, chroma: "4:2:0" } as const;
const full = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0" } as const;
const memory = (settings: X264Settings, picture: PictureShape = wide480, frames = 300) => x264Memory(picture, settings, debian, frames);

describe("x264Memory", () => {
  // Live blocks of x264 core 164, counted by an allocator that records them, 480p and 150 frames.
  it.each([
    ["superfast", x264Settings("superfast"), 6, 5],
    ["superfast with 2 frame threads", x264Settings("superfast", 2), 11, 6],
    ["veryfast with 2 frame threads", x264Settings("veryfast", 2), 18, 6],
    ["medium, lookahead 20, 3 frame threads", { ...x264Settings("medium", 3), lookahead: 20 }, 29, 7],
    ["slow, lookahead 20", { ...x264Settings("slow"), lookahead: 20 }, 23, 6],
    ["slower, lookahead 10: trellis decides over 12", { ...x264Settings("slower"), lookahead: 10 }, 15, 9],
    ["medium with one B-frame", { ...x264Settings("medium"), bframes: 1 }, 43, 4],
    ["medium without B-frames, one reference", { ...x264Settings("medium"), bframes: 0, refs: 1 }, 43, 2],
    ["medium with 4 slices", { ...x264Settings("medium", 4), slicedThreads: true }, 43, 5],
  ] as const)("counts the pictures of %s", (_, settings, inputFrames, codedFrames) => {
    expect(memory(settings)).toMatchObject({ inputFrames, codedFrames });
  });

  it.each([
    ["480p", wide480, 1_693_312, 2_584_448],
    ["1080p", full, 7_332_480, 12_116_928],
  ] as const)(
    "knows the size of x264's blocks at %s: coded pictures within 1.5 in a hundred, of input pictures what is touched",
    (_, picture, inputBytes, codedBytes) => {
      const { inputFrameBytes, codedFrameBytes } = memory(x264Settings("medium"), picture);
      expect(inputFrameBytes).toBeLessThan(inputBytes);
      expect(inputFrameBytes).toBeGreaterThan(0.92 * inputBytes);
      expect(Math.abs(codedFrameBytes / codedBytes - 1)).toBeLessThan(0.015);
    },
  );

  it("keeps references of interlaced pictures twice, as frames and as fields", () => {
    const [frames, fields] = [memory(x264Settings("medium"), full), memory({ ...x264Settings("medium"), interlaced: true }, full)];
    expect(fields.codedFrameBytes - frames.codedFrameBytes).toBeGreaterThan(4 * 1920 * 1080);
    expect(fields.inputFrameBytes - frames.inputFrameBytes).toBeLessThan(0.03 * frames.inputFrameBytes);
  });

  it("covers what one more picture of lookahead costs at 1080p: 6.41 MiB measured, from 10 to 40 of them, ffmpeg 5.1 and 4.1", () => {
    const { inputFrameBytes } = memory(x264Settings("medium"), full);
    expect(inputFrameBytes / 2 ** 20).toBeGreaterThan(6.41);
    expect(inputFrameBytes / 2 ** 20).toBeLessThan(6.41 * 1.03);
  });

  // Measured at 854 x 480, crf 0, ffmpeg 5.1, one decoder thread: MiB.
  it.each([
    ["veryfast", 3, 36.8],
    ["medium", 3, 43.1],
    ["medium", 1, 33.3],
  ] as const)("plans lossless %s on %i frame threads without B-frames and lookahead", (preset, threads, mebibytes) => {
    const decoder = { ...wide480, codec: "h264", dpbFrames: 4, threads: 1, packetBytes: 9000 } as const;
    const lane = (settings: X264Settings) =>
      predictLane({ ...wide480, engine: debian, decoder, encoder: { codec: "h264", ...settings }, crf: 0, frames: 120 }).totalBytes /
      2 ** 20;
    const settings = { ...x264Settings(preset, threads), frameRate: { num: 30, den: 1 } };
    expect(mebibytes / lane(losslessX264(settings))).toBeLessThanOrEqual(1.03);
    expect(lane(losslessX264(settings)) / mebibytes).toBeLessThanOrEqual(1.25);
    expect(lane(settings) / mebibytes).toBeGreaterThan(1.25);
  });

  it("holds no more pictures than the chunk has", () => {
    expect(memory(x264Settings("medium"), wide480, 4)).toMatchObject({ inputFrames: 4, codedFrames: 4 });
  });

  it("looks no further ahead than the next keyframe may be", () => {
    expect(memory({ ...x264Settings("slow"), keyint: 25 }).inputFrames).toBe(28);
  });

  it("needs twice the bytes per picture for 10 bits, less what does not depend on samples", () => {
    const settings = x264Settings("medium");
    const deep = x264Memory({ ...full, bitDepth: 10 }, settings, debian, 300);
    expect(deep.inputFrameBytes / memory(settings, full).inputFrameBytes).toBeGreaterThan(1.75);
    expect(deep.inputFrameBytes / memory(settings, full).inputFrameBytes).toBeLessThan(2);
  });

  it("counts the motion costs of the highest level when ffmpeg 4 is not told the frame rate", () => {
    const old = { major: 4, minor: 1, isStatic: true };
    const told = { ...x264Settings("ultrafast"), frameRate: { num: 30, den: 1 } };
    const more = x264Memory(wide480, x264Settings("ultrafast"), old, 300).threadBytes - x264Memory(wide480, told, old, 300).threadBytes;
    // Measured: 16.4 MiB.
    expect(more / 2 ** 20).toBeCloseTo(16.4, 0);
  });
});
