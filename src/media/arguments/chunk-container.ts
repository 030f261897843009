/** The container of the chunk files. */
import { layoutOf } from "../container/index.ts";
import type { Picture } from "../picture.ts";

export type ChunkContainer = {
  /** ffmpeg's names for its muxer and its demuxer. */
  readonly muxer: "mp4" | "mov" | "webm";
  readonly demuxer: string;
  readonly keepsTicks: boolean;
};

const MP4: ChunkContainer = { muxer: "mp4", demuxer: "mov,mp4,m4a,3gp,3g2,mj2", keepsTicks: true };
/** Takes every codec that Matroska takes, but VP8 (ffmpeg 4.1 and 5.1, tried). */
const MOV: ChunkContainer = { ...MP4, muxer: "mov" };
const WEBM: ChunkContainer = { muxer: "webm", demuxer: "matroska,webm", keepsTicks: false };

const IN_MP4: readonly string[] = ["h264", "hevc", "vp9", "av1"];

/** MP4 and QuickTime keep every tick. WebM counts milliseconds, and keeps the alpha beside the packets. */
export function chunkContainer(picture: Pick<Picture, "pixelFormat">, codec: string): ChunkContainer {
  if (hasAlpha(picture) || codec === "vp8") return WEBM;
  return IN_MP4.includes(codec) ? MP4 : MOV;
}

export function hasAlpha({ pixelFormat }: Pick<Picture, "pixelFormat">): boolean {
  return layoutOf(pixelFormat).hasAlpha;
}

/** Both muxers and the decoders are told by this that there is alpha. */
export const ALPHA_MODE = ["-metadata:s:v:0", "alpha_mode=1"] as const;
