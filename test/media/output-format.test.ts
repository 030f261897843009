import { expect, it } from "vitest";
import { outputCodecOf, outputFormatOf } from "../../src/media/output-format.ts";

it("the name says the container, and --format says it for other names", () => {
  const names = ["a.mp4", "a.M4V", "a.mov", "a.mkv", "a.webm"].map((path) => outputFormatOf(path, undefined).name);
  expect(names).toEqual(["mp4", "mp4", "mov", "matroska", "webm"]);
  expect(outputFormatOf("part.tmp", "webm").name).toBe("webm");
  expect(() => outputFormatOf("a.avi", undefined)).toThrow(
    expect.objectContaining({ exitCode: 69, hint: expect.stringContaining("--format") }),
  );
  expect(() => outputFormatOf("a", undefined)).toThrow(/has no ending/);
});

it("the container says the codec, and refuses one it does not take", () => {
  const mp4 = outputFormatOf("a.mp4", undefined);
  const webm = outputFormatOf("a.webm", undefined);
  expect([outputCodecOf(mp4, undefined), outputCodecOf(webm, undefined), outputCodecOf(mp4, "hevc")]).toEqual(["h264", "vp9", "hevc"]);
  expect(() => outputCodecOf(webm, "h264")).toThrow(
    expect.objectContaining({ exitCode: 64, hint: "--codec vp9, or an output named .mp4 or .mov or .mkv" }),
  );
  expect(() => outputCodecOf(outputFormatOf("a.mov", undefined), "vp9")).toThrow(expect.objectContaining({ exitCode: 64 }));
});
