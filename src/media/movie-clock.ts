/** Durations and display matrices in the movie box of an MP4 or QuickTime file, and where in the file each is (ISO/IEC 14496-12, 8.2 to 8.6). */
import { type Box, BoxWalker } from "./container/isobmff-boxes.ts";
import type { ByteInput } from "./container/types.ts";

/** An unsigned number in the file. */
export type Field = { readonly offset: number; readonly byteLength: 4 | 8; readonly value: number };

/** A box and where its header starts. */
export type PlacedBox = Box & { readonly start: number };

export type TrackClock = {
  readonly handler: string;
  /** Ticks per second of the track. */
  readonly timescale: number;
  /** mdhd, in ticks of the track. */
  readonly mediaDuration: Field;
  /** tkhd, in ticks of the movie. */
  readonly trackDuration: Field;
  /** tkhd: where its matrix is, and the size in pixels it is shown in before that turns it. */
  readonly display: { readonly matrixOffset: number; readonly width: number; readonly height: number };
  /** elst: durations in ticks of the movie, media times in ticks of the track, -1 where nothing is shown. */
  readonly edits: readonly { readonly duration: Field; readonly mediaTime: number }[];
  /** The boxes around the table of decoding times: trak, mdia, minf, stbl, stts. */
  readonly path: readonly PlacedBox[];
};

export type MovieClock = {
  /** Ticks per second of the movie. */
  readonly timescale: number;
  /** mvhd, in ticks of the movie. */
  readonly duration: Field;
  readonly movie: PlacedBox;
  /** Samples are, or may be, in movie fragments: then the tracks say nothing about lengths. */
  readonly isFragmented: boolean;
  /** In the order of the file, which is ffmpeg's order of streams. */
  readonly tracks: readonly TrackClock[];
};

/** More edits than this belong to no file mm writes. */
const MOST_EDITS = 64;
/** Top-level boxes passed on the way to the movie box: an mdat or a few, or the fragments of a stream. */
const MOST_BOXES = 1_000_000;
/** 1 in numbers of 16.16 bits. */
export const FIXED_POINT = 65_536;

/** undefined for any shape that is not understood. */
export function readMovieClock(input: ByteInput): MovieClock | undefined {
  const walker = new BoxWalker(input, MOST_BOXES);
  const movie = find(placed(walker, 0, input.byteLength), "moov");
  if (movie === undefined || movie.end > input.byteLength) return undefined;
  const boxes = [...placed(walker, movie.contentStart, movie.end)];
  const header = readClock(walker, find(boxes, "mvhd"));
  if (header === undefined) return undefined;
  const tracks: TrackClock[] = [];
  for (const box of boxes) {
    if (box.type !== "trak") continue;
    const track = readTrackClock(walker, box);
    if (track === undefined) return undefined;
    tracks.push(track);
  }
  return { ...header, movie, isFragmented: find(boxes, "mvex") !== undefined, tracks };
}

function readTrackClock(walker: BoxWalker, track: PlacedBox): TrackClock | undefined {
  const inTrack = childrenOf(walker, track);
  const media = find(inTrack, "mdia");
  const inMedia = childrenOf(walker, media);
  const information = find(inMedia, "minf");
  const samples = find(childrenOf(walker, information), "stbl");
  const times = find(childrenOf(walker, samples), "stts");
  const clock = readClock(walker, find(inMedia, "mdhd"));
  const header = readTrackHeader(walker, find(inTrack, "tkhd"));
  const edits = readEdits(walker, find(childrenOf(walker, find(inTrack, "edts")), "elst"));
  const path = [track, media, information, samples, times].filter((box) => box !== undefined);
  if (clock === undefined || header === undefined || edits === undefined || path.length < 5) return undefined;
  const handler = readHandler(walker, find(inMedia, "hdlr"));
  return { handler, timescale: clock.timescale, mediaDuration: clock.duration, ...header, edits, path };
}

function* placed(walker: BoxWalker, from: number, to: number): Generator<PlacedBox> {
  let start = from;
  for (const box of walker.boxes(from, to)) {
    yield { ...box, start };
    start = box.end;
  }
}

function childrenOf(walker: BoxWalker, box: Box | undefined): PlacedBox[] {
  return box === undefined ? [] : [...placed(walker, box.contentStart, Math.min(box.end, walker.input.byteLength))];
}

function find(boxes: Iterable<PlacedBox>, type: string): PlacedBox | undefined {
  for (const box of boxes) if (box.type === type) return box;
  return undefined;
}

/** A number of 32 bits in version 0 of a box, and of 64 in version 1. */
function fieldAt(box: Box, view: DataView, at: number, byteLength: 4 | 8): Field {
  const value = byteLength === 8 ? Number(view.getBigUint64(at)) : view.getUint32(at);
  return { offset: box.contentStart + at, byteLength, value };
}

/** mvhd and mdhd begin alike: two dates, a timescale, a duration. */
function readClock(walker: BoxWalker, box: Box | undefined): { timescale: number; duration: Field } | undefined {
  const isLong = hasLongNumbers(walker, box);
  const view = box && walker.content(box, isLong ? 32 : 20);
  if (box === undefined || view === undefined) return undefined;
  const timescale = view.getUint32(isLong ? 20 : 12);
  return timescale === 0 ? undefined : { timescale, duration: fieldAt(box, view, isLong ? 24 : 16, isLong ? 8 : 4) };
}

function readTrackHeader(walker: BoxWalker, box: Box | undefined): Pick<TrackClock, "trackDuration" | "display"> | undefined {
  const isLong = hasLongNumbers(walker, box);
  const view = box && walker.content(box, isLong ? 96 : 84);
  if (box === undefined || view === undefined) return undefined;
  const matrixAt = isLong ? 52 : 40;
  const size = (at: number): number => view.getUint32(at) / FIXED_POINT;
  return {
    trackDuration: fieldAt(box, view, isLong ? 28 : 20, isLong ? 8 : 4),
    display: { matrixOffset: box.contentStart + matrixAt, width: size(matrixAt + 36), height: size(matrixAt + 40) },
  };
}

/** No edits without the box; undefined when it is damaged or long. */
function readEdits(walker: BoxWalker, box: Box | undefined): TrackClock["edits"] | undefined {
  if (box === undefined) return [];
  const isLong = hasLongNumbers(walker, box);
  const entryBytes = isLong ? 20 : 12;
  const count = walker.content(box, 8)?.getUint32(4) ?? MOST_EDITS + 1;
  const view = count > MOST_EDITS ? undefined : walker.content(box, 8 + count * entryBytes);
  if (view === undefined) return undefined;
  return Array.from({ length: count }, (_, entry) => {
    const at = 8 + entry * entryBytes;
    const mediaTime = isLong ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4);
    return { duration: fieldAt(box, view, at, isLong ? 8 : 4), mediaTime };
  });
}

function readHandler(walker: BoxWalker, box: Box | undefined): string {
  const view = box && walker.content(box, 12);
  return view === undefined ? "" : String.fromCharCode(...[8, 9, 10, 11].map((at) => view.getUint8(at)));
}

function hasLongNumbers(walker: BoxWalker, box: Box | undefined): boolean {
  return box !== undefined && walker.content(box, 1)?.getUint8(0) === 1;
}
