import { describe, expect, it } from "vitest";
import { hasLostPackets } from "../../../src/media/container/transport-stream.ts";
import { byteInput } from "../byte-input.ts";

const PID = 0x1ab;
type Packet = { count: number; pid?: number; control?: number; adaptation?: readonly number[] };

/** `control` 1 = payload, 2 = adaptation field, 3 = both. */
function stream(packets: readonly Packet[], packetBytes = 188, lead = 0): Uint8Array {
  const bytes = new Uint8Array(lead + packets.length * packetBytes).fill(0x55);
  for (const [at, { count, pid = PID, control = 1, adaptation = [] }] of packets.entries()) {
    bytes.set([0x47, pid >> 8, pid & 255, (control << 4) | count, ...adaptation], lead + at * packetBytes);
  }
  return bytes;
}

const counted = (length: number): Packet[] => Array.from({ length }, (_, at) => ({ count: at % 16 }));
const lost = (packets: readonly Packet[], packetBytes?: number, lead?: number) =>
  hasLostPackets(byteInput(stream(packets, packetBytes, lead)));

describe("hasLostPackets", () => {
  it("finds none in a whole stream, whatever its packets and however long", () => {
    for (const packetBytes of [188, 192, 204]) for (const lead of [0, 4, 100]) expect(lost(counted(1000), packetBytes, lead)).toBe(false);
  });

  it("finds a gap wherever it is", () => {
    for (const gap of [1, 40, 321, 998]) expect(lost(counted(1000).filter((_, at) => at !== gap))).toBe(true);
  });

  it("finds a gap that only another stream shows, and looks for none in filling", () => {
    const between = (pid: number): Packet[] => [...counted(5), { count: 4, pid }, ...counted(21).slice(5), { count: 9, pid }];
    expect(lost(between(0x100))).toBe(true);
    expect(lost(between(0x1fff))).toBe(false);
  });

  it("passes over packets without payload, and those sent twice", () => {
    const packets = counted(40);
    packets.splice(7, 0, { count: 6, control: 2, adaptation: [183, 0] }, { count: 6 });
    expect(lost(packets)).toBe(false);
  });

  it("takes a jump that the stream announces for what it is", () => {
    const jump = [...counted(5), { count: 12, control: 3, adaptation: [1, 0x80] }, { count: 13 }];
    expect(lost(jump)).toBe(false);
    expect(lost(jump.map((packet) => ({ ...packet, adaptation: packet.control === 3 ? [1, 0] : [] })))).toBe(true);
  });

  it("calls a stream damaged where packets do not begin where they should", () => {
    const bytes = stream(counted(1000));
    bytes[188 * 500] = 0;
    expect(hasLostPackets(byteInput(bytes))).toBe(true);
  });
});
