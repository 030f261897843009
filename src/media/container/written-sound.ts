/** A sound track of a plain movie from its boxes: AAC and Opus, as mm's encoders write them. undefined where ffmpeg has to be asked. */
import { MalformedInputError } from "../../base/index.ts";
import { BitReader } from "../bitstream/index.ts";
import { type Box, BoxWalker } from "./isobmff-boxes.ts";
import type { Movie } from "./isobmff-movie.ts";
import { startFromTables } from "./isobmff-tables.ts";
import { type MovieTrack, sampleEntryOf } from "./isobmff-track.ts";
import type { ByteInput, WrittenSound } from "./types.ts";

type Sound = Pick<WrittenSound, "codec" | "sampleRate" | "channels">;

/** Bytes of a sound sample entry before the boxes in it, by the version in it: QuickTime has four numbers more in version 1. */
const ENTRY_BYTES: readonly number[] = [28, 44];

export function readWrittenSound(input: ByteInput, movie: Movie, track: MovieTrack): WrittenSound | undefined {
  const walker = new BoxWalker(input);
  const sound = readEntry(walker, track);
  const startTicks = startFromTables(input, movie, track);
  if (sound === undefined || startTicks === undefined) return undefined;
  return { streamIndex: movie.tracks.indexOf(track), ...sound, timeBase: { num: 1, den: track.timescale }, startTicks };
}

function readEntry(walker: BoxWalker, track: MovieTrack): Sound | undefined {
  const entry = sampleEntryOf(walker, track);
  const bytes = entry && ENTRY_BYTES[walker.content(entry, 10)?.getUint16(8) ?? -1];
  if (entry === undefined || bytes === undefined) return undefined;
  const boxes = [...walker.children(entry, bytes)];
  const find = (type: string): Box | undefined => boxes.find((box) => box.type === type);
  if (entry.type === "Opus") return readOpus(walker, find("dOps"));
  if (entry.type !== "mp4a") return undefined;
  // QuickTime puts it into a box of its own.
  const wave = find("wave");
  return readAac(walker, find("esds") ?? (wave && walker.child(wave, "esds")));
}

/** Opus in ISOBMFF, 4.3.2: the rate is that of the decoder, whatever the sound was before. */
function readOpus(walker: BoxWalker, box: Box | undefined): Sound | undefined {
  const view = box && walker.content(box, 2);
  return view === undefined ? undefined : { codec: "opus", sampleRate: 48_000, channels: view.getUint8(1) };
}

const ELEMENTARY_STREAM = 3;
const DECODER_CONFIGURATION = 4;
const DECODER_SPECIFIC = 5;
const MPEG4_AUDIO = 0x40;
/** What a descriptor says before those in it. */
const STREAM_BYTES = 3;
const DECODER_BYTES = 13;

/** ISO/IEC 14496-1, 7.2.6: descriptors in descriptors, each with a length of 1 to 4 times 7 bits. */
function readAac(walker: BoxWalker, box: Box | undefined): Sound | undefined {
  const length = box === undefined ? 0 : Math.min(box.end - box.contentStart, 256);
  const view = box && walker.content(box, length);
  if (view === undefined) return undefined;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(4);
  const stream = descriptor(bytes, 0, ELEMENTARY_STREAM);
  // Flags for a dependence, an address or a clock would move what follows.
  if (stream === undefined || bytes[stream + 2] !== 0) return undefined;
  const decoder = descriptor(bytes, stream + STREAM_BYTES, DECODER_CONFIGURATION);
  if (decoder === undefined || bytes[decoder] !== MPEG4_AUDIO) return undefined;
  const specific = descriptor(bytes, decoder + DECODER_BYTES, DECODER_SPECIFIC);
  return specific === undefined ? undefined : readAudioConfiguration(bytes.subarray(specific));
}

/** Where the content of the descriptor at `at` begins; undefined when it is another one. */
function descriptor(bytes: Uint8Array, at: number, tag: number): number | undefined {
  if (bytes[at] !== tag) return undefined;
  let start = at + 1;
  while (start < at + 4 && ((bytes[start] ?? 0) & 0x80) !== 0) start++;
  return start + 1;
}

const LOW_COMPLEXITY = 2;
const SPECTRAL_BAND_REPLICATION = 5;
const EXTENSION = 0x2b7;
const RATES: readonly number[] = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
/** By channelConfiguration; 0 is a layout of its own. */
const CHANNELS: readonly (number | undefined)[] = [undefined, 1, 2, 3, 4, 5, 6, 8];

/** ISO/IEC 14496-3, 1.6.2.1, of AAC-LC: with spectral band replication the rate is another one. */
function readAudioConfiguration(bytes: Uint8Array): Sound | undefined {
  try {
    const reader = new BitReader(bytes);
    if (reader.bits(5) !== LOW_COMPLEXITY) return undefined;
    const sampleRate = RATES[reader.bits(4)];
    const channels = CHANNELS[reader.bits(4)];
    reader.skip(3); // GASpecificConfig
    if (sampleRate === undefined || channels === undefined || isExtended(reader)) return undefined;
    return { codec: "aac", sampleRate, channels };
  } catch (error) {
    if (!(error instanceof MalformedInputError)) throw error;
    return undefined;
  }
}

/** The record may go on, as that of ffmpeg's encoder does, to say whether there is more than the core. */
function isExtended(reader: BitReader): boolean {
  try {
    return reader.bits(11) === EXTENSION && reader.bits(5) === SPECTRAL_BAND_REPLICATION && reader.flag();
  } catch (error) {
    if (!(error instanceof MalformedInputError)) throw error;
    return false;
  }
}
