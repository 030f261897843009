/** Packet times from the sample tables of an MP4 or QuickTime file, read by mediabunny without touching the media data. */
import { MmError } from "../../base/index.ts";
import type { MovieTrack } from "./isobmff-movie.ts";
import type { ShownTicks } from "./isobmff-tables.ts";
import { openWithMediabunny } from "./mediabunny-input.ts";
import { PacketTable } from "./packet-table.ts";
import type { ByteInput } from "./types.ts";

/**
 * @returns undefined when mediabunny does not see the track, or an edit list hides packets: both are for ffmpeg to judge
 * @throws what reading the input throws
 */
export async function packetsFromTables(input: ByteInput, track: MovieTrack, shown: ShownTicks): Promise<PacketTable | undefined> {
  try {
    using opened = await openWithMediabunny(input);
    const { EncodedPacketSink } = await import("mediabunny");
    const found = (await opened.getVideoTracks()).find(({ id }) => id === track.id);
    if (found === undefined) return undefined;
    const table = new PacketTable();
    for await (const packet of new EncodedPacketSink(found).packets(undefined, undefined, { metadataOnly: true })) {
      const tick = Math.round(packet.timestamp * track.timescale);
      if (tick < shown.first || tick >= shown.end) return undefined;
      table.add(tick, packet.type === "key", false, Math.round(packet.duration * track.timescale));
    }
    return table.length === 0 ? undefined : table;
  } catch (error) {
    if (error instanceof MmError) throw error;
    return undefined;
  }
}
