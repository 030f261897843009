import { describe, expect, it } from "vitest";
import { checkY4mLength } from "../../../src/media/container/y4m.ts";
import { byteInput } from "../byte-input.ts";

const file = (parameters: string, frameBytes: number, frames: number, line = "FRAME\n") =>
  Buffer.concat([
    Buffer.from(`YUV4MPEG2 ${parameters}\n`),
    ...Array.from({ length: frames }, () => Buffer.concat([Buffer.from(line), Buffer.alloc(frameBytes, 128)])),
  ]);

describe("checkY4mLength", () => {
  it.each([
    ["W5 H3 F25:1", 15 + 2 * 3 * 2],
    ["W5 H3 F25:1 Ip A1:1 C420mpeg2 XYSCSS=420MPEG2", 15 + 2 * 3 * 2],
    ["W5 H3 F25:1 C420p10 XYSCSS=420P10", 2 * (15 + 2 * 3 * 2)],
    ["W5 H3 F25:1 C411", 15 + 2 * 2 * 3],
    ["W5 H3 F25:1 C422", 15 + 2 * 3 * 3],
    ["W5 H3 F25:1 C444", 45],
    ["W5 H3 F25:1 C444alpha", 60],
    ["W5 H3 F25:1 Cmono", 15],
    ["W5 H3 F25:1 Cmono12", 30],
  ])("knows how long the frames of %s are", (parameters, frameBytes) => {
    const whole = file(parameters, frameBytes, 3);
    expect(() => checkY4mLength(byteInput(whole))).not.toThrow();
    for (const missing of [1, frameBytes, frameBytes + 5])
      expect(() => checkY4mLength(byteInput(whole.subarray(0, whole.length - missing)))).toThrow(`cut short: ${missing} bytes are missing`);
  });

  it("leaves alone what it cannot measure", () => {
    for (const bytes of [
      file("W5 H3 Cstrange", 7, 2),
      file("W5 H3", 27, 2, "FRAME Ip\n").subarray(0, 60),
      file("H3", 27, 2).subarray(0, 40),
    ])
      expect(() => checkY4mLength(byteInput(bytes))).not.toThrow();
    expect(() => checkY4mLength(byteInput(Buffer.from("YUV4MPEG2 W5")))).not.toThrow();
  });
});
