import { describe, expect, it } from "vitest";
import { type NalCodec, StreamScan } from "../../../src/media/bitstream/scan.ts";
import { mutated, seededRandom } from "../seeded-random.ts";
import { H264_EXAMPLES, HEVC_EXAMPLES } from "./parameter-sets.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const join = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
const H264_SPS = H264_EXAMPLES[0]?.bytes ?? new Uint8Array(0);
const HEVC_SPS = HEVC_EXAMPLES[0]?.bytes ?? new Uint8Array(0);
const CAPTIONS = hex("06 04 0d b5 00 31 47 41 39 34 03 c1 ff fc 80 80 80");

/** avcC with one SPS and length fields of `lengthBytes`. */
function avcConfiguration(lengthBytes: number): Uint8Array {
  return join(Uint8Array.of(1, 100, 0, 11, 0xfc | (lengthBytes - 1), 0xe1, 0, H264_SPS.length), H264_SPS, Uint8Array.of(0));
}

/** hvcC with one array that holds one SPS. */
function hevcConfiguration(): Uint8Array {
  const head = new Uint8Array(23);
  head.set([1], 0);
  head.set([0xff, 1], 21);
  return join(head, Uint8Array.of(33, 0, 1, 0, HEVC_SPS.length), HEVC_SPS);
}

describe("StreamScan", () => {
  it("reads the record of MP4, then packets with lengths of its size", () => {
    const scan = new StreamScan("h264");
    scan.addConfiguration(avcConfiguration(2));
    expect(scan.lengthBytes).toBe(2);
    expect(scan.sequence).toMatchObject({ width: 160, height: 90 });
    scan.addPacket(join(Uint8Array.of(0, CAPTIONS.length), CAPTIONS, Uint8Array.of(0, 2, 0x65, 0x88)));
    expect([...scan.features]).toEqual(["closed captions"]);
  });

  it("reads packets with start codes where there is no record", () => {
    const scan = new StreamScan("h264");
    scan.addPacket(join(hex("00 00 00 01"), H264_SPS, hex("00 00 01"), CAPTIONS, hex("00 00 01 65 88")));
    expect(scan.sequence?.profile).toBe(100);
    expect([...scan.features]).toEqual(["closed captions"]);
  });

  it("knows Dolby Vision and layers beside the base by the units of H.265", () => {
    const scan = new StreamScan("hevc");
    scan.addConfiguration(hevcConfiguration());
    expect(scan.sequence).toMatchObject({ bitDepth: 10 });
    scan.addUnit(hex("7c 01 19"));
    scan.addUnit(hex("02 09 80"));
    expect([...scan.features].sort()).toEqual(["Dolby Vision", "enhancement layer"]);
  });

  it("tells recovery points that a picture needs others to be whole from those where it stands alone", () => {
    const isGradual = (codec: NalCodec, unit: string): boolean => {
      const scan = new StreamScan(codec);
      scan.addUnit(hex(unit));
      return scan.hasGradualRefresh;
    };
    // recovery_frame_cnt 4 and 0, then recovery_poc_cnt 2, 0 and -2.
    expect(isGradual("h264", "06 06 01 2c 80")).toBe(true);
    expect(isGradual("h264", "06 06 01 c4 80")).toBe(false);
    expect(isGradual("hevc", "4e 01 06 01 24 80")).toBe(true);
    expect(isGradual("hevc", "4e 01 06 01 c0 80")).toBe(false);
    expect(isGradual("hevc", "4e 01 06 01 2c 80")).toBe(false);
  });

  it("takes what it cannot parse for unknown", () => {
    const scan = new StreamScan("h264");
    scan.addConfiguration(hex("01 64 00"));
    scan.addConfiguration(hex("01 64 00 0b ff e1 ff ff 67"));
    scan.addUnit(hex("67 64"));
    scan.addPacket(hex("00 00"));
    expect(scan.sequence).toBeUndefined();
    expect(scan.features.size).toBe(0);
  });

  it.each<{ codec: NalCodec; record: Uint8Array }>([
    { codec: "h264", record: avcConfiguration(4) },
    { codec: "hevc", record: hevcConfiguration() },
  ])("never fails on damaged $codec bytes (10,000 seeded inputs)", ({ codec, record }) => {
    const random = seededRandom(77);
    const packet = join(hex("00 00 00 01"), H264_SPS, hex("00 00 01"), CAPTIONS, hex("00 00 01"), HEVC_SPS);
    for (let round = 0; round < 10_000; round++) {
      const scan = new StreamScan(codec);
      if (round % 2 === 0) scan.addConfiguration(mutated(record, random));
      scan.addPacket(mutated(packet, random));
      expect(scan.lengthBytes).toBeLessThanOrEqual(4);
    }
  });
});
