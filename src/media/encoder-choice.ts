/** Which of an engine's encoders makes a codec, and what pictures it takes. */
import { UnsupportedError } from "../base/index.ts";
import type { Engine } from "./engine/index.ts";
import type { EncoderName, EncoderSettings } from "./model/index.ts";
import type { Picture } from "./picture.ts";
import { canProvePicture } from "./proof-shape.ts";

export type OutputCodec = EncoderSettings["codec"];

/** In the order mm tries them. */
const ENCODERS: Readonly<Record<OutputCodec, readonly EncoderName[]>> = {
  h264: ["libx264"],
  hevc: ["libx265"],
  vp9: ["libvpx-vp9"],
  av1: ["libsvtav1", "libaom-av1"],
};

/** @throws UnsupportedError when the engine has no encoder mm can plan for */
export function chooseEncoder(engine: Engine, codec: OutputCodec): EncoderName {
  const names = ENCODERS[codec];
  const found = names.find((name) => engine.pixelFormats[name] !== undefined);
  if (found !== undefined) return found;
  throw new UnsupportedError(`ffmpeg ${engine.version} has no ${names.join(" and no ")}`, {
    hint: "--ffmpeg with another engine, or another --codec",
    details: { engine: engine.path },
  });
}

/** @throws UnsupportedError when the encoder cannot keep the picture as it is */
export function refusePicture(engine: Engine, encoder: string, picture: Picture): void {
  const details = { engine: engine.path };
  const formats = engine.pixelFormats[encoder] ?? [];
  if (!formats.includes(picture.pixelFormat) || !canProvePicture(picture)) {
    const nearest = formats.includes("yuv420p10le") && picture.bitDepth > 8 ? "yuv420p10le" : "yuv420p";
    throw new UnsupportedError(`${encoder} of ffmpeg ${engine.version} has no ${picture.pixelFormat}, the format of the picture`, {
      hint: `--vf format=${nearest} to convert it, another --codec, or --ffmpeg with another engine`,
      details,
    });
  }
  const { width, height, chroma } = picture;
  const isOdd = (chroma !== "4:4:4" && width % 2 === 1) || (chroma === "4:2:0" && height % 2 === 1);
  if (!isOdd || NEEDS_EVEN[encoder] !== true) return;
  throw new UnsupportedError(`${encoder} needs an even size, and the picture has ${width}x${height}`, {
    hint: `--scale ${width - (width % 2)}x${height - (height % 2)}, or --codec vp9`,
    details,
  });
}

/** Encoders whose chroma planes must be whole. */
const NEEDS_EVEN: Readonly<Record<string, boolean>> = { libx264: true, libx265: true, libsvtav1: true };
