/** The argument list of the child that copies the picture, with what else the output holds. */
import type { MediaIndex } from "../container/index.ts";
import { carriedOptions, streamWords } from "./carried.ts";
import { type MuxerRequest, muxerOptions } from "./muxer.ts";
import { guards, SOUND_DECODER, source } from "./source.ts";

export type CopyRequest = Omit<MuxerRequest, "timeBase" | "tag"> & { readonly index: MediaIndex };

export function copyArguments(request: CopyRequest, output: string): string[] {
  const { engine, index, carry, format } = request;
  // Players of Apple know HEVC by this name alone; a file of MP4 has its own.
  const tag = index.video.codec === "hevc" && index.container === "matroska" ? "hvc1" : undefined;
  return [
    ...guards(engine, true),
    ...SOUND_DECODER,
    ...source(index),
    ...["-map", `0:${carry.video}`, "-c", "copy", ...carriedOptions(carry, 0), "-map_metadata", "0", "-map_chapters", "0"],
    ...streamWords(index, carry, format),
    // The picture's tag alone would make a track of it.
    ...(carry.timecode === undefined ? ["-metadata:s:0", "timecode="] : []),
    ...muxerOptions({ ...request, timeBase: index.video.timeBase, tag }),
    `file:${output}`,
  ];
}
