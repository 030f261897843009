/** Languages, tags and chapters of a plain movie from its boxes. */
import { type Box, BoxWalker } from "./isobmff-boxes.ts";
import type { Movie } from "./isobmff-movie.ts";
import { packetsFromTables } from "./isobmff-tables.ts";
import type { MovieTrack } from "./isobmff-track.ts";
import type { ByteInput, Chapter, MediaIndex } from "./types.ts";

export type MovieWords = Pick<MediaIndex, "chapters" | "metadataKeys" | "words">;

/** ffmpeg's names for tags that hold text, of iTunes' list and QuickTime's. */
const KEYS: Readonly<Record<string, string>> = {
  ...{ "\u00a9nam": "title", "\u00a9ART": "artist", aART: "album_artist", "\u00a9wrt": "composer", "\u00a9alb": "album" },
  ...{ "\u00a9day": "date", "\u00a9cmt": "comment", "\u00a9des": "comment", "\u00a9gen": "genre", "\u00a9cpy": "copyright" },
  ...{ cprt: "copyright", desc: "description" },
};
const COVER = "covr";

/** undefined where there is more than text, or the two lists of chapters are not the same. */
export function readWords(input: ByteInput, movie: Movie): MovieWords | undefined {
  const walker = new BoxWalker(input);
  const languages = movie.tracks.map((track) => languageOf(walker, track));
  const tags = readTags(walker, movie.userData);
  const chapters = readChapters(input, walker, movie);
  if (languages.includes("unknown") || tags === undefined || chapters === undefined) return undefined;
  const words = languages.map((language) => ({ language, tags: new Map<string, string>() }));
  return { chapters, metadataKeys: tags.sort(), words };
}

/** Three letters of five bits each, from 0x400 on; QuickTime's numbers below. */
const FIRST_LETTERS = 0x400;
const LETTER_BASE = 0x60;
const QUICKTIME_ENGLISH = 0;
const QUICKTIME_UNSPECIFIED = 0x7fff;

/** "unknown": one of QuickTime's other numbers. */
function languageOf(walker: BoxWalker, { mediaHeader }: MovieTrack): string | undefined {
  const isLong = mediaHeader !== undefined && walker.content(mediaHeader, 1)?.getUint8(0) === 1;
  const code = mediaHeader && walker.content(mediaHeader, isLong ? 34 : 22)?.getUint16(isLong ? 32 : 20);
  if (code === undefined || code === QUICKTIME_UNSPECIFIED) return undefined;
  if (code < FIRST_LETTERS) return code === QUICKTIME_ENGLISH ? "eng" : "unknown";
  const letters = [10, 5, 0].map((shift) => String.fromCharCode(LETTER_BASE + ((code >> shift) & 0x1f))).join("");
  return letters === "und" ? undefined : letters;
}

/** undefined with a cover, which is a stream to ffmpeg. */
function readTags(walker: BoxWalker, userData: Box | undefined): string[] | undefined {
  if (userData === undefined) return [];
  const meta = walker.child(userData, "meta");
  const list = meta && [...walker.children(meta, 4)].find(({ type }) => type === "ilst");
  const boxes = [...walker.children(userData), ...(list === undefined ? [] : walker.children(list))];
  if (boxes.some(({ type }) => type === COVER)) return undefined;
  const keys = boxes.flatMap((box) => (hasText(walker, box) ? (KEYS[box.type] ?? []) : []));
  return [...new Set(keys)];
}

/** Text stands behind the header of a box "data", or in QuickTime behind a length and a language. */
const DATA_HEADER_BYTES = 8;

function hasText(walker: BoxWalker, box: Box): boolean {
  const data = walker.child(box, "data");
  if (data !== undefined) return data.end - data.contentStart > DATA_HEADER_BYTES;
  return (walker.content(box, 4)?.getUint16(0) ?? 0) > 0;
}

/** Players read either a track of titles or a list of Nero's; an output of mm has both, where titles are known. */
function readChapters(input: ByteInput, walker: BoxWalker, movie: Movie): Chapter[] | undefined {
  const list = movie.userData && walker.child(movie.userData, "chpl");
  const listed = list === undefined ? [] : readList(walker, list);
  const ids = new Set(movie.tracks.flatMap(({ chapterTracks }) => chapterTracks));
  const tracks = movie.tracks.filter(({ id }) => ids.has(id));
  const [track] = tracks;
  if (track === undefined) return listed;
  const titled = tracks.length === 1 ? readTitles(input, movie, track) : undefined;
  return titled === undefined || (list !== undefined && titled.length !== listed?.length) ? undefined : titled;
}

function readTitles(input: ByteInput, movie: Movie, track: MovieTrack): Chapter[] | undefined {
  const times = packetsFromTables(input, movie, track)?.finish();
  if (times === undefined || times.isReordered) return undefined;
  const end = (times.ticks.at(-1) ?? 0) + times.lastDurationTicks;
  const seconds = (tick: number): number => tick / track.timescale;
  return Array.from(times.ticks, (tick, at) => ({ startSeconds: seconds(tick), endSeconds: seconds(times.ticks[at + 1] ?? end) }));
}

/** Version and flags, four bytes nobody uses, a count. */
const LIST_HEADER_BYTES = 9;
/** A start in units of 100 ns and the length of the title. */
const LISTED_BYTES = 9;
const UNITS_PER_SECOND = 1e7;

function readList(walker: BoxWalker, box: Box): Chapter[] | undefined {
  const count = walker.content(box, LIST_HEADER_BYTES)?.getUint8(LIST_HEADER_BYTES - 1) ?? 0;
  const starts: number[] = [];
  let at = box.contentStart + LIST_HEADER_BYTES;
  for (let chapter = 0; chapter < count; chapter++) {
    const view = walker.content({ ...box, contentStart: at }, LISTED_BYTES);
    if (view === undefined) return undefined;
    starts.push(Number(view.getBigUint64(0)) / UNITS_PER_SECOND);
    at += LISTED_BYTES + view.getUint8(LISTED_BYTES - 1);
  }
  return starts.map((startSeconds, chapter) => ({ startSeconds, endSeconds: starts[chapter + 1] ?? startSeconds }));
}
