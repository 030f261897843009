/** The proof of properties: what the plan kept of the picture beside its samples is in the output. */
import { IoError } from "../base/index.ts";
import { isMatroska } from "./container/matroska.ts";
import { reduced } from "./container/rational.ts";
import type { Rational, VideoTrack, WrittenIndex, WrittenVideo } from "./container/types.ts";
import { unusualLocation } from "./keep-picture.ts";
import type { Picture } from "./picture.ts";

/** A property in the words it is compared in. */
type Property = { readonly name: string; readonly wanted: string; readonly found: string };

/** @throws IoError naming the first property that is another one; the output must not be published then */
export function proveProperties(output: WrittenIndex, picture: Picture, codec: string): void {
  const different = [...shape(output, picture, codec), ...colours(output.video, picture), ...added(output.video, picture)].find(
    ({ wanted, found }) => wanted !== found,
  );
  if (different === undefined) return;
  const { name, wanted, found } = different;
  throw new IoError(`proof of properties failed: the output's ${name} is ${found} and the plan's ${wanted}`, {
    details: { property: name, wanted, found },
    hint: "--ffmpeg with another engine, and please report this, with the output of ffprobe for the input",
  });
}

function shape({ video, container }: WrittenIndex, picture: Picture, codec: string): Property[] {
  return [
    { name: "codec", wanted: codec, found: video.codec },
    { name: "size", wanted: `${picture.width}x${picture.height}`, found: `${video.width}x${video.height}` },
    { name: "pixel format", wanted: decodedFormat(picture, codec), found: withoutTags(video.pixelFormat) },
    { name: "sample aspect ratio", wanted: aspect(picture.sar), found: aspect(nearest(video, picture, isMatroska(container))) },
    { name: "rotation", wanted: turn(picture), found: turn(video) },
    { name: "field order", wanted: fields(picture), found: fields(video) },
  ];
}

/** ffmpeg decodes gray H.264 to three planes. */
function decodedFormat({ pixelFormat }: Picture, codec: string): string {
  return withoutTags(codec === "h264" ? pixelFormat.replace("gray", "yuv420p") : pixelFormat);
}

/** Full range and alpha, in names of pixel formats, are properties of their own here. */
function withoutTags(pixelFormat: string): string {
  return pixelFormat.replace(/^yuv[aj]/, "yuv");
}

/** Matroska stores the size a picture is shown in, in whole pixels. */
function nearest({ sar }: WrittenVideo, picture: Picture, isRounded: boolean): Rational {
  const ratio = (sar.num * picture.sar.den) / (sar.den * picture.sar.num);
  return isRounded && Math.abs(ratio - 1) <= 1 / Math.min(picture.width, picture.height) ? picture.sar : sar;
}

/** Unknown counts as square, which is how it is shown. */
function aspect({ num, den }: Rational): string {
  if (num === 0 || num === den) return "1:1";
  const smallest = reduced(num, den);
  return `${smallest.num}:${smallest.den}`;
}

function turn({ rotation, isMirrored }: Pick<VideoTrack, "rotation" | "isMirrored">): string {
  return `${rotation} degrees${isMirrored ? ", mirrored" : ""}`;
}

/** Not every encoder says that frames are whole. */
function fields({ fieldOrder }: Pick<VideoTrack, "fieldOrder">): string {
  return fieldOrder === "unknown" ? "progressive" : fieldOrder;
}

function colours(video: WrittenVideo, picture: Picture): Property[] {
  const tag = (name: "primaries" | "transfer" | "matrix"): Property => {
    // Frames may say more than the head of the input does, as those of VP8; it is not lost then.
    const found = video.color[name] ?? "unspecified";
    return { name: `colour ${name}`, wanted: picture.color[name] ?? found, found };
  };
  // Most streams cannot leave the range open, and readers take limited range for granted.
  const range = ({ color }: Pick<VideoTrack, "color">): string => color.range ?? "tv";
  const found = unusualLocation({ ...picture, color: video.color }) ?? "left";
  const location = picture.dropped.includes("chroma-location") ? found : (unusualLocation(picture) ?? "left");
  return [
    { name: "colour range", wanted: range(picture), found: range(video) },
    tag("primaries"),
    tag("transfer"),
    tag("matrix"),
    { name: "chroma location", wanted: location, found },
  ];
}

function added(video: WrittenVideo, picture: Picture): Property[] {
  const missing = picture.sideData.filter((name) => !video.sideData.includes(name));
  const numbers = ({ masteringDisplay, contentLight }: Pick<VideoTrack, "masteringDisplay" | "contentLight">): string[] => [
    display(masteringDisplay),
    contentLight === undefined ? "none" : `${contentLight.maxCll}, ${contentLight.maxFall}`,
  ];
  const [wantedDisplay = "", wantedLight = ""] = numbers(picture);
  const [foundDisplay = "", foundLight = ""] = numbers(video);
  return [
    ...missing.map((name) => ({ name: "video", wanted: `with ${name}`, found: "without" })),
    { name: "mastering display", wanted: wantedDisplay, found: foundDisplay },
    { name: "content light level", wanted: wantedLight, found: foundLight },
  ];
}

function display(display: VideoTrack["masteringDisplay"]): string {
  if (display === undefined) return "none";
  return [...display.primaries.map((pair) => pair.join("/")), display.maxLuminance, display.minLuminance].join(", ");
}
