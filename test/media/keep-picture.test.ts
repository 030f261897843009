import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../src/base/index.ts";
import type { VideoTrack } from "../../src/media/container/index.ts";
import { keepPicture } from "../../src/media/keep-picture.ts";
import { outputFormatOf } from "../../src/media/output-format.ts";
import type { PictureRequest } from "../../src/media/picture.ts";
import { engineWith, plainIndex, plainPicture } from "./plain-video.ts";

const DISPLAY = {
  primaries: [
    [34_000, 16_000],
    [13_250, 34_500],
    [7500, 3000],
    [15_635, 16_450],
  ],
  maxLuminance: 10_000_000,
  minLuminance: 1,
} as const;
const HDR10 = {
  sideData: ["content light level", "mastering display"],
  masteringDisplay: DISPLAY,
  contentLight: { maxCll: 1000, maxFall: 400 },
} as const satisfies Partial<VideoTrack>;

type Case = { encoder?: string; output?: string; request?: Partial<PictureRequest>; stderr?: string };

/** "kept", or what was refused and the way out. */
async function keep(video: Partial<VideoTrack>, { encoder = "libx264", output = "out.mp4", request, stderr = "" }: Case = {}) {
  const asked: (readonly string[])[] = [];
  try {
    const warnings = await keepPicture({
      engine: engineWith({}),
      run: async (_path, args) => {
        asked.push(args);
        return { code: 0, stdout: "", stderr };
      },
      encoder,
      index: plainIndex(video),
      picture: plainPicture(video, request),
      format: outputFormatOf(output, undefined),
    });
    return { kept: true, warnings, asked };
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return { kept: false, message: error.message, hint: error.hint, asked };
  }
}

describe("keepPicture", () => {
  it("keeps a plain picture without asking anything", async () => {
    expect(await keep({})).toEqual({ kept: true, warnings: [], asked: [] });
  });

  it("keeps a turned picture in MP4, and says how to turn the frames themselves for Matroska", async () => {
    const turned = { rotation: 270, isMirrored: true } as const;
    expect(await keep(turned)).toMatchObject({ kept: true });
    expect(await keep(turned, { output: "out.mkv" })).toMatchObject({
      message: "the video has a picture turned by 270 degrees, which libx264 in matroska cannot keep",
      hint: "an output named .mp4, or --vf hflip,transpose=2 --drop rotation",
    });
    expect(await keep({ isMirrored: true }, { output: "out.mkv" })).toMatchObject({ hint: expect.stringContaining("--vf hflip --drop") });
    expect(await keep({ rotation: 180 }, { output: "out.mkv" })).toMatchObject({ hint: expect.stringContaining("--vf hflip,vflip") });
    expect(await keep(turned, { output: "out.mkv", request: { dropped: ["rotation"] } })).toMatchObject({ kept: true });
  });

  it("keeps fields with x264 alone, and only when they say which comes first", async () => {
    expect(await keep({ fieldOrder: "bff" })).toMatchObject({ kept: true });
    expect(await keep({ fieldOrder: "tff" }, { encoder: "libx265" })).toMatchObject({ hint: "--codec h264, or --vf yadif" });
    expect(await keep({ fieldOrder: "interlaced" })).toMatchObject({ kept: false, hint: "--vf yadif" });
  });

  it.each(["Dolby Vision", "HDR10+", "stereo 3D", "spherical video", "ambient viewing environment", "enhancement layer"] as const)(
    "refuses %s until it is dropped by name",
    async (name) => {
      const { kept, message, hint } = await keep({ sideData: [name] });
      expect([kept, message]).toEqual([false, `the video has ${name}, which libx264 in mp4 cannot keep`]);
      const dropped = [hint?.replace("--drop ", "")] as unknown as PictureRequest["dropped"];
      expect(await keep({ sideData: [name] }, { request: { dropped } })).toMatchObject({ kept: true });
    },
  );

  it("names all that would be lost, and drops it with one option", async () => {
    expect(await keep({ sideData: ["Dolby Vision", "HDR10+"] }, { encoder: "libx265" })).toMatchObject({
      message: "the video has Dolby Vision, HDR10+, which libx265 in mp4 cannot keep",
      hint: "--drop dolby-vision,hdr10+",
    });
  });

  it("keeps captions with x264, as long as every frame is shown once", async () => {
    const captions = { sideData: ["closed captions"] } as const;
    expect(await keep(captions)).toMatchObject({ kept: true });
    expect(await keep(captions, { encoder: "libx265" })).toMatchObject({ hint: "--codec h264, or --drop closed-captions" });
    expect(await keep(captions, { request: { frameRate: { num: 50, den: 1 } } })).toMatchObject({
      hint: "no --fps, or --drop closed-captions",
    });
  });

  it("keeps static HDR with x265, and with an x264 that knows the words", async () => {
    expect(await keep(HDR10, { encoder: "libx265" })).toMatchObject({ kept: true, asked: [] });
    const { kept, asked } = await keep(HDR10);
    expect(kept).toBe(true);
    expect(asked[0]).toContain("mastering-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):cll=1000,400");
    const old = await keep(HDR10, { stderr: "[libx264 @ 0x1] Error parsing option 'cll = 1000,400'." });
    expect(old).toMatchObject({ kept: false, hint: "--codec hevc, or --drop content-light-level,mastering-display" });
    expect(await keep(HDR10, { encoder: "libvpx-vp9" })).toMatchObject({ kept: false });
  });

  it("refuses static HDR whose numbers could not be read", async () => {
    expect(await keep({ sideData: ["mastering display"] }, { encoder: "libx265" })).toMatchObject({ kept: false });
  });

  it("says that the grain of AV1 becomes part of the frames, and refuses that of others", async () => {
    expect(await keep({ codec: "av1", sideData: ["film grain"] })).toMatchObject({ warnings: ["film grain becomes part of the frames"] });
    expect(await keep({ sideData: ["film grain"] })).toMatchObject({ kept: false });
  });

  it("refuses an unusual place of chroma where nothing would say it", async () => {
    const hdr = { color: { chromaLocation: "topleft" } };
    expect(await keep(hdr)).toMatchObject({ kept: true });
    expect(await keep(hdr, { encoder: "libvpx-vp9", output: "out.mkv" })).toMatchObject({ hint: "--drop chroma-location" });
    expect(await keep({ color: { chromaLocation: "left" } }, { encoder: "libvpx-vp9" })).toMatchObject({ kept: true });
  });

  it("keeps the alpha of VP9 in Matroska alone", async () => {
    const alpha = { codec: "vp9", sideData: ["alpha"] } as const;
    expect(plainPicture(alpha)).toMatchObject({ pixelFormat: "yuva420p", decoder: "libvpx-vp9", isCuttable: false });
    expect(await keep(alpha, { encoder: "libvpx-vp9", output: "out.mkv" })).toMatchObject({ kept: true });
    expect(await keep(alpha, { encoder: "libvpx-vp9" })).toMatchObject({ kept: false, hint: expect.stringContaining("--drop alpha") });
    const dropped = { dropped: ["alpha"] } as const;
    expect(plainPicture(alpha, dropped)).toMatchObject({ pixelFormat: "yuv420p", decoder: undefined, sideData: [] });
    expect(await keep(alpha, { request: dropped })).toMatchObject({ kept: true });
  });
});
