/** The argument lists of children that decode to raw video, for the proof of picture. */
import type { Chunk } from "../chunks.ts";
import type { MediaIndex } from "../container/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Picture } from "../picture.ts";
import { chunkContainer, hasAlpha } from "./chunk-container.ts";
import { chunkInput, guards, passThrough } from "./source.ts";

/** Decodes frames of the input to raw video on a descriptor. */
export function decodeSourceArguments(engine: Engine, index: MediaIndex, picture: Picture, chunk: Chunk): string[] {
  const { input, map, filter } = chunkInput(index, picture, chunk, 1);
  return [...guards(engine, false), ...input, ...map, ...rawOutput(engine, picture, filter, chunk)];
}

/**
 * Decodes a chunk file to raw video. Its edit list is ignored: ffmpeg 4.1 writes one that, rounded to milliseconds, hides the last
 * frame (measured), and every coded frame is to be compared.
 */
export function decodeChunkArguments(engine: Engine, picture: Picture, codec: string, chunk: Chunk, path: string): string[] {
  const { demuxer, keepsTicks } = chunkContainer(picture, codec);
  return [
    ...guards(engine, false),
    ...["-noautorotate", "-threads", "1", "-protocol_whitelist", "file,pipe", "-format_whitelist", demuxer],
    ...(keepsTicks ? ["-ignore_editlist", "1"] : []),
    ...(hasAlpha(picture) ? ["-c:v", "libvpx-vp9"] : []),
    ...["-i", `file:${path}`, "-map", "0:v:0"],
    ...rawOutput(engine, picture, chunkFilter(picture), chunk),
  ];
}

/** ffmpeg decodes gray H.264 to three planes. On the way back to one, limited range would be stretched: gray counts as full. */
function chunkFilter({ pixelFormat }: Picture): string {
  return pixelFormat.startsWith("gray") ? "scale=in_range=full:out_range=full" : "null";
}

/**
 * The raw muxer counts in the picture's own ticks: in its default of 1/25 s the frames of a fast or variable rate would collide. The raw
 * encoder has frame threads since ffmpeg 5, as many as the host has cores unless told, and each holds a frame.
 */
function rawOutput(engine: Engine, { timeBase, pixelFormat }: Picture, filter: string, chunk: Chunk): string[] {
  const queue = engine.caps.hasOutputThreadQueue ? ["-thread_queue_size", "1"] : [];
  return [
    ...passThrough(engine, filter, timeBase),
    ...["-frames:v", String(chunk.endFrame - chunk.firstFrame), "-pix_fmt", pixelFormat, "-c:v", "rawvideo", "-threads", "1"],
    ...[...queue, "-f", "rawvideo", "pipe:1"],
  ];
}
