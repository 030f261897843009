import { describe, expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import { readMatroskaHead } from "../../../src/media/container/matroska.ts";
import { byteInput } from "../byte-input.ts";
import { mutated, seededRandom } from "../seeded-random.ts";

/** An element with a size of four bytes. */
function element(id: string, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(0x10000000 + content.length);
  return Buffer.concat([Buffer.from(id, "hex"), size, content]);
}

const UNKNOWN_SIZE = Buffer.from("01ffffffffffffff", "hex");
const docType = (name: string) => element("1a45dfa3", element("4282", Buffer.from(name)));
const track = (...parts: readonly Buffer[]) => element("1654ae6b", element("ae", element("d7", Buffer.from([1])), ...parts));
const encryption = element("6d80", element("6240", element("5033", Buffer.from([1])), element("5035", Buffer.from([0]))));
const compression = element("6d80", element("6240", element("5034", Buffer.from([0]))));
const cluster = element("1f43b675", Buffer.alloc(100));
const read = (...parts: readonly Buffer[]) => readMatroskaHead(byteInput(Buffer.concat(parts)));

describe("readMatroskaHead", () => {
  it("tells WebM from Matroska", () => {
    expect(read(docType("webm"), element("18538067", track(), cluster))).toEqual({ docType: "webm", hasEncryptedTrack: false });
    expect(read(docType("matroska"), element("18538067", track(), cluster)).docType).toBe("matroska");
  });

  it("finds encryption, and does not take compression for it", () => {
    expect(read(docType("webm"), element("18538067", track(encryption), cluster)).hasEncryptedTrack).toBe(true);
    expect(read(docType("webm"), element("18538067", track(compression), cluster)).hasEncryptedTrack).toBe(false);
  });

  it("reads a segment of unknown size, as live recordings have, and refuses one that is cut short", () => {
    const content = Buffer.concat([track(encryption), cluster]);
    expect(read(docType("webm"), Buffer.from("18538067", "hex"), UNKNOWN_SIZE, content).hasEncryptedTrack).toBe(true);
    const whole = Buffer.concat([docType("matroska"), element("18538067", track(), cluster)]);
    expect(() => read(whole.subarray(0, whole.length - 9))).toThrow(/9 bytes are missing/);
    expect(() => read(docType("matroska"))).toThrow(MalformedInputError);
  });

  it("answers or refuses with few reads, whatever the bytes (5,000 seeded mutations)", () => {
    const random = seededRandom(8794);
    const original = Buffer.concat([docType("matroska"), element("18538067", track(encryption), cluster)]);
    for (let round = 0; round < 5000; round++) {
      const input = byteInput(mutated(original, random));
      try {
        readMatroskaHead(input);
      } catch (error) {
        if (!(error instanceof MalformedInputError)) throw error;
      }
      expect(input.reads).toBeLessThan(500);
    }
  });
});
