/** What the track box of an MP4 or QuickTime file says, without its sample tables. */
import { type ContentLight, type MasteringDisplay, parseContentLight, parseMasteringDisplay } from "../bitstream/index.ts";
import { type Matrix, multiply } from "./display-matrix.ts";
import type { Box, BoxWalker } from "./isobmff-boxes.ts";
import type { SideDataName } from "./types.ts";

export type MovieTrack = {
  readonly id: number;
  /** "vide", "soun", "text", .... */
  readonly handler: string;
  readonly timescale: number;
  readonly matrix: Matrix;
  readonly edits: readonly Edit[];
  /** Type of the first sample entry: "avc1", "hvc1", "encv", .... */
  readonly sampleEntry: string;
  readonly sampleEntryCount: number;
  readonly features: readonly SideDataName[];
  readonly masteringDisplay?: MasteringDisplay;
  readonly contentLight?: ContentLight;
  /** The decoder configuration of H.264 (avcC) or H.265 (hvcC). */
  readonly configuration?: Box;
  /** Tracks that hold the titles of this one's chapters. */
  readonly chapterTracks: readonly number[];
  /** The box with its timescale and its language. */
  readonly mediaHeader: Box | undefined;
  /** The boxes of the sample table by type. */
  readonly tables: ReadonlyMap<string, Box>;
};

/** An entry of the edit list. */
type Edit = {
  /** In the timescale of the movie. */
  readonly duration: number;
  /** In the timescale of the track; -1 = nothing is shown. */
  readonly mediaTime: number;
  readonly rate: number;
};

const ENCRYPTED_ENTRIES = new Set(["encv", "enca", "enct", "drmi", "drms"]);
/** More edits than this are not read; they are ffmpeg's business anyway. */
const MOST_EDITS = 64;
/** Version, flags and count of a table of sample entries. */
const ENTRIES_AT = 8;
/** Bytes of a visual sample entry before the boxes in it. */
export const VISUAL_ENTRY_BYTES = 78;

/** The first sample entry. */
export function sampleEntryOf(walker: BoxWalker, { tables }: MovieTrack): Box | undefined {
  const box = tables.get("stsd");
  return box && firstOf(walker.children(box, ENTRIES_AT));
}

export function isEncrypted(track: MovieTrack): boolean {
  return ENCRYPTED_ENTRIES.has(track.sampleEntry);
}

export function readTrack(walker: BoxWalker, track: Box, movieMatrix: Matrix): MovieTrack {
  const header = readTrackHeader(walker, walker.child(track, "tkhd"));
  const editBox = walker.child(track, "edts");
  const edits = editBox === undefined ? [] : readEdits(walker, walker.child(editBox, "elst"));
  const references = walker.child(track, "tref");
  const chapters = references === undefined ? undefined : walker.child(references, "chap");
  const media = walker.child(track, "mdia");
  const mediaHeader = media && walker.child(media, "mdhd");
  const handlerBox = media && walker.child(media, "hdlr");
  const information = media && walker.child(media, "minf");
  const table = information && walker.child(information, "stbl");
  const tables = new Map<string, Box>();
  if (table !== undefined) for (const box of walker.children(table)) tables.set(box.type, box);
  const handler = handlerBox === undefined ? "" : fourCharacters(walker.content(handlerBox, 12), 8);
  return {
    id: header.id,
    handler,
    timescale: readTimescale(walker, mediaHeader),
    matrix: multiply(header.matrix, movieMatrix),
    edits,
    ...readDescription(walker, tables.get("stsd"), handler),
    mediaHeader,
    chapterTracks: chapters === undefined ? [] : readTrackIds(walker, chapters),
    tables,
  };
}

export const IDENTITY: Matrix = { a: 1, b: 0, c: 0, d: 1 };

/** Nine numbers, of which the third of each row is not for turning. */
export function readMatrix(view: DataView, at: number): Matrix {
  const fixed = (offset: number): number => view.getInt32(at + offset) / 65_536;
  return { a: fixed(0), b: fixed(4), c: fixed(12), d: fixed(16) };
}

