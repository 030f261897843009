import { describe, expect, it } from "vitest";
import type { CarriedStream } from "../../src/media/carried-stream.ts";
import type { Carry } from "../../src/media/carry.ts";
import type { MediaIndex } from "../../src/media/container/index.ts";
import { outputFormatOf } from "../../src/media/output-format.ts";
import { proveStreams, type StreamClaims } from "../../src/media/proof-streams.ts";

const stream = (streamIndex: number, kind: CarriedStream["kind"], outputCodec: string, channels = 2): CarriedStream => {
  const sound = kind === "audio" ? { sampleRate: 48_000, channels } : undefined;
  return { streamIndex, kind, codec: "copy", outputCodec, sound, options: [] };
};

const carry: Carry = {
  streams: [stream(1, "audio", "ac3", 6), stream(2, "audio", "aac"), stream(3, "subtitle", "mov_text"), stream(4, "picture", "")],
  video: 0,
  chapters: [
    { startSeconds: 10, endSeconds: 11 },
    { startSeconds: 11, endSeconds: 14 },
  ],
  timecode: "01:00:00:00",
  losses: [],
};
const words = (languages: readonly (string | undefined)[], timecode?: string) =>
  languages.map((language) => ({ language, tags: new Map(timecode === undefined ? [] : [["timecode", timecode]]) }));

const input = { startMicroseconds: 10e6, metadataKeys: ["title", "odd"], words: words(["fra", "eng", "deu", "qaa", undefined]) };
const output = {
  video: { streamIndex: 0 },
  audio: [
    { streamIndex: 1, codec: "ac3", sampleRate: 48_000, channels: 6 },
    { streamIndex: 2, codec: "aac", sampleRate: 48_000, channels: 2 },
  ],
  subtitles: [{ streamIndex: 3, codec: "mov_text" }],
  attachedPictures: [4],
  data: [],
  chapters: [
    { startSeconds: 0, endSeconds: 1 },
    { startSeconds: 1, endSeconds: 4 },
  ],
  metadataKeys: ["title"],
  words: words(["fra", "eng", "deu", "qaa"], "01:00:00:00"),
};

function prove(change: object = {}, part: StreamClaims["part"] = { startSeconds: 0, durationSeconds: undefined }): void {
  const claims = { input: input as unknown as MediaIndex, carry, format: outputFormatOf("o.mp4", undefined), part };
  proveStreams({ ...output, ...change } as unknown as MediaIndex, claims);
}

describe("the proof of streams", () => {
  it("holds for an output that has all there is to carry", () => {
    expect(() => prove()).not.toThrow();
  });

  it.each([
    ["a track less", { audio: output.audio.slice(1) }, /1 audio streams and the plan 2/],
    ["a track more", { subtitles: [...output.subtitles, ...output.subtitles] }, /2 subtitle streams and the plan 1/],
    ["another order", { audio: output.audio.toReversed() }, /audio stream 1 of the output is aac and that of the plan ac3/],
    [
      "a downmix",
      { audio: output.audio.map((track) => ({ ...track, channels: 2 })) },
      /48000 Hz and 2 channels, and the plan 48000 Hz and 6/,
    ],
    ["another rate", { audio: output.audio.map((track) => ({ ...track, sampleRate: 44_100 })) }, /44100 Hz/],
    ["no cover", { attachedPictures: [] }, /0 attached pictures and the plan 1/],
    ["a chapter less", { chapters: output.chapters.slice(1) }, /1 chapters and the plan 2/],
    ["a late chapter", { chapters: [output.chapters[0], { startSeconds: 1.5, endSeconds: 4 }] }, /chapter 2 of the output begins at 1.5 s/],
    ["no title", { metadataKeys: [] }, /lacks the tag "title"/],
    ["a language less", { words: words(["fra", undefined, "deu", "qaa"], "01:00:00:00") }, /stream 1 of the output lacks the language eng/],
    [
      "no timecode",
      { words: output.words.map(({ language }) => ({ language, tags: new Map() })) },
      /has no timecode and the plan 01:00:00:00/,
    ],
  ])("fails for %s", (_what, change, message) => {
    expect(() => prove(change)).toThrow(message);
  });

  it("wants the chapters of the part that is shown, on its clock", () => {
    const late = { chapters: [{ startSeconds: 0, endSeconds: 2.5 }] };
    expect(() => prove(late, { startSeconds: 1.5, durationSeconds: undefined })).not.toThrow();
    expect(() => prove({ chapters: output.chapters.slice(0, 1) }, { startSeconds: 0, durationSeconds: 0.9 })).not.toThrow();
  });

  it("does not mind whether chapters that only touch the part are there", () => {
    const at = (startSeconds: number) => ({ startSeconds, endSeconds: startSeconds });
    // The second alone is in the part, the first ends where it starts.
    const rest = { startSeconds: 1, durationSeconds: undefined };
    for (const chapters of [[at(0)], [at(0), at(0)]]) expect(() => prove({ chapters }, rest)).not.toThrow();
    for (const chapters of [[], [at(0.5)], [at(0), at(0), at(0)]]) expect(() => prove({ chapters }, rest)).toThrow("chapter");
    // The first alone is, and the second starts where it ends.
    const length = { startSeconds: 0, durationSeconds: 1 };
    for (const chapters of [[at(0)], [at(0), at(1)]]) expect(() => prove({ chapters }, length)).not.toThrow();
    for (const chapters of [[], [at(0), at(0), at(0)]]) expect(() => prove({ chapters }, length)).toThrow("chapters and the plan");
  });
});
