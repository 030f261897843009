import { MIB } from "../../base/index.ts";

/**
 * One sound track that is decoded, resampled and encoded beside the copy of the others, in MiB: so much, and so much for each channel.
 * Measured with one to five tracks of 1, 2 and 6 channels in ffmpeg 4.1 and 5.1: AAC 1.0 mono, 1.5 stereo, 2.9 with six.
 */
const ENCODERS: Readonly<Record<string, { readonly each: number; readonly perChannel: number }>> = {
  aac: { each: 0.7, perChannel: 0.45 },
  libopus: { each: 0.7, perChannel: 0.1 },
  opus: { each: 0.7, perChannel: 1 },
};

/** @param codec - ffmpeg's encoder; "copy" costs nothing */
export function soundEncoderBytes(codec: string, channels: number): number {
  const cost = ENCODERS[codec];
  return cost === undefined ? 0 : Math.round((cost.each + cost.perChannel * channels) * MIB);
}
