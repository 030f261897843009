/** Writes small MP4 files by hand, box by box. */

export type Mp4Track = {
  readonly id?: number;
  readonly handler?: string;
  readonly timescale?: number;
  /** a, b, c, d in steps of 1/65536. */
  readonly matrix?: readonly [number, number, number, number];
  /** Duration in movie ticks, media time, rate in steps of 1/65536. */
  readonly edits?: readonly (readonly [number, number, number?])[];
  /** Runs of [count, value]. */
  readonly durations?: readonly (readonly [number, number])[];
  readonly offsets?: readonly (readonly [number, number])[];
  readonly syncs?: readonly number[];
  /** Of QuickTime: keyframes of open groups. */
  readonly partialSyncs?: readonly number[];
  readonly sizes?: readonly number[];
  readonly samplesPerChunk?: number;
  readonly sampleEntry?: string;
  /** Boxes inside the sample entry. */
  readonly entryBoxes?: readonly Buffer[];
  /** Bytes of the samples, in order; written to mdat. */
  readonly media?: Buffer;
  readonly chapters?: readonly number[];
};

export function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([u32(8 + content.length), Buffer.from(type, "latin1"), content]);
}

export function u32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * at);
  return bytes;
}

const zeros = (count: number): Buffer => Buffer.alloc(count);
const table = (type: string, entries: readonly (readonly number[])[]): Buffer =>
  box(type, u32(0, entries.length), ...entries.map((entry) => u32(...entry)));
const numbers = (type: string, entries: readonly number[] | undefined): Buffer =>
  entries === undefined
    ? zeros(0)
    : table(
        type,
        entries.map((entry) => [entry]),
      );

function matrix([a, b, c, d]: readonly [number, number, number, number]): Buffer {
  return u32(a, b, 0, c, d, 0, 0, 0, 2 ** 30);
}

/** ftyp, mdat, moov; movie ticks are 1/1000 s. */
export function mp4Bytes(
  tracks: readonly Mp4Track[],
  movieMatrix: readonly [number, number, number, number] = [65_536, 0, 0, 65_536],
): Buffer {
  const head = box("ftyp", Buffer.from("isom\0\0\0\0isom", "latin1"));
  const media = Buffer.concat(tracks.map((track) => track.media ?? zeros((track.sizes ?? []).reduce((sum, size) => sum + size, 0))));
  let offset = head.length + 8;
  const boxes = tracks.map((track, at) => {
    const start = offset;
    offset += (track.sizes ?? []).reduce((sum, size) => sum + size, 0);
    return trackBox(track, at + 1, start);
  });
  const header = box("mvhd", u32(0, 0, 0, 1000, 0), zeros(16), matrix(movieMatrix), zeros(28));
  return Buffer.concat([head, box("mdat", media), box("moov", header, ...boxes)]);
}

function trackBox(track: Mp4Track, id: number, mediaStart: number): Buffer {
  const { handler = "vide", timescale = 1000, edits = [], chapters = [] } = track;
  const header = box("tkhd", u32(7, 0, 0, track.id ?? id, 0, 0), zeros(16), matrix(track.matrix ?? [65_536, 0, 0, 65_536]), zeros(8));
  const editEntries = edits.map(([duration, mediaTime, rate = 65_536]) => [duration, mediaTime, rate]);
  const editBox = edits.length === 0 ? zeros(0) : box("edts", table("elst", editEntries));
  const references = chapters.length === 0 ? zeros(0) : box("tref", box("chap", u32(...chapters)));
  const media = box(
    "mdia",
    box("mdhd", u32(0, 0, 0, timescale, 0, 0)),
    box("hdlr", u32(0, 0), Buffer.from(handler, "latin1"), zeros(13)),
    box("minf", sampleTable(track, mediaStart)),
  );
  return box("trak", header, editBox, references, media);
}

function sampleTable(track: Mp4Track, mediaStart: number): Buffer {
  const { durations = [], sizes = [], sampleEntry = "avc1", entryBoxes = [], samplesPerChunk = Math.max(1, sizes.length) } = track;
  const entry = box(sampleEntry, zeros(78), ...entryBoxes);
  const chunkOffsets: number[][] = [];
  let offset = mediaStart;
  for (const [at, size] of sizes.entries()) {
    if (at % samplesPerChunk === 0) chunkOffsets.push([offset]);
    offset += size;
  }
  const lastChunk = sizes.length % samplesPerChunk;
  const runs = [[1, samplesPerChunk, 1], ...(lastChunk === 0 ? [] : [[chunkOffsets.length, lastChunk, 1]])];
  return box(
    "stbl",
    box("stsd", u32(0, 1), entry),
    table("stts", durations),
    track.offsets === undefined ? zeros(0) : table("ctts", track.offsets),
    numbers("stss", track.syncs),
    numbers("stps", track.partialSyncs),
    box("stsz", u32(0, 0, sizes.length, ...sizes)),
    table("stsc", runs),
    table("stco", chunkOffsets),
  );
}
