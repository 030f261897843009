/** What the streams beside the picture cost the child that writes them. */
import type { Carry } from "./carry.ts";
import type { MediaIndex } from "./container/types.ts";
import { type RemuxLoad, soundEncoderBytes } from "./model/index.ts";
import type { OutputFormat } from "./output-format.ts";

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
