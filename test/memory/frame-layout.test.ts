import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { InternalError } from "../../src/base/index.ts";
import { FrameLayout } from "../../src/memory/frame-layout.ts";
import { isPixelFormat, PIXEL_FORMATS, type PixelFormat } from "../../src/memory/pixel-format.ts";

const formats = Object.keys(PIXEL_FORMATS).filter(isPixelFormat);
const sizes = [
  [1, 1],
  [5, 3],
  [16, 9],
  [17, 2],
] as const;

describe("FrameLayout", () => {
  test("places the planes of yuv420p one after the other", () => {
    const layout = FrameLayout.of(1920, 1080, "yuv420p");
    expect(layout.frameBytes).toBe(3_110_400);
    expect(layout.planes.map((plane) => plane.offsetBytes)).toEqual([0, 2_073_600, 2_592_000]);
    expect(layout.planes.map((plane) => plane.strideBytes)).toEqual([1920, 960, 960]);
  });

  test("rounds odd sides of chroma up", () => {
    const { planes } = FrameLayout.of(5, 3, "yuv420p");
    expect(planes.map((plane) => [plane.width, plane.height, plane.lengthBytes])).toEqual([
      [5, 3, 15],
      [3, 2, 6],
      [3, 2, 6],
    ]);
  });

  test("keeps both chroma samples of a pixel in one row of nv12", () => {
    expect(FrameLayout.of(5, 3, "nv12").planes[1]).toEqual({ offsetBytes: 15, strideBytes: 6, width: 6, height: 2, lengthBytes: 12 });
  });

  test("takes two bytes per sample above 8 bits", () => {
    const { planes, bitsPerSample } = FrameLayout.of(4, 2, "yuv422p10le");
    expect(bitsPerSample).toBe(10);
    expect(planes.map((plane) => plane.strideBytes)).toEqual([8, 4, 4]);
  });

  test.each(formats)("the planes of %s cover the frame without gap or overlap", (format) => {
    for (const [width, height] of sizes) {
      const layout = FrameLayout.of(width, height, format);
      let end = 0;
      for (const plane of layout.planes) {
        expect(plane.offsetBytes).toBe(end);
        expect(plane.lengthBytes).toBe(plane.strideBytes * plane.height);
        end += plane.lengthBytes;
      }
      expect(layout.frameBytes).toBe(end);
    }
  });

  test.each([0, -1, 1.5, 65_536, Number.NaN])("refuses a side of %d pixels", (side) => {
    expect(() => FrameLayout.of(side, 2, "gray")).toThrow(InternalError);
    expect(() => FrameLayout.of(2, side, "gray")).toThrow(InternalError);
  });
});

const ffmpeg = spawnSync("ffmpeg", ["-version"]).status === 0;
if (!ffmpeg) console.log("skipped: frame sizes against ffmpeg, because ffmpeg is not on the PATH");

describe.skipIf(!ffmpeg)("FrameLayout against ffmpeg -f rawvideo", () => {
  test.each(formats)("%s has ffmpeg's frame size, odd sides too", (format: PixelFormat) => {
    for (const [width, height] of sizes) {
      const source = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", `${width}x${height}`, "-i", "-"];
      const args = ["-v", "error", ...source, "-pix_fmt", format, "-f", "rawvideo", "-"];
      const run = spawnSync("ffmpeg", args, { input: new Uint8Array(width * height * 3) });
      expect(run.stderr.toString()).toBe("");
      expect(run.stdout.length).toBe(FrameLayout.of(width, height, format).frameBytes);
    }
  });
});
