/** The container of the chunk files. */
import { layoutOf } from "../container/index.ts";
import type { Picture } from "../picture.ts";

export type ChunkContainer = {
  /** ffmpeg's names for its muxer and its demuxer. */
  readonly muxer: "mp4" | "webm";
  readonly demuxer: string;
};

const MP4: ChunkContainer = { muxer: "mp4", demuxer: "mov,mp4,m4a,3gp,3g2,mj2" };
const WEBM: ChunkContainer = { muxer: "webm", demuxer: "matroska,webm" };

/** MP4 keeps every tick. WebM counts milliseconds, and keeps the alpha beside the packets. */
export function chunkContainer({ pixelFormat }: Pick<Picture, "pixelFormat">): ChunkContainer {
  return layoutOf(pixelFormat).hasAlpha ? WEBM : MP4;
}

/** Both muxers and the decoders are told by this that there is alpha. */
export const ALPHA_MODE = ["-metadata:s:v:0", "alpha_mode=1"] as const;
