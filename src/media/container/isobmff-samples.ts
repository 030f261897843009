/** Where the first samples of a track are in the file. */
import type { Box, BoxWalker } from "./isobmff-boxes.ts";
import type { MovieTrack } from "./isobmff-track.ts";

export type Sample = { readonly offset: number; readonly byteLength: number };

/** At most `most` samples in decoding order; fewer where the tables are short or damaged. */
export function firstSamples(walker: BoxWalker, track: MovieTrack, most: number): Sample[] {
  const sizes = readSizes(walker, track.tables.get("stsz"), most);
  const runs = readTable(walker, track.tables.get("stsc"), 12, most, (view, at) => ({
    firstChunk: view.getUint32(at),
    samples: view.getUint32(at + 4),
  }));
  const offsets = track.tables.has("co64")
    ? readTable(walker, track.tables.get("co64"), 8, most, (view, at) => Number(view.getBigUint64(at)))
    : readTable(walker, track.tables.get("stco"), 4, most, (view, at) => view.getUint32(at));
  const samples: Sample[] = [];
  for (const [chunk, chunkOffset] of offsets.entries()) {
    const inChunk = runs.findLast((run) => run.firstChunk <= chunk + 1)?.samples ?? 0;
    let offset = chunkOffset;
    for (let left = inChunk; left > 0 && samples.length < sizes.length; left--) {
      const byteLength = sizes[samples.length] ?? 0;
      if (offset + byteLength > walker.input.byteLength) return samples;
      samples.push({ offset, byteLength });
      offset += byteLength;
    }
  }
  return samples;
}

function readSizes(walker: BoxWalker, box: Box | undefined, most: number): number[] {
  const head = box && walker.content(box, 12);
  if (box === undefined || head === undefined) return [];
  const uniform = head.getUint32(4);
  const count = Math.min(head.getUint32(8), most);
  if (uniform > 0) return Array.from({ length: count }, () => uniform);
  const view = walker.content(box, 12 + 4 * count);
  return view === undefined ? [] : Array.from({ length: count }, (_, at) => view.getUint32(12 + 4 * at));
}

/** The first entries of a table with version, flags and entry count in front. */
function readTable<T>(
  walker: BoxWalker,
  box: Box | undefined,
  entryBytes: number,
  most: number,
  read: (view: DataView, at: number) => T,
): T[] {
  const count = Math.min((box && walker.content(box, 8)?.getUint32(4)) ?? 0, most);
  const view = box && walker.content(box, 8 + count * entryBytes);
  return view === undefined ? [] : Array.from({ length: count }, (_, at) => read(view, 8 + at * entryBytes));
}
