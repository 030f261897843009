/**
 * Packet times from the sample tables of an MP4 or QuickTime file, without touching the media data. Where edit lists hide packets, tables
 * contradict each other, or samples are in fragments, what ffmpeg shows is its own affair: then there is no answer here.
 */
import { BoxWalker } from "./isobmff-boxes.ts";
import type { Movie } from "./isobmff-movie.ts";
import type { MovieTrack } from "./isobmff-track.ts";
import { MOST_PACKETS, PacketTable } from "./packet-table.ts";
import { TableReader } from "./table-reader.ts";
import type { ByteInput } from "./types.ts";

/** ffmpeg mends durations and offsets beyond this in ways of its own. */
const LARGEST_STEP = 2 ** 28;

/** Every packet of the track in decoding order; undefined where ffmpeg must be asked. */
export function packetsFromTables(input: ByteInput, movie: Movie, track: MovieTrack): PacketTable | undefined {
  const edit = singleEdit(movie, track);
  const walker = new BoxWalker(input);
  const samples = edit && soundSamples(walker, movie, track);
  return edit === undefined || samples === undefined ? undefined : readTimes(walker, track, samples, edit);
}

/**
 * The tick at which the one edit of a track begins to play it, or 0 without edits; undefined where ffmpeg must be asked, as when no
 * sample is played.
 */
export function startFromTables(input: ByteInput, movie: Movie, track: MovieTrack): number | undefined {
  const edit = singleEdit(movie, track);
  const walker = new BoxWalker(input);
  if (edit === undefined || track.tables.has("ctts") || soundSamples(walker, movie, track) === undefined) return undefined;
  if (track.edits.length === 0) return 0;
  return edit.first < mediaEnd(walker, track) ? edit.first + edit.shift : undefined;
}

/** How many samples a track has, where the tables agree on it and all of them are in the file. */
function soundSamples(walker: BoxWalker, movie: Movie, track: MovieTrack): number | undefined {
  if (movie.isFragmented || track.timescale === 0 || track.sampleEntryCount !== 1) return undefined;
  const samples = sampleCount(walker, track);
  const most = Math.min(walker.input.byteLength, MOST_PACKETS);
  return samples > 0 && samples <= most && samplesInChunks(walker, track) === samples ? samples : undefined;
}

/** The sum of all durations, in ticks of the track. */
function mediaEnd(walker: BoxWalker, track: MovieTrack): number {
  const durations = new TableReader(walker, track, "stts", 8);
  let end = 0;
  while (durations.next()) end += durations.number(0) * durations.number(4);
  return end;
}

/** Which ticks of the media are shown, and how far they are moved on the way to presentation. */
type Shown = { readonly first: number; readonly end: number; readonly shift: number };

/** At most one stretch of nothing, then one edit at normal speed. */
function singleEdit(movie: Movie, { edits, timescale }: MovieTrack): Shown | undefined {
  if (edits.length === 0) return { first: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY, shift: 0 };
  const isDelayed = edits.length === 2 && edits[0]?.mediaTime === -1;
  const edit = edits[isDelayed ? 1 : 0];
  if (edit === undefined || edits.length > (isDelayed ? 2 : 1) || edit.mediaTime < 0 || edit.rate !== 1 || movie.timescale === 0)
    return undefined;
  const delay = inTrackTicks(isDelayed ? (edits[0]?.duration ?? 0) : 0, movie.timescale, timescale);
  const duration = inTrackTicks(edit.duration, movie.timescale, timescale);
  if (delay === undefined || duration === undefined) return undefined;
  return { first: edit.mediaTime, end: edit.mediaTime + duration, shift: delay - edit.mediaTime };
}

/** Rounded to the nearest tick, halves up, as ffmpeg does; undefined when the numbers are too large to be exact. */
function inTrackTicks(duration: number, movieTimescale: number, timescale: number): number | undefined {
  const scaled = 2 * duration * timescale + movieTimescale;
  return Number.isSafeInteger(scaled) ? Math.floor(scaled / (2 * movieTimescale)) : undefined;
}

/** From stsz, or from stz2, which has the count in the same place. */
function sampleCount(walker: BoxWalker, track: MovieTrack): number {
  const box = track.tables.get("stsz") ?? track.tables.get("stz2");
  return (box && walker.content(box, 12)?.getUint32(8)) ?? 0;
}

/** How many samples the chunks hold; undefined when a chunk lies behind the end of the file or a table is damaged. */
function samplesInChunks(walker: BoxWalker, track: MovieTrack): number | undefined {
  const offsets = track.tables.has("co64") ? new TableReader(walker, track, "co64", 8) : new TableReader(walker, track, "stco", 4);
  while (offsets.next()) if ((offsets.entryBytes === 8 ? offsets.long() : offsets.number(0)) >= walker.input.byteLength) return undefined;
  const runs = new TableReader(walker, track, "stsc", 12);
  let samples = 0;
  let firstChunk = 1;
  let perChunk = 0;
  while (runs.next()) {
    const next = runs.number(0);
    if (next < firstChunk) return undefined;
    samples += (next - firstChunk) * perChunk;
    firstChunk = next;
    perChunk = runs.number(4);
  }
  return runs.isSound && offsets.isSound ? samples + (offsets.count + 1 - firstChunk) * perChunk : undefined;
}

function readTimes(walker: BoxWalker, track: MovieTrack, samples: number, { first, end, shift }: Shown): PacketTable | undefined {
  const durations = new TableReader(walker, track, "stts", 8);
  const offsets = track.tables.has("ctts") ? new TableReader(walker, track, "ctts", 8) : undefined;
  const syncs = track.tables.has("stss") ? new SampleNumbers(walker, track, "stss") : undefined;
  const partialSyncs = new SampleNumbers(walker, track, "stps");
  let durationsLeft = 0;
  let offsetsLeft = 0;
  let decodeTick = 0;
  const packets = new PacketTable();
  for (let sample = 1; sample <= samples; sample++) {
    for (; durationsLeft === 0; durationsLeft = durations.number(0)) if (!durations.next()) return undefined;
    for (; offsets !== undefined && offsetsLeft === 0; offsetsLeft = offsets.number(0)) if (!offsets.next()) return undefined;
    const duration = durations.number(4);
    const offset = offsets?.signed(4) ?? 0;
    if (duration > LARGEST_STEP || Math.abs(offset) > LARGEST_STEP) return undefined;
    const tick = decodeTick + offset;
    if (tick < first || tick >= end) return undefined;
    // QuickTime lists keyframes of open groups apart; ffmpeg and players seek to them alike.
    const isPartialSync = partialSyncs.has(sample);
    const isSync = syncs === undefined || syncs.has(sample) || isPartialSync;
    packets.add(tick + shift, isSync, false, duration);
    decodeTick += duration;
    durationsLeft--;
    offsetsLeft--;
  }
  return packets;
}

/** A table of sample numbers in rising order. */
class SampleNumbers {
  readonly #table: TableReader;
  #next: number;

  constructor(walker: BoxWalker, track: MovieTrack, type: string) {
    this.#table = new TableReader(walker, track, type, 4);
    this.#next = this.#read();
  }

  /** Whether a sample is in the table. Samples are to be asked for in rising order. */
  has(sample: number): boolean {
    if (sample !== this.#next) return false;
    this.#next = this.#read();
    return true;
  }

  #read(): number {
    return this.#table.next() ? this.#table.number(0) : 0;
  }
}
