import { describe, expect, it } from "vitest";
import { MmError } from "../../../src/base/index.ts";
import { headOfMovieTrack } from "../../../src/media/container/head.ts";
import { readMovie } from "../../../src/media/container/isobmff-movie.ts";
import { packetsFromTables } from "../../../src/media/container/isobmff-tables.ts";
import type { FrameTimes } from "../../../src/media/container/packet-table.ts";
import { H264_EXAMPLES } from "../bitstream/parameter-sets.ts";
import { byteInput } from "../byte-input.ts";
import { mutated, seededRandom } from "../seeded-random.ts";
import { box, type Mp4Track, mp4Bytes } from "./mp4-bytes.ts";

/** Six frames of 40 ticks, decoded as 1 3 2 4 6 5 of the order they are shown in. */
const SIX: Mp4Track = {
  durations: [[6, 40]],
  offsets: [
    [1, 40],
    [1, 80],
    [1, 0],
    [1, 40],
    [1, 80],
    [1, 0],
  ],
  syncs: [1, 4],
  sizes: [9, 9, 9, 9, 9, 9],
  samplesPerChunk: 4,
};

function timesOf(track: Mp4Track, bytes = mp4Bytes([track])): FrameTimes | undefined {
  const input = byteInput(bytes);
  const movie = readMovie(input);
  const [found] = movie.tracks;
  return found && packetsFromTables(input, movie, found)?.finish();
}

