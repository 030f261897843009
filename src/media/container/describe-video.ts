/** What one video stream of ffmpeg's description says. */
import type { ContentLight, MasteringDisplay } from "../bitstream/index.ts";
import { codecOf, type DescribedStream } from "./describe.ts";
import { rotationFromDegrees } from "./display-matrix.ts";
import { contentLightOfText, masteringDisplayOfText } from "./hdr-text.ts";
import type { ColorTags, FieldOrder, Rational, SideDataName } from "./types.ts";

export type VideoDescription = {
  readonly codec: string;
  /** undefined when ffmpeg could not find out. */
  readonly pixelFormat: string | undefined;
  readonly color: ColorTags;
  readonly fieldOrder: FieldOrder;
  readonly width: number;
  readonly height: number;
  /** 0/1 when the file does not say. */
  readonly sar: Rational;
  /** Frames per second as ffmpeg rounds it; undefined when it does not say. */
  readonly framesPerSecond: number | undefined;
  /** Degrees clockwise; undefined when the picture is turned by something else than a multiple of 90. */
  readonly rotation: 0 | 90 | 180 | 270 | undefined;
  readonly isAttachedPicture: boolean;
  readonly features: readonly SideDataName[];
  readonly masteringDisplay: MasteringDisplay | undefined;
  readonly contentLight: ContentLight | undefined;
};

const FIELD_ORDERS: Readonly<Record<string, FieldOrder>> = {
  progressive: "progressive",
  "top first": "tff",
  "bottom first": "bff",
  "top coded first (swapped)": "tff",
  "bottom coded first (swapped)": "bff",
};
const CHROMA_LOCATIONS = new Set(["left", "center", "topleft", "top", "bottomleft", "bottom"]);
const PICTURE_CODECS = new Set(["png", "mjpeg", "bmp", "gif", "tiff", "webp"]);
/** Where a name printed for people differs from the one the encoder's option takes. */
const TRANSFER_OPTIONS: Readonly<Record<string, string>> = { bt470m: "gamma22", bt470bg: "gamma28" };
const MATRIX_OPTIONS: Readonly<Record<string, string>> = { gbr: "rgb" };

export function describeVideo(stream: DescribedStream): VideoDescription {
  const { fields } = stream;
  const isReferenceCount = /^\d+ reference frames?/.test(fields[1] ?? "");
  const picture = /^(\w+)(?:\((.*)\))?$/.exec(fields[isReferenceCount ? 2 : 1] ?? "");
  const size = fields.map((field) => /^(\d+)x(\d+)\b/.exec(field)).find((match) => match !== null);
  const pixelFormat = picture?.[1];
  return {
    codec: codecOf(stream),
    pixelFormat: pixelFormat === "none" ? undefined : pixelFormat,
    ...readPictureNotes(picture?.[2] ?? ""),
    width: Number(size?.[1] ?? 0),
    height: Number(size?.[2] ?? 0),
    sar: readSar(fields),
    framesPerSecond: readFramesPerSecond(fields),
    rotation: readRotation(stream.sideData),
    isAttachedPicture: isAttachedPicture(stream),
    features: readFeatures(stream),
    masteringDisplay: firstOf(stream.sideData, masteringDisplayOfText),
    contentLight: firstOf(stream.sideData, contentLightOfText),
  };
}

function firstOf<T>(lines: readonly string[], read: (line: string) => T | undefined): T | undefined {
  return lines.map(read).find((found) => found !== undefined);
}

/** "tv, bt2020nc/bt2020/smpte2084, progressive, left", each part of which may be missing. */
function readPictureNotes(notes: string): { color: ColorTags; fieldOrder: FieldOrder } {
  let color: ColorTags = {};
  let fieldOrder: FieldOrder = "unknown";
  for (const note of notes.split(", ")) {
    const order = FIELD_ORDERS[note];
    if (note === "tv" || note === "pc") color = { ...color, range: note };
    else if (order !== undefined) fieldOrder = order;
    else if (CHROMA_LOCATIONS.has(note)) color = { ...color, chromaLocation: note };
    else if (note !== "" && note !== "unknown" && !/^\d+ bpc$/.test(note)) color = { ...color, ...readColor(note) };
  }
  return { color, fieldOrder };
}

/** "matrix/primaries/transfer", or one name when all are the same. */
function readColor(note: string): ColorTags {
  const [matrix = "", primaries = matrix, transfer = matrix] = note.split("/");
  return {
    ...(primaries === "unknown" ? {} : { primaries }),
    ...(transfer === "unknown" ? {} : { transfer: TRANSFER_OPTIONS[transfer] ?? transfer }),
    ...(matrix === "unknown" ? {} : { matrix: MATRIX_OPTIONS[matrix] ?? matrix }),
  };
}

/** The container's ratio stands in a field of its own and wins; the stream's follows the size in brackets. */
function readSar(fields: readonly string[]): Rational {
  const own = fields.map((field) => /^SAR (\d+):(\d+)/.exec(field)).find((match) => match !== null);
  const stream = fields.map((field) => /^\d+x\d+.*\[SAR (\d+):(\d+)/.exec(field)).find((match) => match !== null);
  const match = own ?? stream;
  return match ? { num: Number(match[1]), den: Number(match[2]) } : { num: 0, den: 1 };
}

function readFramesPerSecond(fields: readonly string[]): number | undefined {
  const match = fields.map((field) => /^(\d+(?:\.\d+)?)(k?) fps$/.exec(field)).find((found) => found !== null);
  return match ? Number(match[1]) * (match[2] === "k" ? 1000 : 1) : undefined;
}

/** ffmpeg prints the angle counterclockwise. */
function readRotation(sideData: readonly string[]): VideoDescription["rotation"] {
  const angle = sideData
    .map((line) => /^displaymatrix: rotation of (-?[\d.]+|-?nan) degrees/.exec(line)?.[1])
    .find((found) => found !== undefined);
  return angle === undefined || angle.endsWith("nan") ? 0 : rotationFromDegrees(-Number(angle));
}

/** ffmpeg 4.1 does not say "(attached pic)"; the picture format and a clock without a frame rate give them away. */
function isAttachedPicture(stream: DescribedStream): boolean {
  const { fields } = stream;
  if (fields.some((field) => field.includes("(attached pic)"))) return true;
  return PICTURE_CODECS.has(codecOf(stream)) && fields.includes("90k tbr") && !fields.some((field) => field.endsWith(" fps"));
}

function readFeatures({ fields, sideData, metadata }: DescribedStream): SideDataName[] {
  const starts = (words: string): boolean => sideData.some((line) => line.startsWith(words));
  const features: [SideDataName, boolean][] = [
    ["mastering display", starts("Mastering Display Metadata")],
    ["content light level", starts("Content Light Level Metadata")],
    ["ambient viewing environment", starts("Ambient Viewing Environment")],
    ["Dolby Vision", starts("DOVI configuration record")],
    ["stereo 3D", starts("stereo3d:")],
    ["spherical video", starts("spherical:")],
    ["closed captions", fields.includes("Closed Captions")],
    ["film grain", fields.includes("Film Grain")],
    ["alpha", metadata.get("alpha_mode") === "1"],
  ];
  return features.filter(([, isPresent]) => isPresent).map(([name]) => name);
}