function readTrackHeader(walker: BoxWalker, box: Box | undefined): { id: number; matrix: Matrix } {
  const isLong = box !== undefined && (walker.content(box, 1)?.getUint8(0) ?? 0) === 1;
  const view = box === undefined ? undefined : walker.content(box, isLong ? 96 : 84);
  if (view === undefined) return { id: 0, matrix: IDENTITY };
  return { id: view.getUint32(isLong ? 20 : 12), matrix: readMatrix(view, isLong ? 52 : 40) };
}

function readTimescale(walker: BoxWalker, box: Box | undefined): number {
  if (box === undefined) return 0;
  const isLong = (walker.content(box, 1)?.getUint8(0) ?? 0) === 1;
  return walker.content(box, isLong ? 24 : 16)?.getUint32(isLong ? 20 : 12) ?? 0;
}

function readEdits(walker: BoxWalker, box: Box | undefined): Edit[] {
  const head = box && walker.content(box, 8);
  if (box === undefined || head === undefined) return [];
  const isLong = head.getUint8(0) === 1;
  const entryBytes = isLong ? 20 : 12;
  const count = Math.min(head.getUint32(4), MOST_EDITS);
  const view = walker.content(box, 8 + count * entryBytes);
  const edits: Edit[] = [];
  for (let entry = 0; view !== undefined && entry < count; entry++) {
    const at = 8 + entry * entryBytes;
    edits.push({
      duration: isLong ? Number(view.getBigUint64(at)) : view.getUint32(at),
      mediaTime: isLong ? Number(view.getBigInt64(at + 8)) : view.getInt32(at + 4),
      rate: view.getInt32(at + (isLong ? 16 : 8)) / 65_536,
    });
  }
  return edits;
}

function readTrackIds(walker: BoxWalker, box: Box): number[] {
  const count = Math.min(Math.floor((box.end - box.contentStart) / 4), 16);
  const view = walker.content(box, count * 4);
  return view === undefined ? [] : Array.from({ length: count }, (_, at) => view.getUint32(at * 4));
}

type Description = Pick<
  MovieTrack,
  "sampleEntry" | "sampleEntryCount" | "features" | "masteringDisplay" | "contentLight" | "configuration"
>;

const FEATURES_BY_BOX: Readonly<Record<string, SideDataName>> = {
  mdcv: "mastering display",
  clli: "content light level",
  amve: "ambient viewing environment",
  dvcC: "Dolby Vision",
  dvvC: "Dolby Vision",
  dvwC: "Dolby Vision",
  st3d: "stereo 3D",
  sv3d: "spherical video",
};

/** The first sample entry and, for video, the boxes in it that no encoder writes by itself. */
function readDescription(walker: BoxWalker, box: Box | undefined, handler: string): Description {
  const sampleEntryCount = (box && walker.content(box, 8)?.getUint32(4)) ?? 0;
  const entry = box && firstOf(walker.children(box, ENTRIES_AT));
  if (entry === undefined) return { sampleEntry: "", sampleEntryCount, features: [] };
  const features = new Set<SideDataName>();
  let masteringDisplay: MasteringDisplay | undefined;
  let contentLight: ContentLight | undefined;
  let configuration: Box | undefined;
  for (const child of handler === "vide" ? walker.children(entry, VISUAL_ENTRY_BYTES) : []) {
    const feature = FEATURES_BY_BOX[child.type];
    if (feature !== undefined) features.add(feature);
    if (child.type === "avcC" || child.type === "hvcC") configuration ??= child;
    if (child.type === "mdcv") masteringDisplay = parseContent(walker.content(child, 24), parseMasteringDisplay);
    if (child.type === "clli") contentLight = parseContent(walker.content(child, 4), parseContentLight);
  }
  return {
    sampleEntry: entry.type,
    sampleEntryCount,
    features: [...features],
    ...(configuration === undefined ? {} : { configuration }),
    ...(masteringDisplay === undefined ? {} : { masteringDisplay }),
    ...(contentLight === undefined ? {} : { contentLight }),
  };
}

function parseContent<T>(view: DataView | undefined, parse: (bytes: Uint8Array) => T): T | undefined {
  return view === undefined ? undefined : parse(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

function firstOf(boxes: Generator<Box>): Box | undefined {
  for (const box of boxes) return box;
  return undefined;
}

function fourCharacters(view: DataView | undefined, at: number): string {
  if (view === undefined) return "";
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}
