/**
 * Whether the sample tables of a track can be read by mediabunny with ffmpeg's result and in bounded time and memory. It keeps about 200
 * bytes of objects per sample, walks every chunk from its start for each sample, and knows one edit.
 */
import { type Box, BoxWalker } from "./isobmff-boxes.ts";
import { isEncrypted, type Movie, type MovieTrack } from "./isobmff-movie.ts";
import type { ByteInput } from "./types.ts";

/** 10 MB of objects at most, and half an hour at 30 frames per second. */
const MOST_SAMPLES = 50_000;
/** mediabunny copies the movie box. */
const MOST_MOVIE_BYTES = 16 * 1024 * 1024;
const MOST_SAMPLES_PER_CHUNK = 1024;
/** ffmpeg mends durations and offsets beyond this in ways of its own. */
const LARGEST_STEP = 2 ** 28;
const ENTRIES_PER_READ = 4096;

/** Presentation ticks that are shown: from `first`, up to but without `end`. */
export type ShownTicks = { readonly first: number; readonly end: number };

/** The ticks a plain track shows; undefined when the track is for ffmpeg to read. */
export function shownTicksOfPlainTrack(input: ByteInput, movie: Movie, track: MovieTrack): ShownTicks | undefined {
  const shown = shownTicks(movie, track);
  if (shown === undefined || movie.isFragmented || movie.byteLength > MOST_MOVIE_BYTES) return undefined;
  if (track.timescale === 0 || track.sampleEntryCount !== 1 || isEncrypted(track)) return undefined;
  return new TableReader(input, track).isPlain() ? shown : undefined;
}

/** Only what mediabunny and ffmpeg both understand the same: at most one stretch of nothing, then one edit at normal speed. */
function shownTicks(movie: Movie, { edits, timescale }: MovieTrack): ShownTicks | undefined {
  if (edits.length === 0) return { first: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY };
  const isDelayed = edits.length === 2 && edits[0]?.mediaTime === -1;
  const edit = edits[isDelayed ? 1 : 0];
  if (edit === undefined || edits.length > (isDelayed ? 2 : 1) || edit.mediaTime < 0 || edit.rate !== 1 || movie.timescale === 0)
    return undefined;
  const delay = inTrackTicks(isDelayed ? (edits[0]?.duration ?? 0) : 0, movie.timescale, timescale);
  const duration = inTrackTicks(edit.duration, movie.timescale, timescale);
  return delay === undefined || duration === undefined ? undefined : { first: delay, end: delay + duration };
}

/** undefined when the value lies exactly between two ticks, where two roundings may differ, or is too large to be exact. */
function inTrackTicks(duration: number, movieTimescale: number, timescale: number): number | undefined {
  const scaled = duration * timescale;
  if (!Number.isSafeInteger(scaled) || (2 * scaled) % (2 * movieTimescale) === movieTimescale) return undefined;
  return Math.round(scaled / movieTimescale);
}

class TableReader {
  readonly #walker: BoxWalker;
  readonly #track: MovieTrack;

  constructor(input: ByteInput, track: MovieTrack) {
    this.#walker = new BoxWalker(input);
    this.#track = track;
  }

  isPlain(): boolean {
    const samples = this.#sampleCount();
    if (samples === undefined || samples < 1 || samples > MOST_SAMPLES) return false;
    return (
      this.#timesCover(samples) &&
      this.#offsetsCover(samples) &&
      this.#startsWithSync() &&
      this.#hasShortChunks() &&
      this.#chunksAreInside()
    );
  }

  /** From stsz with a size per sample; undefined for any other form. */
  #sampleCount(): number | undefined {
    const box = this.#track.tables.get("stsz");
    const view = box && this.#walker.content(box, 12);
    if (box === undefined || view === undefined || view.getUint32(4) !== 0) return undefined;
    const count = view.getUint32(8);
    return box.contentStart + 12 + 4 * count <= box.end ? count : undefined;
  }

  #timesCover(samples: number): boolean {
    let covered = 0;
    const isSound = this.#forEachEntry("stts", 8, (view, at) => {
      covered += view.getUint32(at);
      return covered <= samples && view.getUint32(at + 4) <= LARGEST_STEP;
    });
    return isSound && covered === samples;
  }

  #offsetsCover(samples: number): boolean {
    if (!this.#track.tables.has("ctts")) return true;
    let covered = 0;
    const isSound = this.#forEachEntry("ctts", 8, (view, at) => {
      covered += view.getUint32(at);
      return covered <= samples && Math.abs(view.getInt32(at + 4)) <= LARGEST_STEP;
    });
    return isSound && covered === samples;
  }

  /** mediabunny takes the first sample for a sync sample even where the table says otherwise. */
  #startsWithSync(): boolean {
    const box = this.#track.tables.get("stss");
    if (box === undefined) return true;
    const view = this.#walker.content(box, 12);
    return view !== undefined && view.getUint32(4) > 0 && view.getUint32(8) === 1;
  }

  #hasShortChunks(): boolean {
    return this.#forEachEntry("stsc", 12, (view, at) => view.getUint32(at + 4) > 0 && view.getUint32(at + 4) <= MOST_SAMPLES_PER_CHUNK);
  }

  #chunksAreInside(): boolean {
    const { byteLength } = this.#walker.input;
    if (this.#track.tables.has("co64")) return this.#forEachEntry("co64", 8, (view, at) => Number(view.getBigUint64(at)) < byteLength);
    return this.#forEachEntry("stco", 4, (view, at) => view.getUint32(at) < byteLength);
  }

  /** Visits the entries of a table until the visitor says no. False too when the table is missing or longer than its box. */
  #forEachEntry(type: string, entryBytes: number, visit: (view: DataView, at: number) => boolean): boolean {
    const box = this.#track.tables.get(type);
    const count = box && this.#walker.content(box, 8)?.getUint32(4);
    if (box === undefined || count === undefined || box.contentStart + 8 + count * entryBytes > box.end) return false;
    for (let entry = 0; entry < count; entry += ENTRIES_PER_READ) {
      const entries = Math.min(ENTRIES_PER_READ, count - entry);
      const start = box.contentStart + 8 + entry * entryBytes;
      const view = this.#walker.content(slice(box, start), entries * entryBytes);
      if (view === undefined) return false;
      for (let at = 0; at < entries; at++) if (!visit(view, at * entryBytes)) return false;
    }
    return true;
  }
}

function slice(box: Box, contentStart: number): Box {
  return { ...box, contentStart };
}
