/** What belongs to a picture beside its samples, and what of the input's the user wants dropped. */
import { layoutOf } from "./container/pixel-format-name.ts";
import type { SideDataName, VideoTrack } from "./container/types.ts";

/** What an encoder would lose, by the word `--drop` takes for it. */
const DROP_WORDS = {
  "mastering display": "mastering-display",
  "content light level": "content-light-level",
  "ambient viewing environment": "ambient-viewing-environment",
  "Dolby Vision": "dolby-vision",
  "HDR10+": "hdr10+",
  "HDR Vivid": "hdr-vivid",
  "closed captions": "closed-captions",
  "active format description": "active-format-description",
  "film grain": "film-grain",
  "stereo 3D": "stereo-3d",
  "spherical video": "spherical-video",
  "display orientation": "display-orientation",
  "enhancement layer": "enhancement-layer",
  alpha: "alpha",
} as const satisfies Readonly<Record<SideDataName, string>>;

export type Droppable = (typeof DROP_WORDS)[SideDataName] | "rotation" | "chroma-location";

export type PictureProperties = Pick<VideoTrack, "rotation" | "isMirrored" | "color" | "sideData" | "masteringDisplay" | "contentLight">;

export function dropWordOf(name: SideDataName): Droppable {
  return DROP_WORDS[name];
}

/**
 * The properties the output is to have, without those dropped.
 *
 * @param pixelFormat - of the picture: without alpha in it there is none to keep
 */
export function propertiesOf(video: VideoTrack, dropped: readonly Droppable[], pixelFormat: string): PictureProperties {
  const { chromaLocation, ...color } = video.color;
  const isTurned = !dropped.includes("rotation");
  const sideData = video.sideData.filter((name) => {
    // A second layer of H.265 is out of reach; else alpha is in the frames, or the user's filters took it out of them.
    if (name === "alpha" && video.codec !== "hevc") return layoutOf(pixelFormat).hasAlpha;
    return !isInFrames(name, video) && !dropped.includes(dropWordOf(name));
  });
  const { masteringDisplay, contentLight } = video;
  const keeps = (name: SideDataName): boolean => sideData.includes(name);
  return {
    rotation: isTurned ? video.rotation : 0,
    isMirrored: isTurned && video.isMirrored,
    color: { ...color, ...(chromaLocation === undefined || dropped.includes("chroma-location") ? {} : { chromaLocation }) },
    sideData,
    ...(masteringDisplay !== undefined && keeps("mastering display") ? { masteringDisplay } : {}),
    ...(contentLight !== undefined && keeps("content light level") ? { contentLight } : {}),
  };
}

/** Frames are made of two fields, and it is known which is the earlier. */
export function hasFields({ fieldOrder }: Pick<VideoTrack, "fieldOrder">): boolean {
  return fieldOrder === "tff" || fieldOrder === "bff";
}

/** Decoders of AV1 lay the grain over the frames they give, so that it is part of the picture from there on. */
export function isInFrames(name: SideDataName, { codec }: Pick<VideoTrack, "codec">): boolean {
  return name === "film grain" && codec === "av1";
}

/** The decoder to name, undefined for ffmpeg's choice: its own decoders of VP8 and VP9 leave the alpha aside. */
export function decoderOf(video: Pick<VideoTrack, "codec" | "sideData">, dropped: readonly Droppable[]): string | undefined {
  if (!hasTransparentPackets(video) || dropped.includes("alpha")) return undefined;
  return video.codec === "vp9" ? "libvpx-vp9" : "libvpx";
}

/** Alpha as a second picture beside each packet, as WebM has it. */
function hasTransparentPackets({ codec, sideData }: Pick<VideoTrack, "codec" | "sideData">): boolean {
  return (codec === "vp8" || codec === "vp9") && sideData.includes("alpha");
}
