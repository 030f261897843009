/** Files of a resource, with what is said of their encoding. */
import type { At, Field, Shape } from "./shape.ts";

export type Medium = "audio" | "video" | "image" | "other";

const PICTURE: readonly Field[] = [
  { key: "width", kind: "text", at: "ImageWidth" },
  { key: "height", kind: "text", at: "ImageHeight" },
];
const SOUND: readonly Field[] = [
  { key: "bitRate", kind: "text", at: ["BitRate", "VideoBitRate"] },
  { key: "bitRateUnit", kind: "text", at: ["BitRate/@UnitOfMeasure", "VideoBitRate/@UnitOfMeasure"] },
  { key: "samplingRate", kind: "text", at: ["SamplingRate", "AudioSamplingRate"] },
  { key: "samplingRateUnit", kind: "text", at: ["SamplingRate/@UnitOfMeasure", "AudioSamplingRate/@UnitOfMeasure"] },
  { key: "channels", kind: "integer", at: ["NumberOfChannels", "NumberOfAudioChannels"] },
  { key: "bits", kind: "integer", at: ["BitsPerSample", "AudioBitsPerSample"] },
];

/** What is said once for a delivery in ERN 4.3, else once for all files of its technical details. */
function encodingOf(medium: Medium): readonly Field[] {
  const codec: Field = {
    key: "codec",
    kind: "code",
    at: ["VideoCodecType", "AudioCodecType", "ImageCodecType", "TextCodecType", "SheetMusicCodecType"],
  };
  const ofMedium = { audio: SOUND, video: [...SOUND, ...PICTURE], image: PICTURE, other: [] };
  return [codec, ...ofMedium[medium]];
}

/** @param file - where the file's element is below the part's */
function placeOf(file: string): readonly Field[] {
  const at = (before: string, now = before): At => ({ "3.8": file + before, "4.1": file + now, "4.3": file + now });
  return [
    { key: "uri", kind: "text", at: at("URL", "URI") },
    { key: "path", kind: "text", at: { "3.8": "FilePath" } },
    { key: "name", kind: "text", at: { "3.8": "FileName" } },
    { key: "hash", kind: "text", at: at("HashSum/HashSum", "HashSum/HashSumValue") },
    { key: "hashType", kind: "code", at: at("HashSum/HashSumAlgorithmType", "HashSum/Algorithm") },
    { key: "size", kind: "text", at: at("FileSize") },
  ];
}
const PLACE_KEYS = placeOf("").map(({ key }) => key);

const fromPart = (key: string): Field => ({ key, kind: "chosen", from: [`parts.${key}`] });
const IS_PREVIEW: Field = { key: "isPreview", kind: "flag", at: { "3.8": "IsPreview", "4.1": "IsPreview", "4.3": "IsClip" } };

/** Technical details: one file, or several parts of it. Clips are files of their own in ERN 4.3 alone, where editions have them. */
export function fileShape(medium: Medium): Shape {
  const part: Shape = { name: "part", fields: placeOf("") };
  return {
    name: `${medium}File`,
    fields: [
      ...PLACE_KEYS.map(fromPart),
      ...encodingOf(medium),
      IS_PREVIEW,
      { key: "parts", kind: "objects", shape: part, at: "File", ifMany: true },
      { key: "clips", kind: "objects", shape: part, at: [] },
    ],
  };
}

/** Technical details of an edition (ERN 4.3): each of its deliveries says how it is encoded. */
export function deliveredFileShape(medium: Medium): Shape {
  const encoding = encodingOf(medium);
  const delivery: Shape = { name: `${medium}DeliveryPart`, fields: [...placeOf("File/"), ...encoding] };
  const keys = [...PLACE_KEYS, ...encoding.map(({ key }) => key)];
  return {
    name: `${medium}Delivery`,
    fields: [
      ...keys.map(fromPart),
      IS_PREVIEW,
      { key: "parts", kind: "objects", shape: delivery, at: "DeliveryFile", ifMany: true },
      { key: "clips", kind: "objects", shape: delivery, at: "ClipDetails/DeliveryFile" },
    ],
  };
}
