import { expect, it } from "vitest";
import type { Carry } from "../../src/media/carry.ts";
import type { MediaIndex } from "../../src/media/container/index.ts";
import { proveStreams } from "../../src/media/proof-streams.ts";

const carry: Carry = {
  chapters: 0,
  streams: [
    { streamIndex: 1, kind: "audio", codec: "copy" },
    { streamIndex: 2, kind: "audio", codec: "aac" },
    { streamIndex: 3, kind: "subtitle", codec: "mov_text" },
  ],
};
const output = (audio: number, subtitles: number) =>
  ({ audio: Array(audio).fill({}), subtitles: Array(subtitles).fill({}) }) as unknown as MediaIndex;

it("names a stream that the output lacks", () => {
  proveStreams(output(2, 1), carry);
  expect(() => proveStreams(output(1, 1), carry)).toThrow(/1 audio streams and the plan 2/);
  expect(() => proveStreams(output(2, 0), carry)).toThrow(/0 subtitle streams/);
});