describe("packetsFromTables", () => {
  it("orders frames as they are shown and finds the sync samples among them", () => {
    const times = timesOf(SIX);
    expect([...(times?.ticks ?? [])]).toEqual([40, 80, 120, 160, 200, 240]);
    expect([...(times?.keyframes ?? [])]).toEqual([0, 3]);
    expect(times).toMatchObject({ isReordered: true, doubts: [], lastDurationTicks: 40 });
  });

  it("takes every sample for a sync sample where there is no table of them", () => {
    const { syncs: _, offsets: __, ...plain } = SIX;
    expect([...(timesOf(plain)?.keyframes ?? [])]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(timesOf(plain)?.isReordered).toBe(false);
  });

  it("counts the keyframes of open groups, which QuickTime lists apart", () => {
    expect([...(timesOf({ ...SIX, syncs: [1], partialSyncs: [4, 5] })?.keyframes ?? [])]).toEqual([0, 3, 5]);
  });

  it("moves times by one edit, and by a stretch of nothing before it, rounded to the nearest tick", () => {
    expect(timesOf({ ...SIX, edits: [[240, 40]] })?.ticks[0]).toBe(0);
    expect(
      timesOf({
        ...SIX,
        edits: [
          [500, -1],
          [240, 40],
        ],
      })?.ticks[0],
    ).toBe(500);
    expect(
      timesOf({
        ...SIX,
        timescale: 1500,
        edits: [
          [333, -1],
          [500, 40],
        ],
      })?.ticks[0],
    ).toBe(500);
    expect(
      timesOf({
        ...SIX,
        timescale: 90_000,
        edits: [
          [83, -1],
          [500, 0],
        ],
      })?.ticks[0],
    ).toBe(7510);
  });

  it("uses negative composition offsets", () => {
    const track: Mp4Track = {
      ...SIX,
      offsets: [
        [1, 0],
        [1, 40],
        [1, -40],
        [1, 0],
        [1, 40],
        [1, -40],
      ],
    };
    expect([...(timesOf(track)?.ticks ?? [])]).toEqual([0, 40, 80, 120, 160, 200]);
  });

  it("leaves to ffmpeg what hides frames or plays them otherwise", () => {
    const answers = (edits: NonNullable<Mp4Track["edits"]>) => timesOf({ ...SIX, edits }) !== undefined;
    expect(answers([[240, 40]])).toBe(true);
    expect(answers([[240, 80]])).toBe(false);
    expect(answers([[200, 40]])).toBe(false);
    expect(answers([[240, 40, 32_768]])).toBe(false);
    expect(
      answers([
        [120, 40],
        [120, 160],
      ]),
    ).toBe(false);
    expect(answers([[0, 40]])).toBe(false);
  });

  it("leaves to ffmpeg tables that contradict each other", () => {
    expect(timesOf({ ...SIX, durations: [[5, 40]] })).toBeUndefined();
    expect(timesOf({ ...SIX, durations: [[6, 2 ** 29]] })).toBeUndefined();
    expect(timesOf({ ...SIX, offsets: [[5, 0]] })).toBeUndefined();
    expect(timesOf({ ...SIX, timescale: 0 })).toBeUndefined();
    const bytes = mp4Bytes([SIX]);
    bytes.writeUInt32BE(4_000_000_000, bytes.indexOf("stsz") + 12);
    expect(timesOf(SIX, bytes)).toBeUndefined();
    const behind = mp4Bytes([SIX]);
    behind.writeUInt32BE(4_000_000_000, behind.indexOf("stco") + 12);
    expect(timesOf(SIX, behind)).toBeUndefined();
  });

  it("doubts a track that does not begin with a sync sample, and frames shown at one time", () => {
    expect(timesOf({ ...SIX, syncs: [4] })?.doubts).toContain("the first packet is no keyframe");
    expect(
      timesOf({
        ...SIX,
        durations: [
          [2, 40],
          [1, 0],
          [3, 40],
        ],
        offsets: [[6, 0]],
      })?.doubts,
    ).toEqual(["two frames at one time"]);
  });

  it("reads tables of any length in pieces", () => {
    const count = 10_000;
    const durations = Array.from({ length: count }, (_, at) => [1, 30 + (at % 7)] as const);
    const times = timesOf({ durations, sizes: Array.from({ length: count }, () => 1), syncs: [1, 5001], samplesPerChunk: 100 });
    const sum = durations.slice(0, -1).reduce((total, [, duration]) => total + duration, 0);
    expect(times?.ticks.length).toBe(count);
    expect(times?.ticks[count - 1]).toBe(sum);
    expect([...(times?.keyframes ?? [])]).toEqual([0, 5000]);
  });
});

describe("headOfMovieTrack", () => {
  const sps = Buffer.from(H264_EXAMPLES[0]?.bytes ?? []);
  const record = Buffer.concat([Buffer.from([1, 100, 0, 11, 0xff, 0xe1, 0, sps.length]), sps, Buffer.from([0])]);
  const unit = (...bytes: number[]) => Buffer.from([0, 0, 0, bytes.length, ...bytes]);
  const captions = unit(6, 4, 13, 0xb5, 0, 0x31, 0x47, 0x41, 0x39, 0x34, 3, 0xc1, 0xff, 0xfc, 0x80, 0x80, 0x80);
  const slice = unit(0x65, 0x88, 0x84);
  const track: Mp4Track = {
    durations: [[2, 40]],
    sizes: [slice.length, captions.length + slice.length],
    entryBoxes: [box("avcC", record)],
    media: Buffer.concat([slice, captions, slice]),
  };

  it("reads the configuration and the units of the first samples where they are", () => {
    const input = byteInput(mp4Bytes([track]));
    const [found] = readMovie(input).tracks;
    const head = found && headOfMovieTrack(input, found);
    expect(head?.codec).toBe("h264");
    expect(head?.scan.sequence).toMatchObject({ width: 160, height: 90 });
    expect([...(head?.scan.features ?? [])]).toEqual(["closed captions"]);
    expect(head?.scan.hasPartOfFrame).toBe(false);
  });

  it("notices samples without a picture", () => {
    const input = byteInput(mp4Bytes([{ ...track, sizes: [slice.length, captions.length, slice.length], durations: [[3, 40]] }]));
    const [found] = readMovie(input).tracks;
    expect(found && headOfMovieTrack(input, found)?.scan.hasPartOfFrame).toBe(true);
  });

  it("answers or refuses with few reads, whatever the bytes, as the tables do (5,000 seeded mutations)", () => {
    const random = seededRandom(23_008);
    const original = mp4Bytes([{ ...track, offsets: [[2, 0]], edits: [[80, 0]], syncs: [1] }]);
    for (let round = 0; round < 5000; round++) {
      const input = byteInput(mutated(original, random));
      try {
        const movie = readMovie(input);
        for (const found of movie.tracks) {
          headOfMovieTrack(input, found);
          expect(packetsFromTables(input, movie, found)?.length ?? 0).toBeLessThanOrEqual(input.byteLength);
        }
      } catch (error) {
        if (!(error instanceof MmError)) throw error;
      }
      expect(input.reads).toBeLessThan(20_000);
    }
  });
});
