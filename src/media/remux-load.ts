/** What the streams beside the picture cost the child that writes them. */
import type { Carry } from "./carry.ts";
import type { MediaIndex } from "./container/types.ts";
import { type RemuxLoad, soundEncoderBytes } from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";
import { type Picture, pictureSeconds } from "./picture.ts";

/** @param videoBytesPerSecond - of the video that is written */
export function remuxLoad(
  { container }: MediaIndex,
  { streams }: Carry,
  format: OutputFormat,
  videoBytesPerSecond: number,
): Omit<RemuxLoad, "packetBytes"> {
  return {
    videoBytesPerSecond: streams.length === 0 ? 0 : videoBytesPerSecond,
    encoderBytes: streams.reduce((sum, { codec, sound }) => sum + soundEncoderBytes(codec, sound?.channels ?? 0), 0),
    isProbed: container !== "mp4" && container !== "mov",
    hasClusters: !format.keepsTicks,
  };
}

/** A shorter picture is taken to last as long as what may wait for its sound (interleaveSeconds); a damaged file may say that it lasts no time. */
const SHORTEST_SECONDS = 0.05;

export function bytesPerSecond(bytes: number, picture: Picture): number {
  return bytes / Math.max(SHORTEST_SECONDS, pictureSeconds(picture));
}
