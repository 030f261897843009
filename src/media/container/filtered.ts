/** What comes out of filters, found by sending one frame through them. */
import { MalformedInputError, UsageError } from "../../base/index.ts";
import { parseDescription } from "./describe.ts";
import { describeVideo, type VideoDescription } from "./describe-video.ts";
import { type FfmpegInput, runLines } from "./ffmpeg-input.ts";
import { layoutOf, type PixelLayout } from "./pixel-format-name.ts";

export type FilteredShape = Pick<VideoDescription, "width" | "height" | "sar" | "color"> & PixelLayout & { readonly pixelFormat: string };

/** @throws UsageError with ffmpeg's own words when it does not take the chain */
export async function describeFiltered(input: FfmpegInput, chain: string): Promise<FilteredShape> {
  const wanted = ["-map", `0:v:${input.videoIndex}`, "-vf", chain, "-frames:v", "1", "-c:v", "rawvideo"];
  // Without the muxer's name among the metadata, below which 4.1 would put the stream.
  const bare = ["-an", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-f", "null", "-"];
  const { code, stderr } = await runLines(input, ["-v", "info", "-noautorotate"], [...wanted, ...bare], () => {});
  if (code !== 0)
    throw new UsageError(`ffmpeg does not take --vf ${chain}`, {
      hint: "try it with ffplay -vf",
      details: { ffmpeg: lastComplaint(stderr) },
    });
  const output = stderr.slice(Math.max(0, stderr.lastIndexOf("\nOutput #0"))).replace(/^\nOutput #0, (\S+), to /, "Input #0, $1, from ");
  const stream = parseDescription(output)?.streams[0];
  const described = stream && describeVideo(stream);
  if (described?.pixelFormat === undefined || described.width === 0)
    throw new MalformedInputError("the first frame of the input cannot be decoded");
  const { width, height, sar, color, pixelFormat } = described;
  return { width, height, sar, color, pixelFormat, ...layoutOf(pixelFormat) };
}

/** The line that names the filter, of the several that follow from it. */
function lastComplaint(stderr: string): string {
  const lines = stderr.trim().split("\n");
  return (lines.find((line) => /^\[|No such filter|Invalid argument/.test(line) && !/deprecated/.test(line)) ?? lines.at(-1) ?? "").trim();
}
