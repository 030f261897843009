/** Looks through the decoder configuration and the first packets of an H.264 or H.265 track. */
import type { EncodedPacket, Input } from "mediabunny";
import { MalformedInputError, MmError } from "../../base/index.ts";
import { type NalCodec, StreamScan } from "../bitstream/index.ts";
import { BoxWalker } from "./isobmff-boxes.ts";
import { firstSamples } from "./isobmff-samples.ts";
import type { MovieTrack } from "./isobmff-track.ts";
import { openWithMediabunny } from "./mediabunny-input.ts";
import type { ByteInput } from "./types.ts";

/** Captions, HDR10+ and Dolby Vision come with every frame or nearly so. */
const PACKETS = 32;
/** As much of a unit as matters. */
const UNIT_BYTES = 60 * 1024;
/** Pictures of many slices have a few hundred. */
const MOST_UNITS = 4096;

export type Head = { readonly codec: NalCodec; readonly scan: StreamScan };

/** Reads units where they are, and of pictures only their headers. undefined when the track is neither H.264 nor H.265. */
export function headOfMovieTrack(input: ByteInput, track: MovieTrack): Head | undefined {
  const box = track.configuration;
  if (box === undefined) return undefined;
  const codec = box.type === "avcC" ? "h264" : "hevc";
  const scan = new StreamScan(codec);
  const walker = new BoxWalker(input);
  const record = walker.content(box, Math.min(box.end - box.contentStart, UNIT_BYTES));
  if (record === undefined) return { codec, scan };
  scan.addConfiguration(new Uint8Array(record.buffer, record.byteOffset, record.byteLength));
  if (scan.lengthBytes === 0) return { codec, scan };
  for (const { offset, byteLength } of firstSamples(walker, track, PACKETS)) {
    scan.inPacket(() => addSample(scan, input, offset, offset + byteLength));
  }
  return { codec, scan };
}

function addSample(scan: StreamScan, input: ByteInput, start: number, end: number): void {
  let at = start;
  for (let units = 0; units < MOST_UNITS && at + scan.lengthBytes < end; units++) {
    const lengthField = input.read(at, scan.lengthBytes);
    const length = lengthField.reduce((value, byte) => value * 256 + byte, 0);
    at += scan.lengthBytes;
    if (length === 0) continue;
    if (length > end - at) return;
    scan.addUnit(input.read(at, Math.min(length, UNIT_BYTES)));
    at += length;
  }
}

/**
 * A video track of a file without sample tables, read by mediabunny. undefined when it cannot, or the track is of another codec.
 *
 * @param videoIndex - which of the video tracks
 * @throws what reading the input throws
 */
export async function headOfPackets(input: ByteInput, videoIndex: number): Promise<Head | undefined> {
  try {
    using opened = await openWithMediabunny(input);
    return await lookAt(opened, videoIndex);
  } catch (error) {
    if (error instanceof MmError && !(error instanceof MalformedInputError)) throw error;
    return undefined;
  }
}

async function lookAt(opened: Input, videoIndex: number): Promise<Head | undefined> {
  const { EncodedPacketSink } = await import("mediabunny");
  const track = (await opened.getVideoTracks())[videoIndex];
  const codec = nalCodecOf(await track?.getCodec());
  if (track === undefined || codec === undefined) return undefined;
  const scan = new StreamScan(codec);
  const description: unknown = (await track.getDecoderConfig())?.description;
  if (description instanceof Uint8Array) scan.addConfiguration(description);
  const sink = new EncodedPacketSink(track);
  let packet: EncodedPacket | null = await sink.getFirstPacket();
  for (let count = 0; packet !== null && count < PACKETS; count++) {
    scan.addPacket(packet.data);
    packet = await sink.getNextPacket(packet);
  }
  return { codec, scan };
}

function nalCodecOf(codec: string | null | undefined): NalCodec | undefined {
  if (codec === "avc") return "h264";
  return codec === "hevc" ? "hevc" : undefined;
}
