import { expect, it } from "vitest";
import { UnsupportedError } from "../../src/base/index.ts";
import { fitPicture, refuseDecoding } from "../../src/media/encoder-choice.ts";
import { engineWith, plainPicture, plainVideo } from "./plain-video.ts";

const engine = engineWith({
  libx264: ["yuv420p", "yuvj420p", "yuv422p", "yuv420p10le", "nv12", "gray"],
  libx265: ["yuv420p", "yuv420p10le"],
  "libvpx-vp9": ["yuv420p", "yuv440p", "yuva420p"],
});

it.each([
  ["libx264", "yuv420p", "yuv420p"],
  ["libx264", "yuvj420p", "yuvj420p"],
  ["libx264", "nv12", "yuv420p"],
  ["libx264", "uyvy422", "yuv422p"],
  ["libx264", "yuv420p10be", "yuv420p10le"],
  ["libx265", "yuvj420p", "yuv420p"],
])("%s encodes %s as %s", (encoder, source, format) => {
  const picture = fitPicture(engine, encoder, plainPicture({ pixelFormat: source }));
  expect(picture.pixelFormat).toBe(format);
  expect(picture.filters.length).toBe(source === format ? 0 : 1);
});

it("full range stays full range in a format that does not name it", () => {
  const { filters, color } = fitPicture(engine, "libx265", plainPicture({ pixelFormat: "yuvj420p", color: { range: "pc" } }));
  expect(filters).toEqual(["scale=in_range=full:out_range=full"]);
  expect(color.range).toBe("pc");
});

it("gray without a range is full range", () => {
  expect(fitPicture(engine, "libx264", plainPicture({ pixelFormat: "gray" })).color.range).toBe("pc");
  expect(fitPicture(engine, "libx264", plainPicture({ pixelFormat: "gray", color: { range: "tv" } })).color.range).toBe("tv");
});

it.each([
  ["libx264", { pixelFormat: "yuv420p12le", bitDepth: 12 }, "--vf format=yuv420p10le to convert it"],
  ["libvpx-vp9", { pixelFormat: "yuv440p" }, "--vf format=yuv420p to convert it"],
  ["libx264", { pixelFormat: "rgb24" }, "--vf format=yuv420p to convert it"],
  ["libx264", { pixelFormat: "rgba" }, "--codec vp9 with --vf format=yuva420p to keep its alpha"],
  ["libvpx-vp9", { pixelFormat: "rgba" }, "--vf format=yuva420p to keep its alpha in 8 bits"],
  ["libx264", { width: 191 }, "--scale 190x128"],
])("%s refuses %o and says what to type", (encoder, video, hint) => {
  let refusal: unknown;
  try {
    fitPicture(engine, encoder, plainPicture(video));
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(UnsupportedError);
  expect((refusal as UnsupportedError).hint).toContain(hint);
});

it("asks for the decoders of a codec by their own names", () => {
  const decoders = engineWith({}, ["libdav1d", "prores"]);
  refuseDecoding(decoders, plainVideo({ codec: "av1" }));
  refuseDecoding(decoders, plainVideo({ codec: "prores" }));
  expect(() => refuseDecoding(decoders, plainVideo({ codec: "vc1" }))).toThrow("the video is vc1, which ffmpeg 5.1 cannot decode");
});
