import { expect, it } from "vitest";
import { type FrameCrcPacket, FrameCrcReader } from "../../../src/media/container/framecrc.ts";

it("FrameCrcReader reads time bases, times and flags of every stream, and nothing else", () => {
  const packets: FrameCrcPacket[] = [];
  const reader = new FrameCrcReader((packet) => packets.push(packet));
  const text = `#software: Lavf59.27.100
#tb 0: 1/12800
#tb 1: 1001/30000
#sar 0: 1/1
0,      -1024,          0,      512,     4790, 0xbdbbb4a4
0,       -512,       2048,      512,      968, 0xd74ee2d4, F=0x0
0,          0,       1024,      512,      596, 0x23fd2868, F=0x10
1,      -1024,      -1024,     1024,      258, 0x2c5b786a, F=0x5, S=1,       10
0,          4, -9223372036854775808,        1,     5299, 0x8bfb5ffb, S=1,        1, 0x00e000e0
0,          5,          5,        0,     5299, 0x8bfb5ffb, F=0x3

frame=    1 fps=0.0`;
  for (const line of text.split("\n")) reader.add(line);
  expect([...reader.timeBases]).toEqual([
    [0, { num: 1, den: 12_800 }],
    [1, { num: 1001, den: 30_000 }],
  ]);
  expect(
    packets.map(({ stream, tick, durationTicks, isKey, isHidden, isDamaged }) => [stream, tick, durationTicks, isKey, isHidden, isDamaged]),
  ).toEqual([
    [0, 0, 512, true, false, false],
    [0, 2048, 512, false, false, false],
    [0, 1024, 512, false, false, false],
    [1, -1024, 1024, true, true, false],
    [0, undefined, 1, true, false, false],
    [0, 5, 0, true, false, true],
  ]);
});
