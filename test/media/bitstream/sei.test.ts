import { describe, expect, it } from "vitest";
import { contentLightOf, masteringDisplayOf, nameOfMessage, seiMessages } from "../../../src/media/bitstream/sei.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const registered = (text: string) => nameOfMessage({ type: 4, payload: hex(text) });

describe("seiMessages", () => {
  it("adds up types and sizes of 255 and stops at the stop bit", () => {
    const payload = Uint8Array.from([5, 255, 2, ...new Uint8Array(257), 0x89, 1, 7, 0x80]);
    expect([...seiMessages(payload)].map(({ type, payload: body }) => [type, body.length])).toEqual([
      [5, 257],
      [137, 1],
    ]);
  });

  it("does not yield a message that runs over the end", () => {
    expect([...seiMessages(hex("04 20 b5 00 31"))]).toEqual([]);
    expect([...seiMessages(new Uint8Array(4096).fill(255))]).toEqual([]);
  });
});

describe("nameOfMessage", () => {
  it("knows captions, and not caption messages that carry none", () => {
    expect(registered("b5 00 31 47 41 39 34 03 c2 ff fc 80 80")).toBe("closed captions");
    expect(registered("b5 00 31 47 41 39 34 03 c0 ff")).toBeUndefined();
    expect(registered("b5 00 31 47 41 39 34 06")).toBeUndefined();
  });

  it("knows HDR10+, Dolby Vision, HDR Vivid, film grain and the active format by country and provider", () => {
    expect(registered("b5 00 3c 00 01 04 01")).toBe("HDR10+");
    expect(registered("b5 00 3b 00 00 08 00")).toBe("Dolby Vision");
    expect(registered("26 00 04 00 05")).toBe("HDR Vivid");
    expect(registered("b5 58 90 00 01")).toBe("film grain");
    expect(registered("b5 00 31 44 54 47 31 41")).toBe("active format description");
    expect(registered("b5 00 3c 00 02 04")).toBeUndefined();
    expect(registered("")).toBeUndefined();
  });

  it("knows messages by type, and nothing of settings an encoder leaves behind", () => {
    expect(nameOfMessage({ type: 45, payload: hex("00") })).toBe("stereo 3D");
    expect(nameOfMessage({ type: 5, payload: hex("dc45e9bde6d948b7962cd820d923eeef") })).toBeUndefined();
  });
});

describe("static HDR messages", () => {
  it("are read in the units of the standards, red before green before blue", () => {
    const payload = hex("33c2 86c4 1d4c 0bb8 84d0 3e80 3d13 4042 00989680 00000001");
    expect(masteringDisplayOf({ type: 137, payload })).toEqual({
      primaries: [
        [34_000, 16_000],
        [13_250, 34_500],
        [7500, 3000],
        [15_635, 16_450],
      ],
      maxLuminance: 10_000_000,
      minLuminance: 1,
    });
    expect(contentLightOf({ type: 144, payload: hex("03e8 0190") })).toEqual({ maxCll: 1000, maxFall: 400 });
  });

  it("are nothing when cut short", () => {
    expect(masteringDisplayOf({ type: 137, payload: new Uint8Array(23) })).toBeUndefined();
    expect(contentLightOf({ type: 144, payload: new Uint8Array(3) })).toBeUndefined();
  });
});
