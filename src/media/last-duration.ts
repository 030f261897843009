/**
 * What to write into a joined MP4 or QuickTime file, so that it says how long its picture lasts. ffmpeg's encoders do not pass that on: 4.1 gives the last sample a
 * duration of 0 and ends the edit list before the last frame, which hides it; 5.1 repeats the duration before.
 *
 * Four places say it, and readers believe different ones (measured): ffmpeg hides what is behind the edit list (elst), and reports the least
 * of elst, the media's length (mdhd) and the sum of the samples' durations (stts). So all are made to agree: the last duration in stts grows
 * or shrinks until the sum reaches the end of the picture, mdhd is that sum, and elst, rounded up to ticks of the movie so that it
 * hides nothing, ends with the picture.
 */
import { BoxWalker } from "./container/isobmff-boxes.ts";
import type { ByteInput } from "./container/types.ts";
import { type Field, type MovieClock, type PlacedBox, readMovieClock, type TrackClock } from "./movie-clock.ts";
import type { MovieEdit } from "./movie-edit.ts";

/** Lengths on a clock of `ticksPerSecond`, which need not be the file's. */
export type PictureSpan = {
  readonly ticksPerSecond: number;
  /** From the start of the first frame to the end of the last. */
  readonly pictureTicks: number;
  /** Of the last frame alone. */
  readonly lastFrameTicks: number;
};

const ENTRY_BYTES = 8;
const ENTRIES_PER_READ = 4096;

/** undefined when the file has a shape that mm's own join does not write; it is then to be left as it is. */
export function planLastDuration(input: ByteInput, span: PictureSpan): MovieEdit | undefined {
  const clock = readMovieClock(input);
  const track = clock?.tracks.find(({ handler }) => handler === "vide");
  const times = track?.path.at(-1);
  if (clock === undefined || clock.isFragmented || track === undefined || times === undefined) return undefined;
  const table = readTimes(new BoxWalker(input), times);
  if (table === undefined) return undefined;
  const inTrack = (ticks: number): number => Math.round((ticks * track.timescale) / span.ticksPerSecond);
  const picture = inTrack(span.pictureTicks);
  const duration = Math.max(inTrack(span.lastFrameTicks), picture - table.lastDecodeTick);
  const isChanged = duration !== table.lastDuration.value;
  const isSplit = isChanged && table.lastCount.value > 1;
  // Behind the movie box nothing may follow: what follows would move, and the table of chunks would point beside it.
  if (isSplit && clock.movie.end !== input.byteLength) return undefined;
  const lengths = lengthWrites(clock, track, picture);
  if (lengths === undefined) return undefined;
  const writes = [...lengths, { ...track.mediaDuration, value: table.lastDecodeTick + duration }];
  if (isSplit) {
    writes.push({ ...table.lastCount, value: table.lastCount.value - 1 }, { ...table.entryCount, value: table.entryCount.value + 1 });
    const sizes = [clock.movie, ...track.path].map((box) => grownSize(input, box));
    writes.push(...sizes.filter((size) => size !== undefined));
  } else if (isChanged) {
    writes.push({ ...table.lastDuration, value: duration });
  }
  if (writes.some(({ byteLength, value }) => byteLength === 4 && value > 0xffff_ffff) || duration > 0xffff_ffff) return undefined;
  return { writes, insertion: isSplit ? { offset: times.end, words: [1, duration] } : undefined };
}

/** elst, tkhd and mvhd: the edit that shows the picture, the track as the sum of its edits, the movie as its longest track. */
function lengthWrites(clock: MovieClock, track: TrackClock, picture: number): Field[] | undefined {
  const edit = track.edits.at(-1);
  const before = track.edits.slice(0, -1);
  if (edit !== undefined && (edit.mediaTime < 0 || before.length > 1 || before.some(({ mediaTime }) => mediaTime !== -1))) return undefined;
  const shown = Math.ceil((picture * clock.timescale) / track.timescale);
  const trackTicks = before.reduce((sum, { duration }) => sum + duration.value, shown);
  const others = clock.tracks.filter((other) => other !== track).map(({ trackDuration }) => trackDuration.value);
  return [
    ...(edit === undefined ? [] : [{ ...edit.duration, value: shown }]),
    { ...track.trackDuration, value: trackTicks },
    { ...clock.duration, value: Math.max(trackTicks, ...others) },
  ];
}

type Times = {
  readonly entryCount: Field;
  readonly lastCount: Field;
  readonly lastDuration: Field;
  /** When the last sample is decoded, in ticks of the track. */
  readonly lastDecodeTick: number;
};

/** Undefined for an empty table, and for one that does not fill its box: an entry is put at the end of the box. */
function readTimes(walker: BoxWalker, box: PlacedBox): Times | undefined {
  const count = walker.content(box, 8)?.getUint32(4) ?? 0;
  const first = box.contentStart + 8;
  if (count === 0 || first + count * ENTRY_BYTES !== box.end) return undefined;
  let decodeTick = 0;
  let last = { samples: 0, duration: 0 };
  for (let read = 0; read < count; ) {
    const entries = Math.min(ENTRIES_PER_READ, count - read);
    const view = walker.content({ ...box, contentStart: first + read * ENTRY_BYTES }, entries * ENTRY_BYTES);
    if (view === undefined) return undefined;
    for (let at = 0; at < view.byteLength; at += ENTRY_BYTES) {
      last = { samples: view.getUint32(at), duration: view.getUint32(at + 4) };
      decodeTick += last.samples * last.duration;
    }
    read += entries;
  }
  if (last.samples === 0 || !Number.isSafeInteger(decodeTick)) return undefined;
  const field = (offset: number, value: number): Field => ({ offset, byteLength: 4, value });
  return {
    entryCount: field(box.contentStart + 4, count),
    lastCount: field(box.end - 8, last.samples),
    lastDuration: field(box.end - 4, last.duration),
    lastDecodeTick: decodeTick - last.duration,
  };
}

/** The size in a box's header, one entry larger; undefined for a box that goes on to the end of the file. */
function grownSize(input: ByteInput, box: PlacedBox): Field | undefined {
  const bytes = input.read(box.start, 4);
  if (bytes.every((byte) => byte === 0)) return undefined;
  const value = box.end - box.start + ENTRY_BYTES;
  return box.contentStart - box.start === 16
    ? { offset: box.start + 8, byteLength: 8, value }
    : { offset: box.start, byteLength: 4, value };
}
