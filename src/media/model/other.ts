import { MIB } from "../../base/index.ts";
import { pictureBytes } from "./pixels.ts";
import type { EncoderMemory, OtherSettings, PictureShape } from "./types.ts";

/**
 * Raw pictures that an encoder may hold, and for each of its threads: above everything measured with ffmpeg 4.1 and 5.1 at 480p and
 * 1080p, 60 to 90 frames, one to four threads (`-h encoder=` says which take more than one). Pictures beside those of decoder and queues:
 * wmv2 5, png 5, utvideo and magicyuv 8, libtheora 6 to 10, vc2 9, mpeg4 and mpeg2video 15 on two threads and 18 on four, snow 21,
 * libxvid 26, libopenjpeg 26, libvpx 28, prores_ks 2, mjpeg 14 on two and 29 on four, huffyuv 19 and 37, ffvhuff 47 on four,
 * jpeg2000 42 on one.
 */
const HELD_PICTURES = 36;
const THREAD_PICTURES = 8;
/** Settings, tables, rows. */
const FIXED_BYTES = 4 * MIB;

/**
 * Of those that take far more, bytes for each pixel whatever its format. ffv1 makes room for the worst case of a picture (151 to 158
 * measured), rav1e looks at 40 pictures ahead in its own planes (990 at 480p, 690 at 1080p).
 */
const PIXEL_BYTES: Readonly<Record<string, number>> = { ffv1: 165, librav1e: 1100 };

/** An estimate, generous for most: nobody counted what this encoder holds. */
export function otherMemory(picture: PictureShape, { encoder, threads }: OtherSettings): EncoderMemory {
  const pixelBytes = Object.hasOwn(PIXEL_BYTES, encoder) ? (PIXEL_BYTES[encoder] ?? 0) : 0;
  return {
    inputFrames: HELD_PICTURES + THREAD_PICTURES * threads,
    inputFrameBytes: pictureBytes(picture),
    codedFrames: 0,
    codedFrameBytes: 0,
    threadBytes: FIXED_BYTES + pixelBytes * picture.width * picture.height,
  };
}
