import { describe, expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import { BitReader } from "../../../src/media/bitstream/bit-reader.ts";

/** Bytes of a string of bits, filled up with zeros. */
function bits(text: string): BitReader {
  const digits = text.replaceAll(" ", "");
  return new BitReader(
    Uint8Array.from({ length: Math.ceil(digits.length / 8) }, (_, at) =>
      Number.parseInt(digits.slice(at * 8, at * 8 + 8).padEnd(8, "0"), 2),
    ),
  );
}

describe("BitReader", () => {
  it("reads fields across byte borders, up to 32 bits without sign", () => {
    const reader = bits("101 11111111111111111111111111111111 0110");
    expect([reader.bits(3), reader.bits(32), reader.bits(4)]).toEqual([5, 2 ** 32 - 1, 6]);
  });

  it("reads Exp-Golomb numbers as the tables 9-1 and 9-3 of H.264 list them", () => {
    const reader = bits("1 010 011 00100 00111 0001000");
    expect([0, 0, 0, 0, 0, 0].map(() => reader.ue())).toEqual([0, 1, 2, 3, 6, 7]);
    const signed = bits("1 010 011 00100 00101");
    expect([0, 0, 0, 0, 0].map(() => signed.se())).toEqual([-0, 1, -1, 2, -2]);
  });

  it("refuses to read past the end, and a number of more than 32 zeros", () => {
    expect(() => bits("1010").bits(9)).toThrow(MalformedInputError);
    expect(() => bits("0000").ue()).toThrow(MalformedInputError);
    expect(() => new BitReader(new Uint8Array(64)).ue()).toThrow(/too long/);
    expect(() => bits("0001000").ueAtMost(6, "a_field")).toThrow(/a_field is 7/);
  });
});
