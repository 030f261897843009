/**
 * The video track of a plain movie from its boxes and its parameter sets. What a container and a stream both say has to be the same: which of
 * two a player believes is not for mm to know. undefined then, and wherever else there may be more to it.
 */
import type { SequenceParameters, StreamScan } from "../bitstream/index.ts";
import { type ColourCodes, colourNames } from "./colour-names.ts";
import { orientationOf } from "./display-matrix.ts";
import { headOfMovieTrack } from "./head.ts";
import { type Box, BoxWalker } from "./isobmff-boxes.ts";
import type { Movie } from "./isobmff-movie.ts";
import { packetsFromTables } from "./isobmff-tables.ts";
import { type MovieTrack, sampleEntryOf, VISUAL_ENTRY_BYTES } from "./isobmff-track.ts";
import type { ByteInput, ColorTags, FieldOrder, Rational, WrittenVideo } from "./types.ts";
import { CHROMA_LOCATIONS } from "./video-track.ts";

/** What a visual sample entry says. */
type Entry = {
  readonly width: number;
  readonly height: number;
  readonly sar: Rational | undefined;
  readonly color: (ColourCodes & { readonly isFullRange: boolean | undefined }) | undefined;
};

export function readWrittenVideo(input: ByteInput, movie: Movie, track: MovieTrack): WrittenVideo | undefined {
  const head = headOfMovieTrack(input, track);
  const sequence = head?.scan.sequence;
  if (head === undefined || sequence === undefined || head.scan.hasPartOfFrame) return undefined;
  const times = packetsFromTables(input, movie, track)?.finish();
  if (times === undefined || times.doubts.length > 0) return undefined;
  const entry = readEntry(new BoxWalker(input), track);
  if (entry === undefined || entry.width !== sequence.width || entry.height !== sequence.height) return undefined;
  const sar = agreed(entry.sar, sequence.usability.sar, sameRatio);
  const color = colourOf(entry, sequence);
  const orientation = orientationOf(track.matrix);
  const pixelFormat = pixelFormatOf(sequence);
  const fieldOrder = fieldOrderOf(head.scan);
  if (sar === undefined || color === undefined || orientation === undefined || pixelFormat === undefined || fieldOrder === undefined)
    return undefined;
  const { masteringDisplay = track.masteringDisplay, contentLight = track.contentLight } = head.scan;
  return {
    streamIndex: movie.tracks.indexOf(track),
    codec: head.codec,
    width: sequence.width,
    height: sequence.height,
    sar: sar.value ?? { num: 0, den: 1 },
    ...orientation,
    pixelFormat,
    color,
    fieldOrder,
    timeBase: { num: 1, den: track.timescale },
    ticks: times.ticks,
    lastDurationTicks: times.lastDurationTicks,
    reorderFrames: times.isReordered ? Math.max(1, sequence.reorderFrames) : 0,
    sideData: [...new Set([...track.features, ...head.scan.features])].sort(),
    ...(masteringDisplay === undefined ? {} : { masteringDisplay }),
    ...(contentLight === undefined ? {} : { contentLight }),
  };
}

/** What two sources say where they do not contradict each other: the first one's word, else the second's. */
function agreed<T>(
  first: T | undefined,
  second: T | undefined,
  isSame: (a: T, b: T) => boolean,
): { readonly value: T | undefined } | undefined {
  if (first !== undefined && second !== undefined && !isSame(first, second)) return undefined;
  return { value: first ?? second };
}

function sameRatio(a: Rational, b: Rational): boolean {
  return a.num * b.den === b.num * a.den;
}

/** undefined for an entry with boxes that change what is shown. */
function readEntry(walker: BoxWalker, track: MovieTrack): Entry | undefined {
  const box = sampleEntryOf(walker, track);
  const size = box && walker.content(box, 28);
  if (box === undefined || size === undefined) return undefined;
  const [width, height] = [size.getUint16(24), size.getUint16(26)];
  let sar: Rational | undefined;
  let color: Entry["color"];
  for (const child of walker.children(box, VISUAL_ENTRY_BYTES)) {
    // A clean aperture crops the picture.
    if (child.type === "clap") return undefined;
    if (child.type === "pasp") {
      const ratio = walker.content(child, 8);
      if (ratio !== undefined) sar = { num: ratio.getUint32(0), den: ratio.getUint32(4) };
    } else if (child.type === "colr") color = readColour(walker, child);
  }
  return { width, height, sar, color };
}

const FULL_RANGE_FLAG = 0x80;

/** QuickTime's box ("nclc") has no range. */
function readColour(walker: BoxWalker, box: Box): Entry["color"] {
  const view = walker.content(box, 10);
  const type = view?.getUint32(0);
  const [nclx, nclc] = [0x6e636c78, 0x6e636c63];
  if (view === undefined || (type !== nclx && type !== nclc)) return undefined;
  const codes = { primaries: view.getUint16(4), transfer: view.getUint16(6), matrix: view.getUint16(8) };
  const flags = type === nclx ? walker.content(box, 11)?.getUint8(10) : undefined;
  return { ...codes, isFullRange: flags === undefined ? undefined : (flags & FULL_RANGE_FLAG) !== 0 };
}

function colourOf(entry: Entry, { usability }: SequenceParameters): ColorTags | undefined {
  const isSame = (a: ColourCodes, b: ColourCodes): boolean =>
    a.primaries === b.primaries && a.transfer === b.transfer && a.matrix === b.matrix;
  const codes = agreed<ColourCodes>(usability.color, entry.color, isSame);
  const range = agreed(usability.isFullRange, entry.color?.isFullRange, Object.is);
  const names = codes?.value === undefined ? {} : colourNames(codes.value);
  if (codes === undefined || range === undefined || names === undefined) return undefined;
  const location = CHROMA_LOCATIONS[usability.chromaLocation ?? -1];
  return {
    ...names,
    ...(range.value === undefined ? {} : { range: range.value ? "pc" : "tv" }),
    ...(location === undefined ? {} : { chromaLocation: location }),
  };
}

/** Gray and RGB are decoded to formats that ffmpeg chooses. */
function pixelFormatOf({ chroma, bitDepth, usability }: SequenceParameters): string | undefined {
  const isRgb = usability.color?.matrix === 0;
  if (chroma === "4:0:0" || isRgb || ![8, 10, 12].includes(bitDepth)) return undefined;
  return `yuv${chroma.replaceAll(":", "")}p${bitDepth === 8 ? "" : `${bitDepth}le`}`;
}

/** undefined when neither the parameter sets nor the pictures say. */
function fieldOrderOf({ sequence, fieldOrder }: StreamScan): FieldOrder | undefined {
  if (sequence?.isProgressive === true) return "progressive";
  return fieldOrder ?? (sequence?.isProgressive === false ? "interlaced" : undefined);
}
