import { describe, expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import { annexBUnits, lengthPrefixedUnits, rawPayload } from "../../../src/media/bitstream/nal.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const texts = (units: Iterable<Uint8Array>): string[] => [...units].map((unit) => Buffer.from(unit).toString("hex"));

describe("annexBUnits", () => {
  it("finds units behind start codes of three and four bytes and leaves zeros at their ends out", () => {
    expect(texts(annexBUnits(hex("00 00 00 01 67 64 00 00 01 68 ee 00 00 00 01 65 88 00 00")))).toEqual(["6764", "68ee", "6588"]);
  });

  it("finds nothing in bytes without a start code, and nothing between two of them", () => {
    expect(texts(annexBUnits(hex("67 64 00 0a")))).toEqual([]);
    expect(texts(annexBUnits(hex("00 00 01 00 00 01 09 f0")))).toEqual(["09f0"]);
    expect(texts(annexBUnits(new Uint8Array(0)))).toEqual([]);
  });

  it("yields views of the bytes it was given", () => {
    const bytes = hex("00 00 01 65 88 84");
    const [unit] = annexBUnits(bytes);
    expect(unit?.buffer).toBe(bytes.buffer);
    expect(unit?.byteOffset).toBe(3);
  });
});

describe("lengthPrefixedUnits", () => {
  it("reads lengths of one to four bytes and skips empty units", () => {
    expect(texts(lengthPrefixedUnits(hex("00 00 00 02 67 64 00 00 00 00 00 00 00 01 68"), 4))).toEqual(["6764", "68"]);
    expect(texts(lengthPrefixedUnits(hex("02 67 64 01 68"), 1))).toEqual(["6764", "68"]);
  });

  it("refuses a length that points outside the packet", () => {
    expect(() => texts(lengthPrefixedUnits(hex("ff ff ff ff 67"), 4))).toThrow(MalformedInputError);
    expect(() => texts(lengthPrefixedUnits(hex("00 05 67 64"), 2))).toThrow(MalformedInputError);
  });
});

describe("rawPayload", () => {
  it("removes each 3 of a 0 0 3, and counts zeros anew behind it", () => {
    expect(Buffer.from(rawPayload(hex("67 00 00 03 01 00 00 03 00 00 03 03"), 1)).toString("hex")).toBe("000001000000" + "0003");
    expect(Buffer.from(rawPayload(hex("67 00 00 03 00 00 03"), 1)).toString("hex")).toBe("00000000");
  });

  it("copies only where there is something to remove", () => {
    const plain = hex("67 64 00 0a ac");
    expect(rawPayload(plain, 1).buffer).toBe(plain.buffer);
    const escaped = hex("67 00 00 03 01");
    expect(rawPayload(escaped, 1).buffer).not.toBe(escaped.buffer);
  });

  it("looks at the first 64 KiB of a unit at most", () => {
    expect(rawPayload(new Uint8Array(1_000_000).fill(7), 1).length).toBe(65_536);
  });
});
