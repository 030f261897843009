/** Whether packets of a transport stream were lost on the way (ISO/IEC 13818-1, 2.4.3.2 and 2.4.3.3). */
import type { ByteInput } from "./types.ts";

const SYNC_BYTE = 0x47;
/** Plain, with the clock of cameras in front, with error correction behind. */
const PACKET_BYTES = [188, 192, 204];
const HEAD_BYTES = 4096;
const PACKETS_PER_READ = 320;
const DISCONTINUITY = 0x80;
const PIDS = 8192;
/** Packets that fill a constant bit rate, which nobody counts. */
const FILLING_PID = 0x1fff;
const NONE = -1;

/** Where the first packet is, at the distances of one packet size through all of some bytes; undefined when they are no transport stream. */
export function transportPacketsOf(head: Uint8Array): { first: number; packetBytes: number } | undefined {
  for (const packetBytes of PACKET_BYTES) {
    for (let first = 0; first < packetBytes && head.length >= packetBytes; first++) {
      let at = first;
      while (at < head.length && head[at] === SYNC_BYTE) at += packetBytes;
      if (at >= head.length) return { first, packetBytes };
    }
  }
  return undefined;
}

/**
 * Packets of each stream are counted from 0 to 15 and over again. A gap in the count of any, or a packet that does not begin with the
 * sync byte, says that some are missing. All streams are looked at, since sixteen packets missing from one leave no gap in it.
 */
export function hasLostPackets(input: ByteInput): boolean {
  const layout = transportPacketsOf(input.read(0, Math.min(HEAD_BYTES, input.byteLength)));
  if (layout === undefined) return true;
  const { first, packetBytes } = layout;
  const lastCounts = new Int8Array(PIDS).fill(NONE);
  for (let at = first; at + packetBytes <= input.byteLength; at += PACKETS_PER_READ * packetBytes) {
    const packets = Math.min(PACKETS_PER_READ, Math.floor((input.byteLength - at) / packetBytes));
    const bytes = input.read(at, packets * packetBytes);
    for (let start = 0; start < bytes.length; start += packetBytes) {
      if (bytes[start] !== SYNC_BYTE) return true;
      const pid = (((bytes[start + 1] ?? 0) & 0x1f) << 8) + (bytes[start + 2] ?? 0);
      const count = countOf(bytes, start);
      if (count === undefined || pid === FILLING_PID) continue;
      const last = lastCounts[pid] ?? NONE;
      const isFollower = last === NONE || count === ((last + 1) & 15) || count === last;
      if (!isFollower && !isDiscontinuity(bytes, start)) return true;
      lastCounts[pid] = count;
    }
  }
  return false;
}

/** undefined for a packet without payload, which is not counted. */
function countOf(bytes: Uint8Array, start: number): number | undefined {
  const control = bytes[start + 3] ?? 0;
  return (control & 0x10) === 0 ? undefined : control & 15;
}

function isDiscontinuity(bytes: Uint8Array, start: number): boolean {
  const hasAdaptation = ((bytes[start + 3] ?? 0) & 0x20) !== 0 && (bytes[start + 4] ?? 0) > 0;
  return hasAdaptation && ((bytes[start + 5] ?? 0) & DISCONTINUITY) !== 0;
}
