import { describe, expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import { orientationOf } from "../../../src/media/container/display-matrix.ts";
import { readMovie } from "../../../src/media/container/isobmff-movie.ts";
import { isEncrypted } from "../../../src/media/container/isobmff-track.ts";
import { byteInput } from "../byte-input.ts";
import { mutated, seededRandom } from "../seeded-random.ts";
import { box, type Mp4Track, mp4Bytes, u32 } from "./mp4-bytes.ts";

const VIDEO: Mp4Track = { durations: [[3, 40]], sizes: [10, 10, 10], syncs: [1] };
const movieOf = (track: Mp4Track) => readMovie(byteInput(mp4Bytes([{ ...VIDEO, ...track }])));

describe("readMovie", () => {
  it("reads tracks in the order of the file with their clocks, handlers and edits", () => {
    const bytes = mp4Bytes([
      {
        ...VIDEO,
        timescale: 12_800,
        edits: [
          [500, -1],
          [3000, 1024],
        ],
      },
      { handler: "soun", timescale: 44_100, sampleEntry: "mp4a", chapters: [3] },
    ]);
    const movie = readMovie(byteInput(bytes));
    expect(movie).toMatchObject({ timescale: 1000, isFragmented: false });
    expect(movie.tracks).toMatchObject([
      {
        id: 1,
        handler: "vide",
        timescale: 12_800,
        sampleEntry: "avc1",
        sampleEntryCount: 1,
        edits: [
          { duration: 500, mediaTime: -1, rate: 1 },
          { duration: 3000, mediaTime: 1024, rate: 1 },
        ],
      },
      { id: 2, handler: "soun", timescale: 44_100, sampleEntry: "mp4a", chapterTracks: [3] },
    ]);
  });

  it("knows encrypted tracks by their sample entry", () => {
    expect(movieOf({ sampleEntry: "encv" }).tracks.map(isEncrypted)).toEqual([true]);
    expect(movieOf({}).tracks.map(isEncrypted)).toEqual([false]);
  });

  it("names what sample entries carry beside the codec, with the numbers of static HDR", () => {
    const mastering = Buffer.from("33c286c41d4c0bb884d03e803d1340420098968000000001", "hex");
    const [track] = movieOf({
      entryBoxes: [box("mdcv", mastering), box("clli", u32(0x03e80190)), box("dvvC", u32(0)), box("sv3d")],
    }).tracks;
    expect(track?.features).toEqual(["mastering display", "content light level", "Dolby Vision", "spherical video"]);
    expect(track?.contentLight).toEqual({ maxCll: 1000, maxFall: 400 });
    expect(track?.masteringDisplay?.maxLuminance).toBe(10_000_000);
  });

  it("combines the matrices of track and movie", () => {
    const quarter = [0, 65_536, -65_536, 0] as const;
    const turn = (bytes: Buffer) => readMovie(byteInput(bytes)).tracks.map(({ matrix }) => orientationOf(matrix));
    expect(turn(mp4Bytes([{ ...VIDEO, matrix: quarter }]))).toEqual([{ rotation: 90, isMirrored: false }]);
    expect(turn(mp4Bytes([{ ...VIDEO, matrix: quarter }], quarter))).toEqual([{ rotation: 180, isMirrored: false }]);
    expect(turn(mp4Bytes([{ ...VIDEO, matrix: [-65_536, 0, 0, 65_536] }]))).toEqual([{ rotation: 0, isMirrored: true }]);
  });

  it("says how many bytes are missing", () => {
    const bytes = mp4Bytes([VIDEO]);
    expect(() => readMovie(byteInput(bytes.subarray(0, bytes.length - 5)))).toThrow(/5 bytes are missing/);
    expect(() => readMovie(byteInput(bytes.subarray(0, 40)))).toThrow(MalformedInputError);
  });

  it("reads sizes of 64 bits, and a last box that goes to the end of the file", () => {
    const bytes = mp4Bytes([VIDEO]);
    const long = Buffer.concat([u32(1), Buffer.from("free"), u32(0, 24), u32(0, 0), bytes]);
    expect(readMovie(byteInput(long)).tracks).toHaveLength(1);
    const open = Buffer.concat([bytes, u32(0), Buffer.from("mdat"), u32(1, 2, 3)]);
    expect(readMovie(byteInput(open)).tracks).toHaveLength(1);
  });

  it("stops at boxes that go on forever", () => {
    const many = Buffer.concat(Array.from({ length: 30_000 }, () => box("free")));
    expect(() => readMovie(byteInput(Buffer.concat([box("ftyp"), box("moov", many)])))).toThrow(/more boxes/);
  });

  it("answers or refuses with few reads, whatever the bytes (5,000 seeded mutations)", () => {
    const random = seededRandom(14_496);
    const original = mp4Bytes([
      { ...VIDEO, edits: [[0, 0]] },
      { handler: "soun", chapters: [1, 2] },
    ]);
    for (let round = 0; round < 5000; round++) {
      const input = byteInput(mutated(original, random));
      try {
        expect(readMovie(input).tracks.length).toBeLessThan(100);
      } catch (error) {
        if (!(error instanceof MalformedInputError)) throw error;
      }
      expect(input.reads).toBeLessThan(2000);
    }
  });
});
